//! Between the types of the interface that is exported and those of the one that is imported: the same, under two names.

use crate::bindings::exports::serene::object_store::object_store as exported;
use crate::bindings::serene::types::types::StageInfo;
use crate::store::{self as imported};

pub(crate) fn put_options(options: exported::PutOptions) -> imported::PutOptions {
    let condition = match options.condition {
        exported::WriteCondition::Always => imported::WriteCondition::Always,
        exported::WriteCondition::Absent => imported::WriteCondition::Absent,
        exported::WriteCondition::Matches(etag) => imported::WriteCondition::Matches(etag),
    };
    imported::PutOptions {
        content_type: options.content_type,
        size: options.size,
        condition,
        metadata: options.metadata,
    }
}

pub(crate) fn get_options(options: exported::GetOptions) -> imported::GetOptions {
    let range = options.range.map(|range| match range {
        exported::ByteRange::Between(places) => imported::ByteRange::Between(places),
        exported::ByteRange::StartingAt(first) => imported::ByteRange::StartingAt(first),
        exported::ByteRange::Last(count) => imported::ByteRange::Last(count),
    });
    imported::GetOptions { range, if_match: options.if_match }
}

pub(crate) fn method(method: exported::SignedMethod) -> imported::SignedMethod {
    match method {
        exported::SignedMethod::Get => imported::SignedMethod::Get,
        exported::SignedMethod::Head => imported::SignedMethod::Head,
        exported::SignedMethod::Put => imported::SignedMethod::Put,
        exported::SignedMethod::Delete => imported::SignedMethod::Delete,
    }
}

pub(crate) fn object_info(info: imported::ObjectInfo) -> exported::ObjectInfo {
    exported::ObjectInfo {
        key: info.key,
        size: info.size,
        etag: info.etag,
        content_type: info.content_type,
        modified_ms: info.modified_ms,
        sha256: info.sha256,
        metadata: info.metadata,
    }
}

pub(crate) fn object(object: imported::Object) -> exported::Object {
    exported::Object {
        info: object_info(object.info),
        offset: object.offset,
        length: object.length,
        body: object.body,
    }
}

pub(crate) fn object_page(page: imported::ObjectPage) -> exported::ObjectPage {
    exported::ObjectPage { objects: page.objects.into_iter().map(object_info).collect(), next: page.next }
}

pub(crate) fn signed_url(signed: imported::SignedUrl) -> exported::SignedUrl {
    exported::SignedUrl { url: signed.url, expires_ms: signed.expires_ms, headers: signed.headers }
}

/// Who the two are together: under the primary's bucket, within the limits of both.
pub(crate) fn described(
    primary: imported::ObjectStoreInfo,
    replica: imported::ObjectStoreInfo,
) -> exported::ObjectStoreInfo {
    let named = |stage: &StageInfo| format!("{}@{}", stage.name, stage.version);
    let mut extras =
        vec![("primary".to_owned(), named(&primary.stage)), ("replica".to_owned(), named(&replica.stage))];
    let (of_primary, of_replica) = (primary.stage.extras, replica.stage.extras);
    extras.extend(of_primary);
    // What an operator should set is said of either.
    let advice = of_replica.into_iter().filter(|(name, _)| name == "advice");
    extras.extend(advice.map(|(name, advice)| (name, format!("The replica: {advice}"))));
    exported::ObjectStoreInfo {
        stage: StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras,
        },
        bucket: primary.bucket,
        max_object_bytes: primary.max_object_bytes.min(replica.max_object_bytes),
        max_signed_url_seconds: primary.max_signed_url_seconds.min(replica.max_signed_url_seconds),
    }
}
