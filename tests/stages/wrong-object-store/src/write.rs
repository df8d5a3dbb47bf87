//! Faults of what is stored.

use fault::files::Body;
use fault::types::{Context, Error};
use fault::{Fault, held, sent};

use crate::imports::{wit_future, wit_stream};
use crate::inner::{self, ObjectInfo, PutOptions, WriteCondition};

pub(crate) async fn put(
    fault: &Fault,
    ctx: Context,
    key: String,
    body: Body,
    mut options: PutOptions,
) -> Result<ObjectInfo, Error> {
    if fault.is("keeps-the-first-write")
        && matches!(options.condition, WriteCondition::Always)
        && let Ok(info) = inner::head(ctx.clone(), key.clone()).await
    {
        return Ok(info);
    }
    if fault.is("clears-the-place-first") {
        inner::delete(ctx.clone(), key.clone()).await?;
    }
    if fault.is("writes-on-any-condition") {
        options.condition = WriteCondition::Always;
    }
    if fault.is("ignores-the-size") {
        options.size = None;
    }
    if fault.is("takes-any-metadata") {
        options.metadata.clear();
    }
    if fault.is("forgets-the-content-type") {
        options.content_type = "application/octet-stream".to_owned();
    }
    let body = match fault.is("holds-objects-whole") || fault.is("keeps-what-was-cut-short") {
        true => whole(fault, body).await?,
        false => body,
    };
    inner::put(ctx, key, body, options).await
}

/// The body once all of it has been read.
async fn whole(fault: &Fault, body: Body) -> Result<Body, Error> {
    let (bytes, outcome) = held(body).await;
    if !fault.is("keeps-what-was-cut-short") {
        outcome?;
    }
    Ok(sent(bytes, wit_stream::new(), wit_future::new(|| Ok(()))))
}
