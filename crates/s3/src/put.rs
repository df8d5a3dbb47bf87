//! Writing objects: in one request where a part is enough.

use bytes::Bytes;
use futures_util::stream::{StreamExt, TryStreamExt, iter, try_unfold};
use http::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};
use upstream::{Call, Error, ErrorKind, Platform, Received, Verdict};

use crate::checksum::base64;
use crate::client::{Ask, Client};
use crate::object::{WRITE_ID, unquoted};
use crate::parts::{ByteStream, Part, Parts};
use crate::time::http_date;
use crate::{ObjectInfo, Operation, PutOptions, WriteCondition, check};

/// Parts on their way at once, the one being read included.
const PARALLEL_PARTS: usize = 3;

/// One write of one object.
pub(crate) struct Write<'a> {
    pub(crate) key: &'a str,
    pub(crate) options: &'a PutOptions,
    /// A random name, by which the write is known again when its answer was lost; `None` where metadata leaves no room.
    id: Option<String>,
}

impl<P: Platform> Client<P> {
    /// Stores a file under a key: in one request up to 8 MiB, else in parts of 8 MiB, three at a time. Until it returns, and after an error, the
    /// key holds what it held; only where S3's last answer was not heard may the object appear all the same. All that is ever in memory are three parts.
    ///
    /// # Errors
    /// `invalid` for a key, option or length that breaks a rule; `too-large`; `conflict` when the condition does not hold; the body's own; S3's.
    pub async fn put(
        &self,
        call: &Call,
        key: &str,
        body: ByteStream,
        options: &PutOptions,
    ) -> Result<ObjectInfo, Error> {
        check::key(key)?;
        check::options(options)?;
        let id = format!("{:016x}", self.platform().random());
        let id = Some(id).filter(|id| check::has_room(options, "serene-write".len() + id.len()));
        let write = Write { key, options, id };
        let mut parts = Parts::new(&**self.platform(), call, body, options.size)?;
        let first = parts.next().await?.map(|part| part.bytes).unwrap_or_default();
        if parts.ended() {
            return self.put_whole(call, &write, first).await;
        }
        self.put_parts(call, &write, Part { number: 1, bytes: first }, &mut parts).await
    }

    async fn put_whole(&self, call: &Call, write: &Write<'_>, bytes: Bytes) -> Result<ObjectInfo, Error> {
        let size = bytes.len() as u64;
        let mut ask = Ask::of_key(Operation::PutObject, write.key);
        ask.headers = self.object_headers(write);
        write.add_condition(&mut ask.headers);
        let (ask, sha256) = ask.body(bytes);
        let ask = ask.header("x-amz-checksum-sha256", &base64(&sha256));
        let put = self.ask_bulk(call, &ask, |received, _| Verdict::Done(received)).await;
        match put {
            Ok(received) => {
                let etag = received.header("etag").unwrap_or_default().to_owned();
                Ok(self.written(write, size, &etag, Some(hex::encode(sha256)), &received))
            }
            Err(error) => self.unless_done(call, write, error).await,
        }
    }

    async fn put_parts(
        &self,
        call: &Call,
        write: &Write<'_>,
        first: Part,
        parts: &mut Parts<'_, P>,
    ) -> Result<ObjectInfo, Error> {
        let upload = self.create_upload(call, write).await?;
        let stored = {
            let rest =
                try_unfold(&mut *parts, async |parts| Ok(parts.next().await?.map(|part| (part, parts))));
            let all = iter([Ok(first)]).chain(rest);
            let uploads = all.map_ok(|part| self.upload_part(call, write.key, &upload, part));
            uploads.try_buffer_unordered(PARALLEL_PARTS).try_collect::<Vec<_>>().await
        };
        let mut stored = match stored {
            Ok(stored) => stored,
            Err(error) => {
                self.abort_upload(write.key, &upload).await;
                return Err(error);
            }
        };
        stored.sort_unstable_by_key(|part| part.number);
        let (size, crc64) = (parts.seen(), parts.crc64());
        match self.complete_upload(call, write, &upload, &stored, size, &crc64).await {
            Ok((etag, received)) => Ok(self.written(write, size, &etag, None, &received)),
            Err(error) => {
                let may_go_on = is_unheard(&error);
                let done = self.unless_done(call, write, error).await;
                if done.is_err() && !may_go_on {
                    self.abort_upload(write.key, &upload).await;
                }
                done
            }
        }
    }

    /// The headers that a new object's request carries, whichever way it is written.
    pub(crate) fn object_headers(&self, write: &Write<'_>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut add = |name: HeaderName, value: &str| {
            // Checked before: no value is refused here.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        add(CONTENT_TYPE, &write.options.content_type);
        for (name, value) in &write.options.metadata {
            if let Ok(name) = HeaderName::try_from(format!("x-amz-meta-{name}")) {
                add(name, value);
            }
        }
        if let Some(id) = &write.id {
            add(HeaderName::from_static(WRITE_ID), id);
        }
        self.config().encrypt(&mut headers);
        headers
    }

    fn written(
        &self,
        write: &Write<'_>,
        size: u64,
        etag: &str,
        sha256: Option<String>,
        received: &Received,
    ) -> ObjectInfo {
        let modified = received.header("date").and_then(http_date).map(|time| time.as_secs());
        ObjectInfo {
            key: write.key.to_owned(),
            size,
            etag: unquoted(etag),
            content_type: write.options.content_type.clone(),
            modified_ms: modified.unwrap_or_else(|| self.now()).saturating_mul(1000),
            sha256,
            metadata: write.options.metadata.clone(),
        }
    }

    /// A write whose answer was lost may have been done: an error stands unless the key holds the object that this very write made.
    async fn unless_done(&self, call: &Call, write: &Write<'_>, error: Error) -> Result<ObjectInfo, Error> {
        let repeated = error.extra("tries").is_some_and(|tries| tries != "1");
        if !(repeated || is_unheard(&error) || error.extra("provider-code") == Some("NoSuchUpload")) {
            return Err(write.refused(error));
        }
        match self.head_with_id(call, write.key).await {
            Ok((info, id)) if id.is_some() && id == write.id => Ok(info),
            _ => Err(write.refused(error)),
        }
    }
}

/// Whether S3 itself did not say what became of a request: it may have been carried out, or be under way. 502 and 504 are said by what stands before it.
fn is_unheard(error: &Error) -> bool {
    match error.status {
        None => error.kind != ErrorKind::Misconfigured,
        Some(status) => matches!(status, 502 | 504),
    }
}

impl Write<'_> {
    pub(crate) fn add_condition(&self, headers: &mut HeaderMap) {
        match &self.options.condition {
            WriteCondition::Always => {}
            WriteCondition::Absent => {
                headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
            }
            WriteCondition::Matches(etag) => {
                if let Ok(value) = HeaderValue::from_str(&format!("\"{etag}\"")) {
                    headers.insert(IF_MATCH, value);
                }
            }
        }
    }

    /// What a refusal means for a write: no object is there to match.
    fn refused(&self, mut error: Error) -> Error {
        let absent = error.kind == ErrorKind::NotFound;
        if absent && matches!(self.options.condition, WriteCondition::Matches(_)) {
            error.kind = ErrorKind::Conflict;
        }
        error
    }
}
