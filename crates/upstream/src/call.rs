use std::time::Duration;

use trace_context::TraceParent;

use crate::Platform;

/// What a stage's caller gave it: how long it may take, and the trace it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    deadline: Duration,
    trace: Option<TraceParent>,
}

impl Call {
    /// A call that starts now.
    ///
    /// `traceparent` is the caller's span; what is no valid one is dropped, as W3C Trace Context says.
    #[must_use]
    pub fn starting_now(platform: &impl Platform, time_left: Duration, traceparent: Option<&str>) -> Self {
        Self {
            deadline: platform.monotonic().saturating_add(time_left),
            trace: traceparent.and_then(|text| text.parse().ok()),
        }
    }

    /// How much of the time is left.
    #[must_use]
    pub fn time_left(&self, platform: &impl Platform) -> Duration {
        self.deadline.saturating_sub(platform.monotonic())
    }

    /// A new span of the call's trace, for one request.
    pub(crate) fn child_span(&self, platform: &impl Platform) -> Option<TraceParent> {
        self.trace.map(|trace| trace.child(platform.random().to_be_bytes()))
    }
}
