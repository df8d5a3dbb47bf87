use std::cell::Cell;

/// The most bytes of PDFs that the calls in one instance hold together: two of the largest.
pub const MAX_BYTES: usize = 128 << 20;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// One call's part of what its instance holds, given back when it is dropped.
#[derive(Default)]
pub struct Held(usize);

impl Held {
    /// Whether this call may hold so many bytes in all.
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.0);
        let total = HELD.get() + more;
        if total > MAX_BYTES {
            return false;
        }
        HELD.set(total);
        self.0 += more;
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(HELD.get() - self.0);
    }
}
