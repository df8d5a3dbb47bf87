use std::cell::Cell;

/// What the tokens start at and never exceed.
const CAPACITY: u32 = 100;
/// What a further try costs.
const COST: u32 = 10;
/// What a call pays back that succeeds at its first try.
const REFUND: u32 = 1;

/// Bounds the share of tries that are repeats, over all calls of an instance: when a provider is down for everyone, callers stop multiplying its load.
/// Every tenth call may be repeated in the long run, ten in a row at once.
#[derive(Debug)]
pub(crate) struct Budget(Cell<u32>);

impl Budget {
    pub(crate) const fn new() -> Self {
        Self(Cell::new(CAPACITY))
    }

    /// Takes what one more try costs; `false` when it is not there.
    pub(crate) fn spend(&self) -> bool {
        match self.0.get().checked_sub(COST) {
            Some(left) => {
                self.0.set(left);
                true
            }
            None => false,
        }
    }

    /// Pays back: all that this call spent when a repeat helped, a little when none was needed.
    pub(crate) fn earn(&self, repeats: u32) {
        let earned = if repeats == 0 { REFUND } else { COST.saturating_mul(repeats) };
        self.0.set(self.0.get().saturating_add(earned).min(CAPACITY));
    }
}
