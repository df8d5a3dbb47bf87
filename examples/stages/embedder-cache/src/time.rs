//! How long a call may still take, and how much of it may go to the cache.

use std::cell::Cell;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};

use crate::bindings::serene::types::types::Context;

/// The longest that a call waits for the cache, reading or writing.
const PATIENCE: Duration = Duration::from_millis(500);

thread_local! {
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

/// Says why the cache does not help, once an instance: nobody hears of it otherwise, since no call fails.
fn tell(why: &str) {
    if !IS_TOLD.replace(true) {
        eprintln!("embedder-cache works without its memory: {why}");
    }
}

/// The time of a call, from its beginning.
pub(crate) struct Clock {
    began: Instant,
    ctx: Context,
}

impl Clock {
    pub(crate) fn start(ctx: &Context) -> Self {
        Self { began: Instant::now(), ctx: ctx.clone() }
    }

    fn left(&self) -> Duration {
        Duration::from_millis(self.ctx.time_left_ms).saturating_sub(self.began.elapsed())
    }

    /// What a call is told that begins now.
    pub(crate) fn context(&self) -> Context {
        let time_left_ms = u64::try_from(self.left().as_millis()).unwrap_or(u64::MAX);
        Context { time_left_ms, ..self.ctx.clone() }
    }

    /// What some work of the cache gives, when that comes soon and is no fault. Most of the time left is the inner embedder's.
    pub(crate) async fn briefly<T>(
        &self,
        work: impl Future<Output = Result<T, spin_sdk::sqlite::Error>>,
    ) -> Option<T> {
        let timer = spin_sdk::time::sleep((self.left() / 4).min(PATIENCE));
        match select(pin!(work), pin!(timer)).await {
            Either::Left((Ok(done), _)) => Some(done),
            Either::Left((Err(fault), _)) => {
                tell(&fault.to_string());
                None
            }
            Either::Right(_) => {
                tell("the database does not answer in time");
                None
            }
        }
    }
}
