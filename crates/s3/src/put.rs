//! Writing objects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::header::{DATE, ETAG, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use sha2::{Digest, Sha256};
use upstream::{Call, Error, Platform, Received, Verdict};

use crate::exchange::Operation;
use crate::get::text;
use crate::object::{check_key, date_ms, unquoted};
use crate::{Condition, ObjectInfo, PutOptions, S3, Source};

/// What is written at once: a smaller object in one request, a larger one in parts of this size. Every part but the last has it, as R2 demands; S3 takes
/// none smaller than 5 MiB.
pub const PART_BYTES: usize = 8 * 1024 * 1024;
/// The largest object: as many parts as S3 takes.
pub const MAX_OBJECT_BYTES: u64 = 10_000 * PART_BYTES as u64;

pub(crate) const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");

/// A stream cut into pieces.
pub(crate) struct Parts {
    source: Source,
    /// What of the source's last chunk belongs to the next part.
    rest: Bytes,
    ended: bool,
    /// Bytes handed out so far.
    pub(crate) total: u64,
}

impl Parts {
    fn new(source: Source) -> Self {
        Self { source, rest: Bytes::new(), ended: false, total: 0 }
    }

    /// The next part, full unless it is the last; empty when the source has ended before it.
    pub(crate) async fn next(&mut self) -> Result<Bytes, Error> {
        let mut part = Vec::with_capacity(if self.ended { 0 } else { PART_BYTES });
        loop {
            let room = PART_BYTES - part.len();
            let piece = self.rest.split_to(self.rest.len().min(room));
            part.extend_from_slice(&piece);
            if part.len() == PART_BYTES || self.ended {
                break;
            }
            match self.source.next().await {
                Some(bytes) => self.rest = bytes?,
                None => self.ended = true,
            }
        }
        self.total += part.len() as u64;
        if self.total > MAX_OBJECT_BYTES {
            return Err(Error::too_large("The object, in bytes,", MAX_OBJECT_BYTES, self.total));
        }
        part.shrink_to_fit();
        Ok(part.into())
    }

    /// Whether there is nothing more. Only known for sure once the source has said so.
    pub(crate) async fn is_over(&mut self) -> Result<bool, Error> {
        while self.rest.is_empty() && !self.ended {
            match self.source.next().await {
                Some(bytes) => self.rest = bytes?,
                None => self.ended = true,
            }
        }
        Ok(self.rest.is_empty())
    }
}

impl<P: Platform> S3<P> {
    /// Stores an object from a stream, in bounded memory whatever its length. The key holds the whole object or what it held before.
    ///
    /// # Errors
    /// `invalid` when the stream has another length than the options say; `conflict` when the condition does not hold; `too-large`; the stream's own.
    pub async fn put(
        &self,
        call: &Call,
        key: &str,
        source: Source,
        options: &PutOptions,
    ) -> Result<ObjectInfo, Error> {
        check_key(key)?;
        if let Some(size) = options.size.filter(|size| *size > MAX_OBJECT_BYTES) {
            return Err(Error::too_large("The object, in bytes,", MAX_OBJECT_BYTES, size));
        }
        let mut parts = Parts::new(source);
        let beginning = async { Ok((parts.next().await?, parts.is_over().await?)) };
        let (first, is_all) = self.in_time(call, beginning).await?;
        if is_all {
            options.check_size(parts.total)?;
            return self.put_whole(call, key, first, options).await;
        }
        self.put_in_parts(call, key, first, parts, options).await
    }

    async fn put_whole(
        &self,
        call: &Call,
        key: &str,
        body: Bytes,
        options: &PutOptions,
    ) -> Result<ObjectInfo, Error> {
        let mut headers = options.headers()?;
        options.condition.write(&mut headers)?;
        self.config.encrypt(&mut headers);
        headers.insert(CHECKSUM, checksum(&body)?);
        let size = body.len() as u64;
        let sha256 = hex::encode(Sha256::digest(&body));
        let operation = Operation { headers, body, ..Operation::new(Method::PUT, Some(key), &[]) };
        self.send(call, &operation, |answer| match etag(&answer) {
            Ok(etag) => {
                Verdict::Done(self.stored(key, size, etag, options, Some(sha256.clone()), &answer.headers))
            }
            Err(error) => Verdict::Fail(error),
        })
        .await
    }

    /// What is known of an object that was just written.
    pub(crate) fn stored(
        &self,
        key: &str,
        size: u64,
        etag: String,
        options: &PutOptions,
        sha256: Option<String>,
        headers: &HeaderMap,
    ) -> ObjectInfo {
        let date = headers.get(DATE).and_then(|value| date_ms(value.to_str().ok()?));
        ObjectInfo {
            key: key.to_owned(),
            size,
            etag,
            content_type: options.content_type.clone(),
            modified_ms: date.unwrap_or_else(|| self.now_ms()),
            sha256,
            metadata: options.metadata.clone(),
        }
    }
}

impl PutOptions {
    /// Checks the length of a stream that has ended.
    pub(crate) fn check_size(&self, actual: u64) -> Result<(), Error> {
        match self.size {
            Some(size) if size != actual => {
                let message =
                    format!("The body has {actual} bytes and was announced with {size}: nothing was stored.");
                Err(Error::invalid(message)
                    .with("announced", size.to_string())
                    .with("actual", actual.to_string()))
            }
            _ => Ok(()),
        }
    }
}

impl Condition {
    /// Adds it to the request that makes the object visible.
    pub(crate) fn write(&self, headers: &mut HeaderMap) -> Result<(), Error> {
        match self {
            Self::Always => {}
            Self::Absent => {
                headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
            }
            Self::Matches(etag) => {
                headers.insert(IF_MATCH, text(format!("\"{etag}\""))?);
            }
        }
        Ok(())
    }
}

/// The checksum that S3 checks on arrival, and keeps.
pub(crate) fn checksum(body: &[u8]) -> Result<HeaderValue, Error> {
    text(STANDARD.encode(Sha256::digest(body)))
}

/// The etag of what was written.
pub(crate) fn etag(answer: &Received) -> Result<String, Error> {
    answer
        .header(ETAG.as_str())
        .map(unquoted)
        .ok_or_else(|| Error::failed("S3 stored the bytes and did not say under which ETag."))
}
