use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::Platform;

/// Runs something for at most this long; `None` when the time ran out, and it was dropped.
pub(crate) async fn within<T>(
    platform: &impl Platform,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    match select(pin!(work), pin!(platform.sleep(limit))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}
