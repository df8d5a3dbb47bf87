//! How long an instance computes without a pause. Meanwhile none of its requests gets on, and only the host can end it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use wasmtime::{Store, UpdateDeadline};

use super::State;
use super::ending::NeverPauses;
use super::engine::EPOCH;

/// Counts the epochs in which an instance ran since it last had nothing to do.
#[derive(Debug, Default)]
pub(super) struct Busy {
    epochs: AtomicU32,
    /// It was made to give way, and has not done what it was at.
    was_interrupted: AtomicBool,
}

impl Busy {
    /// Notes that the instance gave way to others.
    pub(super) fn gave_way(&self) {
        if !self.was_interrupted.swap(false, Ordering::Relaxed) {
            self.moved();
        }
    }

    /// Notes that something of a request passed.
    pub(super) fn moved(&self) {
        self.epochs.store(0, Ordering::Relaxed);
    }

    fn interrupt(&self) -> u32 {
        self.was_interrupted.store(true, Ordering::Relaxed);
        self.epochs.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Makes the instance of `store` give way at each epoch, and ends it when it computed for `limit` without a pause. Epochs in which it did not
/// run do not count: a busy machine is not the guest's fault.
pub(super) fn watch(store: &mut Store<State>, limit: Duration, busy: Arc<Busy>) {
    let epochs = limit.as_millis().div_ceil(EPOCH.as_millis());
    store.epoch_deadline_callback(move |_| {
        if u128::from(busy.interrupt()) > epochs {
            return Err(NeverPauses(limit).into());
        }
        Ok(UpdateDeadline::Yield(1))
    });
}

#[cfg(test)]
mod tests {
    use super::Busy;

    #[test]
    fn only_a_pause_of_its_own_or_something_that_passes_begins_anew() {
        let busy = Busy::default();
        assert_eq!(busy.interrupt(), 1);
        busy.gave_way();
        assert_eq!(busy.interrupt(), 2, "it gave way since it was interrupted");
        busy.gave_way();
        busy.gave_way();
        assert_eq!(busy.interrupt(), 1, "it paused");
        busy.moved();
        assert_eq!(busy.interrupt(), 1);
    }
}
