//! What was used, counted while serving.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Counters that instances and the server write to.
#[derive(Debug, Default)]
pub struct Tally {
    peak_memory: AtomicU64,
    instances: AtomicU64,
    requests: AtomicU64,
    failures: AtomicU64,
}

/// What the counters said at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The most bytes the linear memories of one instance had together.
    pub peak_linear_memory_bytes: u64,
    /// How many instances were made.
    pub instances: u64,
    /// How many requests were given to a component.
    pub requests: u64,
    /// How many of them got no response from the component: traps, timeouts, instances that could not be made.
    pub failures: u64,
}

impl Tally {
    pub(super) fn saw_memory(&self, bytes: usize) {
        self.peak_memory.fetch_max(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn saw_instance(&self) {
        self.instances.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn saw_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn saw_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            peak_linear_memory_bytes: self.peak_memory.load(Ordering::Relaxed),
            instances: self.instances.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }
}
