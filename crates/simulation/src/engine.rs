//! Time that passes by events alone, chance that comes from a seed, and a record of what happened.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Arguments;
use std::ops::RangeInclusive;

use fastrand::Rng;

/// Something that happens at its time.
pub(crate) enum Event {
    /// A request reaches its stage, or an answer its caller.
    Network(Box<dyn FnOnce()>),
    /// A client begins its next operation.
    Begin { client: usize },
    /// An operation goes on that has stepped aside.
    Continue { client: usize, operation: usize },
    /// A client gives up waiting, and the work on its request is dropped.
    HangUp { client: usize, operation: usize },
    /// A process dies with all that it was doing.
    Crash { process: usize },
}

/// Who a line of the trace is about.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    World,
    Operation(usize),
}

/// The clock, the events to come, and the seed's chance. Two events never come at the same moment in an order that is not fixed.
pub(crate) struct Engine {
    now_ms: Cell<u64>,
    scheduled: Cell<u64>,
    events: RefCell<BTreeMap<(u64, u64), Event>>,
    rng: RefCell<Rng>,
    trace: Option<RefCell<Vec<String>>>,
}

impl Engine {
    pub(crate) fn new(seed: u64, traced: bool) -> Self {
        Self {
            now_ms: Cell::new(0),
            scheduled: Cell::new(0),
            events: RefCell::default(),
            rng: RefCell::new(Rng::with_seed(seed)),
            trace: traced.then(RefCell::default),
        }
    }

    /// Milliseconds since the run began.
    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// A moment that is later than every moment asked for before.
    pub(crate) fn moment(&self) -> u64 {
        self.scheduled.set(self.scheduled.get() + 1);
        self.scheduled.get()
    }

    pub(crate) fn after(&self, delay_ms: u64, event: Event) {
        self.events.borrow_mut().insert((self.now_ms() + delay_ms, self.moment()), event);
    }

    /// The next event, at whose time it is now.
    pub(crate) fn next(&self) -> Option<Event> {
        let ((at, _), event) = self.events.borrow_mut().pop_first()?;
        self.now_ms.set(at);
        Some(event)
    }

    /// Lets time pass in which nothing happens.
    pub(crate) fn rest(&self, ms: u64) {
        self.now_ms.set(self.now_ms() + ms);
    }

    pub(crate) fn between(&self, range: RangeInclusive<u64>) -> u64 {
        self.rng.borrow_mut().u64(range)
    }

    /// True so many times of a thousand.
    pub(crate) fn happens(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.between(0..=999) < per_mille
    }

    pub(crate) fn one_of<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.rng.borrow_mut().usize(0..choices.len())]
    }

    pub(crate) fn random(&self) -> u128 {
        self.rng.borrow_mut().u128(..)
    }

    pub(crate) fn note(&self, who: Who, what: Arguments<'_>) {
        if let Some(trace) = &self.trace {
            let who = match who {
                Who::World => String::new(),
                Who::Operation(operation) => format!("op{operation}"),
            };
            trace.borrow_mut().push(format!("{:>9} ms  {who:<5} {what}", self.now_ms()));
        }
    }

    /// What happened so far.
    pub(crate) fn trace(&self) -> Vec<String> {
        self.trace.as_ref().map(|trace| trace.borrow().clone()).unwrap_or_default()
    }
}
