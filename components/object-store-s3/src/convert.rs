//! Between the contract's types and the client's.

use crate::bindings::exports::serene::object_store::object_store::{
    ByteRange, ObjectInfo, PutOptions, SignedMethod, WriteCondition,
};

pub(crate) fn info(info: s3::ObjectInfo) -> ObjectInfo {
    let s3::ObjectInfo { key, size, etag, content_type, modified_ms, sha256, metadata } = info;
    ObjectInfo { key, size, etag, content_type, modified_ms, sha256, metadata }
}

pub(crate) fn put_options(options: PutOptions) -> s3::PutOptions {
    let PutOptions { content_type, size, condition, metadata } = options;
    let condition = match condition {
        WriteCondition::Always => s3::WriteCondition::Always,
        WriteCondition::Absent => s3::WriteCondition::Absent,
        WriteCondition::Matches(etag) => s3::WriteCondition::Matches(etag),
    };
    s3::PutOptions { content_type, size, condition, metadata }
}

pub(crate) fn range(range: ByteRange) -> s3::ByteRange {
    match range {
        ByteRange::Between((first, last)) => s3::ByteRange::Between(first, last),
        ByteRange::StartingAt(first) => s3::ByteRange::StartingAt(first),
        ByteRange::Last(count) => s3::ByteRange::Last(count),
    }
}

pub(crate) fn method(method: SignedMethod) -> s3::SignedMethod {
    match method {
        SignedMethod::Get => s3::SignedMethod::Get,
        SignedMethod::Head => s3::SignedMethod::Head,
        SignedMethod::Put => s3::SignedMethod::Put,
        SignedMethod::Delete => s3::SignedMethod::Delete,
    }
}
