use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use upstream::{Call, Platform};

use crate::Wasi;
use crate::types::{Context, Error, Fault};

/// The call that a context describes, starting now.
#[must_use]
pub fn call(ctx: &Context) -> Call {
    Call::starting_now(&Wasi, Duration::from_millis(ctx.time_left_ms), ctx.traceparent.as_deref())
}

/// Runs a call within the time its context leaves, and drops it when that is over.
///
/// # Errors
/// `timed-out`, and the call's own.
pub async fn within<T>(ctx: &Context, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match select(pin!(call), pin!(Wasi.sleep(Duration::from_millis(ctx.time_left_ms)))).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Error::TimedOut(Fault {
            message:
                "The time left for the call ran out before the provider had done its part. Give it more time."
                    .to_owned(),
            provider_status: None,
            extras: vec![("time-left-ms".to_owned(), ctx.time_left_ms.to_string())],
        })),
    }
}
