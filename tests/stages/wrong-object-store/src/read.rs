//! Faults of what is read.

use fault::types::{Context, Error};
use fault::{Fault, held, invalid, refuse, sent};

use crate::imports::{wit_future, wit_stream};
use crate::inner::{self, ByteRange, GetOptions, Object, ObjectInfo};

pub(crate) async fn get(
    fault: &Fault,
    ctx: Context,
    key: String,
    mut options: GetOptions,
) -> Result<Object, Error> {
    if fault.is("reads-whatever-is-there-now") {
        options.if_match = None;
    }
    if fault.is("ignores-ranges") {
        options.range = None;
    }
    if let Some(ByteRange::Between((from, to))) = options.range
        && fault.is("takes-the-last-byte-for-the-end")
    {
        options.range = Some(ByteRange::Between((from, to.saturating_sub(1).max(from))));
    }
    if let Some(ByteRange::Last(count)) = options.range
        && fault.is("has-no-more-than-there-is")
        && inner::head(ctx.clone(), key.clone()).await?.size < count
    {
        return Err(invalid("There are fewer bytes."));
    }
    let all = GetOptions { range: None, if_match: None };
    let mut object = match inner::get(ctx.clone(), key.clone(), options).await {
        Err(Error::Invalid(_)) if fault.is("gives-all-for-a-range-outside") => {
            inner::get(ctx, key, all).await?
        }
        Err(Error::Invalid(why)) if fault.is("does-not-say-why-a-range-is-invalid") => {
            return Err(invalid(&why.message));
        }
        answer => answer?,
    };
    if object.info.size == 0 && fault.is("takes-an-empty-object-for-none") {
        return Err(Error::NotFound(refuse("There is no object.", &[])));
    }
    if fault.is("changes-a-byte") || fault.is("loses-the-last-byte") {
        let (mut bytes, outcome) = held(object.body).await;
        outcome?;
        match bytes.pop() {
            Some(last) if fault.is("changes-a-byte") => bytes.push(!last),
            _ => {}
        }
        object.body = sent(bytes, wit_stream::new(), wit_future::new(|| Ok(())));
    }
    object.info = told(fault, object.info);
    Ok(object)
}

/// What is said of an object.
pub(crate) fn told(fault: &Fault, mut info: ObjectInfo) -> ObjectInfo {
    if fault.is("forgets-the-metadata") {
        info.metadata.clear();
    }
    if fault.is("quotes-its-etags") {
        info.etag = format!("\"{}\"", info.etag);
    }
    if fault.is("has-one-etag-for-all") {
        "the same".clone_into(&mut info.etag);
    }
    if fault.is("tells-seconds-for-milliseconds") {
        info.modified_ms /= 1000;
    }
    info
}
