//! What an instance keeps from call to call, and should not.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher as _, RandomState};

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static ARRIVED: Cell<u32> = const { Cell::new(0) };
    static BUSY: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static NOTES: Cell<u32> = const { Cell::new(0) };
    static NOTED: RefCell<String> = const { RefCell::new(String::new()) };
    static OWN: u64 = RandomState::new().hash_one("instance");
}

/// How often this was asked, this time included.
pub(crate) fn count() -> u32 {
    CALLS.set(CALLS.get() + 1);
    CALLS.get()
}

/// How many calls have come to one place, with these ones.
pub(crate) fn arrived(more: u32) -> u32 {
    ARRIVED.set(ARRIVED.get() + more);
    ARRIVED.get()
}

/// Says whether a call is being answered, and what it was before.
pub(crate) fn is_busy(now: bool) -> bool {
    BUSY.replace(now)
}

/// Keeps as many bytes for good.
pub(crate) fn keep(bytes: usize) {
    KEPT.with_borrow_mut(|kept| kept.push(std::hint::black_box(vec![1; bytes])));
}

/// Notes a text, and says how many have been.
pub(crate) fn note(text: &str) -> u32 {
    NOTED.set(text.to_owned());
    NOTES.set(notes() + 1);
    notes()
}

/// How many texts have been noted.
pub(crate) fn notes() -> u32 {
    NOTES.get()
}

/// What was noted last, by whichever call.
pub(crate) fn noted() -> String {
    NOTED.with_borrow(Clone::clone)
}

/// A number that no other instance has.
pub(crate) fn of_this_instance() -> u64 {
    OWN.with(|own| *own)
}
