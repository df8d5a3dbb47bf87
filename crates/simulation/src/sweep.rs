//! Many seeds on every processor.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use pipeline::stages::Stages;

use crate::{Failure, Network, Simulated, run};

/// Runs seeds until one of them breaks a promise. `done` is called after each.
pub fn first_failure<S: Stages + 'static>(
    seeds: Range<u64>,
    decorate: impl Fn(Simulated<Network>) -> S + Copy + Sync + Send + 'static,
    done: impl Fn() + Sync,
) -> Option<Failure> {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return None;
            }
            let result = run(seed, false, decorate);
            done();
            if let Err(failure) = result {
                next.store(seeds.end, Ordering::Relaxed);
                return Some(failure);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let failures = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let results = workers.into_iter().map(|worker| worker.join());
        results
            .filter_map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    failures.into_iter().min_by_key(|failure| failure.seed)
}
