//! The one promise that a deliberately wrong stage breaks: the variable `fault` names it. Without one it breaks none.

use std::cell::{Cell, RefCell};

mod variables {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:fault;

            world fault {
                import spin:variables/variables@3.0.0;
            }
        ",
        path: "../../../host/wit/deps/spin-variables",
        world: "serene-tests:fault/fault",
        generate_all,
        async: true,
    });
}

/// What a call that leaks keeps for good, in bytes.
const LEAK: usize = 256 * 1024;
/// How long a call that does not look at its time takes, in seconds.
const LATE: u64 = 6;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static BUSY: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The fault of this stage.
pub struct Fault(String);

impl Fault {
    pub async fn read() -> Self {
        Self(variables::spin::variables::variables::get("fault".to_owned()).await.unwrap_or_default())
    }

    pub fn is(&self, name: &str) -> bool {
        self.0 == name
    }

    /// What the stage calls itself.
    pub fn name(&self, own: &str) -> String {
        match &*self.0 {
            "has-no-kebab-name" => "My Stage".to_owned(),
            "describes-itself-anew" => format!("{own}-{}", count()),
            _ => own.to_owned(),
        }
    }

    pub fn version(&self) -> String {
        if self.is("has-no-version") { "newest".to_owned() } else { env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// A limit as it is declared.
    pub fn limit(&self, limit: u32) -> u32 {
        if self.is("takes-nothing-at-all") { 0 } else { limit }
    }

    /// What goes wrong in any call before it answers. An error is a message of `invalid`.
    pub async fn work(&self, traceparent: Option<&str>) -> Result<(), String> {
        match &*self.0 {
            "needs-a-trace" if traceparent.is_none_or(|trace| !trace.starts_with("00-")) => {
                return Err("There is no trace.".to_owned());
            }
            "leaks" => {
                KEPT.with_borrow_mut(|kept| kept.push(std::hint::black_box(vec![1; LEAK])));
            }
            "does-not-look-at-its-time" => {
                let began = std::time::Instant::now();
                while began.elapsed().as_secs() < LATE {
                    wit_bindgen::yield_async().await;
                }
            }
            "is-stuck-after-a-call-that-nobody-waits-for" => {
                assert!(!BUSY.replace(true), "busy");
                for _ in 0..3 {
                    wit_bindgen::yield_async().await;
                }
                BUSY.set(false);
            }
            _ => {}
        }
        Ok(())
    }

    /// A text on its way through the stage.
    pub async fn text(&self, text: &str) -> String {
        match &*self.0 {
            "remembers" => format!("{text} {}", count()),
            "mixes-calls-up" => {
                LAST.set(text.to_owned());
                wit_bindgen::yield_async().await;
                LAST.with_borrow(Clone::clone)
            }
            // Ends the instance where the first character has more than one byte.
            "cuts-characters" => {
                text.get(..1).map_or_else(|| text[..text.len().min(1)].to_owned(), |_| text.to_owned())
            }
            _ => text.to_owned(),
        }
    }
}

fn count() -> u32 {
    CALLS.set(CALLS.get() + 1);
    CALLS.get()
}
