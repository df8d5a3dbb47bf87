use pipeline::stages::{
    ByteRange, Call, GetOptions, Object, ObjectInfo, ObjectPage, ObjectStore, ObjectStoreInfo, PutOptions,
    SignedMethod, SignedUrl, WriteCondition,
};
use pipeline::{ByteStream, Result, Stage};

use super::{Composed, Deadline, context, stage_info};
use crate::bindings::serene::object_store::object_store as wit;
use crate::pipe;

const STAGE: Stage = Stage::ObjectStore;

impl ObjectStore for Composed {
    async fn describe(&self, call: &Call) -> Result<ObjectStoreInfo> {
        let info = self.timed(STAGE, call, wit::describe(context(call))).await?;
        Ok(ObjectStoreInfo {
            stage: stage_info(info.stage),
            bucket: info.bucket,
            max_object_bytes: info.max_object_bytes,
            max_signed_url_seconds: info.max_signed_url_seconds,
        })
    }

    async fn put(&self, call: &Call, key: &str, body: ByteStream, options: PutOptions) -> Result<ObjectInfo> {
        let options = wit::PutOptions {
            content_type: options.content_type,
            size: options.size,
            condition: match options.condition {
                WriteCondition::Always => wit::WriteCondition::Always,
                WriteCondition::Absent => wit::WriteCondition::Absent,
                WriteCondition::Matches(etag) => wit::WriteCondition::Matches(etag),
            },
            metadata: options.metadata,
        };
        let put = pipe::send(body, STAGE, |body| wit::put(context(call), key.to_owned(), body, options));
        self.measured(STAGE, call, put).await.map(object_info)
    }

    async fn get(&self, call: &Call, key: &str, options: GetOptions) -> Result<Object> {
        let range = options.range.map(|range| match range {
            ByteRange::Between(first, last) => wit::ByteRange::Between((first, last)),
            ByteRange::StartingAt(first) => wit::ByteRange::StartingAt(first),
            ByteRange::Last(count) => wit::ByteRange::Last(count),
        });
        let options = wit::GetOptions { range, if_match: options.if_match };
        let object = self.timed(STAGE, call, wit::get(context(call), key.to_owned(), options)).await?;
        Ok(Object {
            info: object_info(object.info),
            offset: object.offset,
            length: object.length,
            body: pipe::receive(object.body, object.length, STAGE, Deadline::of(call)),
        })
    }

    async fn head(&self, call: &Call, key: &str) -> Result<ObjectInfo> {
        self.timed(STAGE, call, wit::head(context(call), key.to_owned())).await.map(object_info)
    }

    async fn delete(&self, call: &Call, key: &str) -> Result<()> {
        self.timed(STAGE, call, wit::delete(context(call), key.to_owned())).await
    }

    async fn list(
        &self,
        call: &Call,
        prefix: &str,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<ObjectPage> {
        let page =
            self.timed(STAGE, call, wit::list(context(call), prefix.to_owned(), cursor, limit)).await?;
        Ok(ObjectPage { objects: page.objects.into_iter().map(object_info).collect(), next: page.next })
    }

    async fn presign(&self, call: &Call, method: SignedMethod, key: &str, seconds: u32) -> Result<SignedUrl> {
        let signed = wit::presign(context(call), signed_method(method), key.to_owned(), seconds);
        let url = self.timed(STAGE, call, signed).await?;
        Ok(SignedUrl { url: url.url, expires_ms: url.expires_ms, headers: url.headers })
    }

    async fn redeem(&self, call: &Call, method: SignedMethod, url: &str) -> Result<String> {
        self.timed(STAGE, call, wit::redeem(context(call), signed_method(method), url.to_owned())).await
    }
}

const fn signed_method(method: SignedMethod) -> wit::SignedMethod {
    match method {
        SignedMethod::Get => wit::SignedMethod::Get,
        SignedMethod::Head => wit::SignedMethod::Head,
        SignedMethod::Put => wit::SignedMethod::Put,
        SignedMethod::Delete => wit::SignedMethod::Delete,
    }
}

fn object_info(info: wit::ObjectInfo) -> ObjectInfo {
    ObjectInfo {
        key: info.key,
        size: info.size,
        etag: info.etag,
        content_type: info.content_type,
        modified_ms: info.modified_ms,
        sha256: info.sha256,
        metadata: info.metadata,
    }
}
