//! Reading objects.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE};
use http::{HeaderMap, StatusCode};
use upstream::{Call, Download, Error, ErrorKind, Platform};

use crate::checksum::Verifier;
use crate::client::{Ask, Client};
use crate::multipart::not_s3;
use crate::{ByteRange, ObjectInfo, Operation, check};

/// An object, or a part of one, being read.
pub struct Object<P: Platform> {
    /// What is known of all of it.
    pub info: ObjectInfo,
    /// Where the body starts in the object, in bytes.
    pub offset: u64,
    /// Bytes in the body.
    pub length: u64,
    /// The bytes.
    pub body: ObjectBody<P>,
}

/// An object's bytes on their way in, held to their length and, where the whole object is read, to the server's checksum.
pub struct ObjectBody<P: Platform> {
    download: Download<P>,
    left: u64,
    verifier: Option<Verifier>,
}

impl<P: Platform> Client<P> {
    /// Opens an object, all of it or a range, if it still has the etag `if_match`.
    ///
    /// # Errors
    /// `not-found`; `conflict` for another etag; `invalid` with `reason=range-not-satisfiable` and `size` for a range that holds no byte of the object; S3's.
    pub async fn get(
        &self,
        call: &Call,
        key: &str,
        range: Option<ByteRange>,
        if_match: Option<&str>,
    ) -> Result<Object<P>, Error> {
        check::key(key)?;
        if let Some(etag) = if_match {
            check::etag(etag)?;
        }
        if range.is_some_and(ByteRange::is_empty) {
            return Err(no_byte(self.head(call, key).await?.size));
        }
        let mut ask = Ask::of_key(Operation::GetObject, key);
        if let Some(etag) = if_match {
            ask = ask.header("if-match", &format!("\"{etag}\""));
        }
        ask = match range {
            Some(range) => ask.header("range", &range.header()),
            None => ask.header("x-amz-checksum-mode", "ENABLED"),
        };
        let response = match self.open(call, &ask).await {
            Ok(response) => response,
            // Only the size is missing from what the contract promises.
            Err(error) if error.extra("reason").is_some() && error.extra("size").is_none() => {
                let size = self.head(call, key).await?.size;
                return Err(error.with("size", size.to_string()));
            }
            Err(error) => return Err(error),
        };
        let (head, download) = response.into_parts();
        let (size, offset, length) = place(head.status, &head.headers, range)?;
        let (info, _) = ObjectInfo::read(key, size, &head.headers);
        // Not every server heeds If-Match on reading.
        if if_match.is_some_and(|etag| etag != info.etag) {
            let message = format!("The object {key} has another etag by now. Read it from the beginning.");
            return Err(Error::new(ErrorKind::Conflict, message).with("etag", info.etag));
        }
        let verifier = if length == size { Verifier::new(&head.headers) } else { None };
        Ok(Object { info, offset, length, body: ObjectBody { download, left: length, verifier } })
    }
}

impl<P: Platform> ObjectBody<P> {
    /// The next bytes; `None` at the end of the whole body.
    ///
    /// # Errors
    /// `unavailable` when the connection broke, `timed-out`, `failed` when the bytes are not those that the server's checksum is of.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        match self.download.chunk().await? {
            Some(bytes) => {
                self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| {
                    Error::failed("S3 sent more bytes than it said the object has. Read it again.")
                })?;
                if let Some(verifier) = &mut self.verifier {
                    verifier.update(&bytes);
                }
                Ok(Some(bytes))
            }
            None if self.left > 0 => {
                let message = format!("The object ended {} bytes early. Read on from there.", self.left);
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            None if self.verifier.take().is_some_and(|verifier| !verifier.finish()) => Err(Error::failed(
                "The object's bytes are not those that its checksum is of: they were damaged, at rest or on the way. Read it again.",
            )),
            None => Ok(None),
        }
    }
}

/// The size of the object, and the offset and length of the body.
fn place(
    status: StatusCode,
    headers: &HeaderMap,
    range: Option<ByteRange>,
) -> Result<(u64, u64, u64), Error> {
    let wrong = || not_s3("GetObject");
    if status == StatusCode::PARTIAL_CONTENT {
        let text = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
        let (first, last, size) = text.and_then(content_range).ok_or_else(wrong)?;
        let length = (last + 1).checked_sub(first).filter(|_| last < size).ok_or_else(wrong)?;
        return Ok((size, first, length));
    }
    let text = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let size: u64 = text.and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    match range.map(|range| range.within(size)) {
        None => Ok((size, 0, size)),
        // A range that is the whole object may be answered as no range.
        Some(Some((0, length))) if length == size => Ok((size, 0, size)),
        Some(None) => Err(no_byte(size)),
        Some(Some(_)) => Err(Error::failed(
            "The server sent the whole object instead of the range asked for. Check s3_endpoint_url: something there does not pass on Range.",
        )),
    }
}

/// `bytes 0-9/1234`
fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let last = last.parse().ok().filter(|last| *last < u64::MAX)?;
    Some((first.parse().ok()?, last, size.parse().ok()?))
}

fn no_byte(size: u64) -> Error {
    Error::invalid(format!("The range holds no byte of the object, which has {size}."))
        .with("reason", "range-not-satisfiable")
        .with("size", size.to_string())
}
