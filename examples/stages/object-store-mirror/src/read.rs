//! Reading: from the primary, and from the replica where the primary cannot answer now.
//!
//! What the primary does not hold is not there, whatever the replica says; and what the replica does not hold may be there, so the answer is then
//! the primary's error.

use std::time::{Duration, Instant};

use crate::bindings::serene::types::types::{Context, Error};
use crate::store::{ObjectPage, SignedMethod, SignedUrl, Store, fault, is_passing};

/// How a cursor begins, by the store that gave it.
const OF_PRIMARY: &str = "p:";
const OF_REPLICA: &str = "r:";

/// What a call is told that begins after another began at this time.
pub(crate) fn later(ctx: &Context, began: Instant) -> Context {
    let left = Duration::from_millis(ctx.time_left_ms).saturating_sub(began.elapsed());
    Context { time_left_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX), ..ctx.clone() }
}

/// The answer of the first store that has one, and which that is. The primary gets half of the time, so that some is left for the replica.
pub(crate) async fn first<T>(
    ctx: &Context,
    ask: impl AsyncFn(Store, Context) -> Result<T, Error>,
) -> Result<(Store, T), Error> {
    let began = Instant::now();
    let half = Context { time_left_ms: ctx.time_left_ms / 2, ..ctx.clone() };
    match ask(Store::Primary, half).await {
        Ok(answer) => Ok((Store::Primary, answer)),
        Err(error) if is_passing(&error) => match ask(Store::Replica, later(ctx, began)).await {
            Ok(answer) => Ok((Store::Replica, answer)),
            Err(_) => Err(Store::Primary.names(error)),
        },
        Err(error) => Err(error),
    }
}

/// A page of the listing. Each store continues its own: a cursor means nothing to the other.
pub(crate) async fn page(
    ctx: &Context,
    prefix: String,
    cursor: Option<String>,
    limit: u32,
) -> Result<ObjectPage, Error> {
    let (store, mut page) = match cursor {
        None => first(ctx, async |store, ctx| store.list(ctx, prefix.clone(), None, limit).await).await?,
        Some(cursor) => {
            let (store, cursor) = match (cursor.strip_prefix(OF_PRIMARY), cursor.strip_prefix(OF_REPLICA)) {
                (Some(cursor), _) => (Store::Primary, cursor),
                (_, Some(cursor)) => (Store::Replica, cursor),
                _ => return Err(Error::Invalid(fault("The cursor is none of this store's.", &[]))),
            };
            let page = store.list(ctx.clone(), prefix, Some(cursor.to_owned()), limit).await;
            (store, page.map_err(|error| store.names(error))?)
        }
    };
    let mark = match store {
        Store::Primary => OF_PRIMARY,
        Store::Replica => OF_REPLICA,
    };
    page.next = page.next.map(|next| format!("{mark}{next}"));
    Ok(page)
}

/// A signed URL. One that writes is signed only where the write comes back to the mirror: a URL of another server would change one store.
pub(crate) async fn presign(
    ctx: &Context,
    method: SignedMethod,
    key: String,
    seconds: u32,
) -> Result<SignedUrl, Error> {
    let writes = matches!(method, SignedMethod::Put | SignedMethod::Delete);
    let sign = async |store: Store, ctx| store.presign(ctx, method, key.clone(), seconds).await;
    let (_, signed) = first(ctx, sign).await?;
    if writes && !signed.url.starts_with('/') {
        return Err(Error::Invalid(fault(
            "A URL of the primary store's own server would write to one of two stores. Send the file to Serene instead.",
            &[("reason", "method-not-signed")],
        )));
    }
    Ok(signed)
}

/// The key that a URL grants, which either store may have signed.
pub(crate) async fn redeem(ctx: Context, method: SignedMethod, url: String) -> Result<String, Error> {
    let began = Instant::now();
    match Store::Primary.redeem(ctx.clone(), method, url.clone()).await {
        Ok(key) => Ok(key),
        Err(refused) => {
            let by_replica = Store::Replica.redeem(later(&ctx, began), method, url).await;
            by_replica.map_err(|_| refused)
        }
    }
}
