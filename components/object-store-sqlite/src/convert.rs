//! Between the contract's types and local-store's.

use local_store::objects;

use crate::bindings::exports::serene::object_store::object_store::{
    ByteRange, ObjectInfo, PutOptions, SignedMethod, WriteCondition,
};

pub(crate) fn info(info: objects::ObjectInfo) -> ObjectInfo {
    ObjectInfo {
        key: info.key,
        size: info.size,
        sha256: Some(info.etag.clone()),
        etag: info.etag,
        content_type: info.content_type,
        modified_ms: info.modified_ms,
        metadata: info.metadata,
    }
}

pub(crate) fn put_options(options: PutOptions) -> objects::PutOptions {
    let condition = match options.condition {
        WriteCondition::Always => objects::WriteCondition::Always,
        WriteCondition::Absent => objects::WriteCondition::Absent,
        WriteCondition::Matches(etag) => objects::WriteCondition::Matches(etag),
    };
    objects::PutOptions {
        content_type: options.content_type,
        size: options.size,
        condition,
        metadata: options.metadata,
    }
}

pub(crate) fn range(range: ByteRange) -> objects::ByteRange {
    match range {
        ByteRange::Between((first, last)) => objects::ByteRange::Between(first, last),
        ByteRange::StartingAt(first) => objects::ByteRange::StartingAt(first),
        ByteRange::Last(count) => objects::ByteRange::Last(count),
    }
}

pub(crate) fn method(method: SignedMethod) -> objects::SignedMethod {
    match method {
        SignedMethod::Get => objects::SignedMethod::Get,
        SignedMethod::Head => objects::SignedMethod::Head,
        SignedMethod::Put => objects::SignedMethod::Put,
        SignedMethod::Delete => objects::SignedMethod::Delete,
    }
}
