//! Why an instance ended, whose code it was, and for which of its requests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::GuestTaskId;
use wasmtime::{AsContextMut as _, FrameInfo, Store, WasmBacktrace};

use super::State;
use crate::compose::Parts;

/// An instance's end before it had done its work.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) cause: Cause,
    pub(super) culprit: Option<Culprit>,
    /// The tasks whose call it was, from the one that ran to the request's.
    tasks: Vec<GuestTaskId>,
}

/// What a component of an instance did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It trapped: by a panic, an invalid access, an endless recursion, or against a rule of the component model.
    Trapped,
    /// It asked for more than this many bytes of memory and ended when it did not get them.
    OutOfMemory(usize),
    /// It computed for this long without a pause.
    Busy(Duration),
}

/// One component of a composition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// Its name: that of the component, or of the stage that the dependency is.
    pub name: Arc<str>,
    /// It is a dependency.
    pub is_dependency: bool,
}

/// The error by which the host ends an instance that never pauses.
#[derive(Debug)]
pub(super) struct NeverPauses(pub(super) Duration);

impl fmt::Display for NeverPauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it computed for {} seconds without a pause", self.0.as_secs_f64())
    }
}

impl std::error::Error for NeverPauses {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trapped => f.write_str("ended in a trap"),
            Self::OutOfMemory(limit) => {
                write!(
                    f,
                    "needed more than the {} MiB of memory that an instance may have",
                    limit / (1024 * 1024)
                )
            }
            Self::Busy(limit) => write!(f, "computed for {} seconds without a pause", limit.as_secs_f64()),
        }
    }
}

impl Ending {
    /// What `error`, with which the instance of `store` ended, tells.
    pub(super) fn of(store: &mut Store<State>, error: &wasmtime::Error, parts: &Parts) -> Self {
        let culprit = error.downcast_ref::<WasmBacktrace>().map(|trace| culprit(trace, parts));
        // Stands where it stood when the guest ended.
        let tasks = store.as_context_mut().async_call_stack().map(Iterator::collect).unwrap_or_default();
        let cause = match error.downcast_ref::<NeverPauses>() {
            Some(NeverPauses(limit)) => Cause::Busy(*limit),
            None => store.data().refused_memory().map_or(Cause::Trapped, Cause::OutOfMemory),
        };
        Self { cause, culprit, tasks }
    }

    /// Whether it was this request's call; `None` when that is not known.
    pub(super) fn is_of(&self, request: Option<GuestTaskId>) -> Option<bool> {
        (!self.tasks.is_empty()).then(|| request.is_some_and(|request| self.tasks.contains(&request)))
    }
}

/// Whose code ran. A component's memory is asked for room by the dependency that returns something to it: of the two, it is the dependency
/// that is at work.
fn culprit(trace: &WasmBacktrace, parts: &Parts) -> Culprit {
    let mut frames = trace.frames().iter().filter(|frame| !is_glue(frame));
    match frames.find_map(|frame| parts.dependency_at(frame.module_offset()?)) {
        Some(name) => Culprit { name: name.clone(), is_dependency: true },
        None => Culprit { name: parts.root().clone(), is_dependency: false },
    }
}

/// Whether the frame is of the code that wasmtime makes for calls from one component to another. Its places are not those of the composition.
fn is_glue(frame: &FrameInfo) -> bool {
    frame.module().imports().any(|import| import.module() == "callee")
}
