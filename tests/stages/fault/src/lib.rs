//! The one promise that a deliberately wrong stage breaks: the variable `fault` names it. Without one it breaks none.

mod body;
mod mind;
mod refusal;

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:fault;

            world fault {
                import serene:types/files@0.2.0;
                import spin:variables/variables@3.0.0;
            }
        ",
        path: ["../../../wit/types", "../../../host/wit/deps/spin-variables"],
        world: "serene-tests:fault/fault",
        generate_all,
        generate_unused_types: true,
        async: true,
    });
}

use std::time::{Duration, Instant};

pub use bindings::serene::types::{files, types};
pub use body::{held, sent};
pub use refusal::{invalid, refuse, too_large, unavailable};

use bindings::spin::variables::variables;
use types::{Context, Error, StageInfo};

/// What a call that leaks keeps for good, in bytes.
const LEAK: usize = 256 * 1024;
/// More than the host gives an instance, in bytes.
const TOO_MUCH: usize = 600 * 1024 * 1024;
/// How long a call that does not look at its time takes, in seconds.
const LATE: u64 = 6;
/// How long a stage that mixes calls up waits for another one.
const MEANWHILE: Duration = Duration::from_millis(200);
/// Less than this is left to a call that is at its end, in milliseconds.
const HURRY_MS: u64 = 1000;
/// How often other calls may go on before the one that lets them.
const TURNS: u32 = 20;
/// How many calls an instance answers that wears out.
const WORN_OUT: u32 = 100;

/// The fault of a stage.
pub struct Fault(String);

impl Fault {
    pub async fn read() -> Self {
        Self(variables::get("fault".to_owned()).await.unwrap_or_default())
    }

    pub fn is(&self, name: &str) -> bool {
        self.0 == name
    }

    /// Who the stage says it is.
    pub fn stage(&self, own: &str) -> StageInfo {
        let name = match &*self.0 {
            "has-no-kebab-name" => "My Stage".to_owned(),
            "describes-itself-anew" => format!("{own}-{}", mind::count()),
            "describes-each-instance" => format!("{own}-{}", mind::of_this_instance()),
            _ => own.to_owned(),
        };
        let version = if self.is("has-no-version") { "newest" } else { env!("CARGO_PKG_VERSION") };
        StageInfo { name, version: version.to_owned(), extras: Vec::new() }
    }

    /// A limit as it is declared.
    pub fn limit<N: From<u8>>(&self, limit: N) -> N {
        if self.is("takes-nothing-at-all") { N::from(0) } else { limit }
    }

    /// What goes wrong in any call before it answers.
    pub async fn work(&self, ctx: &Context) -> Result<(), Error> {
        match &*self.0 {
            "needs-a-trace" if !ctx.traceparent.as_ref().is_some_and(|trace| trace.starts_with("00-")) => {
                return Err(invalid("There is no trace."));
            }
            "needs-a-relationship" if ctx.relationship.is_none() => {
                return Err(invalid("There is no relationship."));
            }
            "knows-all-extras" if !ctx.extras.is_empty() => {
                return Err(invalid("There are extras of which nothing is known."));
            }
            "leaks" => mind::keep(LEAK),
            "takes-too-much-memory" => mind::keep(TOO_MUCH),
            "wears-out" => assert!(mind::count() <= WORN_OUT, "worn out"),
            "traps" => panic!("trapped"),
            "never-ends" => loop {
                std::hint::spin_loop();
            },
            "waits-for-nothing" => std::future::pending().await,
            "does-not-look-at-its-time" if mind::count() == 1 => {
                std::thread::sleep(Duration::from_secs(LATE));
            }
            "calls-the-end-of-its-time-something-else" if ctx.time_left_ms < HURRY_MS => {
                return Err(unavailable("There was no time."));
            }
            "takes-one-call-at-a-time" => {
                if mind::is_busy(true) {
                    return Err(unavailable("There is another call."));
                }
                pass_turns().await;
                mind::is_busy(false);
            }
            "is-stuck-after-a-call-that-nobody-waits-for" => {
                assert!(!mind::is_busy(true), "busy");
                pass_turns().await;
                mind::is_busy(false);
            }
            _ => {}
        }
        Ok(())
    }

    /// A text on its way through the stage.
    pub async fn text(&self, text: &str) -> String {
        match &*self.0 {
            "remembers" => format!("{text} {}", mind::count()),
            "is-another-in-each-instance" => format!("{text} {}", mind::of_this_instance()),
            "mixes-calls-up" => {
                let notes = mind::note(text);
                // Whoever comes meanwhile is answered for; one that is alone gets its own.
                wait(MEANWHILE, || mind::notes() > notes).await;
                mind::noted()
            }
            // Ends the instance where the first character has more than one byte.
            "cuts-characters" => {
                text.get(..1).map_or_else(|| text[..text.len().min(1)].to_owned(), |_| text.to_owned())
            }
            _ => text.to_owned(),
        }
    }

    /// A number on its way through the stage.
    pub async fn number(&self, number: u64) -> u64 {
        match &*self.0 {
            "remembers" => number + u64::from(mind::count()),
            "is-another-in-each-instance" => number + mind::of_this_instance() % 1_000_000,
            _ => self.text(&number.to_string()).await.parse().unwrap_or(number),
        }
    }
}

/// Waits until the other of two calls has come here as well, or some seconds are over.
pub async fn meet() {
    let place = mind::arrived(1);
    wait(Duration::from_secs(LATE), || mind::arrived(0) >= place.next_multiple_of(2)).await;
}

/// Lets other calls of the instance go on until something is so, or the time is over.
async fn wait(longest: Duration, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() && began.elapsed() < longest {
        wit_bindgen::yield_async().await;
    }
}

/// Lets other calls of the instance go on.
pub async fn pass_turns() {
    for _ in 0..TURNS {
        wit_bindgen::yield_async().await;
    }
}
