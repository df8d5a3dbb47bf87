//! The bound on an instance's memory, all its linear memories together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::ResourceLimiter;

use super::Tally;

/// The most table elements an instance may have, all its tables together.
const MAX_TABLE_ELEMENTS: usize = 1_000_000;

/// Counts and bounds what one instance takes.
pub struct Limiter {
    max_memory: usize,
    memory: usize,
    elements: usize,
    tally: Arc<Tally>,
    /// Shared, so that it can be seen while the guest runs.
    was_refused: Arc<AtomicBool>,
}

impl Limiter {
    /// A limiter that allows `max_memory` bytes in total.
    pub fn new(max_memory: usize, tally: Arc<Tally>) -> Self {
        Self { max_memory, memory: 0, elements: 0, tally, was_refused: Arc::default() }
    }

    /// The bytes of all linear memories together.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// The most bytes allowed, once more were asked for.
    pub fn refused(&self) -> Option<usize> {
        self.was_refused.load(Ordering::Relaxed).then_some(self.max_memory)
    }

    /// Set once more was asked for.
    pub fn was_refused(&self) -> Arc<AtomicBool> {
        self.was_refused.clone()
    }
}

/// The total after one part grows, or `None` when that is over the limit or over the part's own maximum.
fn grown(
    total: usize,
    current: usize,
    desired: usize,
    maximum: Option<usize>,
    limit: usize,
) -> Option<usize> {
    if maximum.is_some_and(|maximum| desired > maximum) {
        return None;
    }
    let total = total.checked_add(desired.checked_sub(current)?)?;
    (total <= limit).then_some(total)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        match grown(self.memory, current, desired, maximum, self.max_memory) {
            Some(total) => {
                self.memory = total;
                self.tally.saw_memory(total);
                Ok(true)
            }
            None => {
                self.was_refused.store(true, Ordering::Relaxed);
                Ok(false)
            }
        }
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        match grown(self.elements, current, desired, maximum, MAX_TABLE_ELEMENTS) {
            Some(total) => {
                self.elements = total;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::grown;

    #[test]
    fn the_limit_holds_for_all_parts_together() {
        assert_eq!(grown(0, 0, 60, None, 100), Some(60));
        assert_eq!(grown(60, 0, 40, None, 100), Some(100));
        assert_eq!(grown(60, 0, 41, None, 100), None);
        assert_eq!(grown(60, 60, 100, None, 100), Some(100));
        assert_eq!(grown(0, 0, 60, Some(50), 100), None);
        assert_eq!(grown(usize::MAX, 0, 1, None, usize::MAX), None);
    }
}
