use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::types::{Context, Error, Fault};

/// Runs a call within the time its context leaves, and drops it when that is over: local-store's calls may be dropped anywhere.
///
/// # Errors
/// `timed-out`, and the call's own.
pub async fn within<T>(ctx: &Context, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let timer = spin_sdk::time::sleep(Duration::from_millis(ctx.time_left_ms));
    match select(pin!(call), pin!(timer)).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Error::TimedOut(Fault {
            message: "The time left for the call ran out in the local database. Give it more time."
                .to_owned(),
            provider_status: None,
            extras: vec![("time-left-ms".to_owned(), ctx.time_left_ms.to_string())],
        })),
    }
}
