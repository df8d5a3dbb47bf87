//! What a hostile stage does instead of its work: the relationship that it is called for names the deed. For any other it does its work.

use std::time::Duration;

/// What one step of eating takes, in bytes.
const BITE: usize = 1 << 20;
const FOR_EVER: Duration = Duration::from_secs(1 << 30);

/// Does what ends neither well nor at all; returns for every other deed.
pub async fn act(deed: &str) {
    match deed {
        "panics" => panic!("asked to"),
        "panics-after-a-wait" => {
            spin_sdk::time::sleep(Duration::from_millis(20)).await;
            panic!("asked to");
        }
        "recurses" => _ = std::hint::black_box(recurse(1)),
        "eats-memory" => eat_memory(),
        "computes-for-ever" => compute_for_ever(),
        "yields-for-ever" => loop {
            wit_bindgen::yield_async().await;
        },
        "waits-for-ever" => spin_sdk::time::sleep(FOR_EVER).await,
        "waits-for-nothing" => std::future::pending().await,
        _ => {}
    }
}

fn compute_for_ever() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

fn eat_memory() -> ! {
    let mut eaten = Vec::new();
    loop {
        eaten.push(std::hint::black_box(vec![1_u8; BITE]));
    }
}

#[expect(unconditional_recursion, reason = "that is the deed")]
fn recurse(depth: u64) -> u64 {
    // Neither a loop nor a tail call.
    std::hint::black_box(depth) + recurse(std::hint::black_box(depth + 1))
}
