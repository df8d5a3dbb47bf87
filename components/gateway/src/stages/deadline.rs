use std::pin::pin;

use futures::future::{Either, select};
use pipeline::stages::Call;
use pipeline::{Error, ErrorKind, Stage};
use spin_sdk::wasip3::clocks::monotonic_clock;

use crate::now_ms;

/// How much longer than it may take a stage is waited for, in milliseconds: one that ends in time says more of why.
const GRACE_MS: u64 = 1_000;
const NS_PER_MS: u64 = 1_000_000;

/// How long a stage is waited for. One that computes without a pause is out of reach: it shares the gateway's only thread.
#[derive(Clone, Copy)]
pub struct Deadline {
    left_ms: u64,
}

impl Deadline {
    /// That of a call which starts now.
    pub fn of(call: &Call) -> Self {
        Self { left_ms: call.deadline_ms.saturating_sub(now_ms()) }
    }

    /// What the stage is told.
    pub const fn left_ms(self) -> u64 {
        self.left_ms
    }

    /// Waits for the stage to do something. What it is at is dropped when the time is over.
    ///
    /// # Errors
    /// `timed-out`.
    pub async fn hold<T>(self, stage: Stage, work: impl Future<Output = T>) -> pipeline::Result<T> {
        let ns = self.left_ms.saturating_add(GRACE_MS).saturating_mul(NS_PER_MS);
        match select(pin!(work), pin!(monotonic_clock::wait_for(ns))).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right(_) => {
                let message = "The stage did nothing within the time it had. Give it more, or look at what it waits for.";
                Err(Error::new(ErrorKind::TimedOut, message)
                    .at(stage)
                    .with("time-left-ms", self.left_ms.to_string()))
            }
        }
    }
}
