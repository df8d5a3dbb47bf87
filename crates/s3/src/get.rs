//! Reading and removing objects.

use http::header::{CONTENT_RANGE, IF_MATCH, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use upstream::{Call, Error, Platform, Verdict};

use crate::exchange::Operation;
use crate::object::check_key;
use crate::{ByteRange, Object, ObjectBody, ObjectInfo, S3};

const CHECKSUM_MODE: HeaderName = HeaderName::from_static("x-amz-checksum-mode");

impl<P: Platform> S3<P> {
    /// Opens an object.
    ///
    /// # Errors
    /// `not-found`; `conflict` when it has another etag than `if_match`; `invalid` with `reason=range-not-satisfiable`.
    pub async fn get(
        &self,
        call: &Call,
        key: &str,
        range: Option<ByteRange>,
        if_match: Option<&str>,
    ) -> Result<Object<P>, Error> {
        check_key(key)?;
        let mut operation = Operation::new(Method::GET, Some(key), &[]);
        match range {
            // S3 keeps checksums of whole objects.
            None => {
                operation.headers.insert(CHECKSUM_MODE, HeaderValue::from_static("ENABLED"));
            }
            Some(range) => {
                operation.headers.insert(RANGE, text(range_header(range))?);
            }
        }
        if let Some(etag) = if_match {
            operation.headers.insert(IF_MATCH, text(format!("\"{etag}\""))?);
        }
        let opened = match self.open(call, &operation).await {
            Err(error) if error.status == Some(416) && error.extra("size").is_none() => {
                let size = self.head(call, key).await?.size;
                return Err(error.with("size", size.to_string()));
            }
            opened => opened?,
        };
        let (head, download) = opened.into_parts();
        let (offset, size) = match range {
            None => (0, None),
            Some(_) => content_range(&head.headers)?,
        };
        let info = ObjectInfo::of(key, &head.headers, size)?;
        let length = match range {
            None => info.size,
            Some(_) => ObjectInfo::of(key, &head.headers, None)?.size,
        };
        let body = ObjectBody::new(download, length, info.sha256.clone().filter(|_| range.is_none()));
        Ok(Object { info, offset, length, body })
    }

    /// What is known of an object.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn head(&self, call: &Call, key: &str) -> Result<ObjectInfo, Error> {
        check_key(key)?;
        let mut operation = Operation::new(Method::HEAD, Some(key), &[]);
        operation.headers.insert(CHECKSUM_MODE, HeaderValue::from_static("ENABLED"));
        self.send(call, &operation, |answer| match ObjectInfo::of(key, &answer.headers, None) {
            Ok(info) => Verdict::Done(info),
            Err(error) => Verdict::Fail(error),
        })
        .await
    }

    /// Removes an object; what is not there counts as removed.
    ///
    /// # Errors
    /// Those of the service.
    pub async fn delete(&self, call: &Call, key: &str) -> Result<(), Error> {
        check_key(key)?;
        let operation = Operation::new(Method::DELETE, Some(key), &[]);
        match self.send(call, &operation, |_| Verdict::Done(())).await {
            Err(error) if error.kind == upstream::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}

fn range_header(range: ByteRange) -> String {
    match range {
        ByteRange::Between(first, last) => format!("bytes={first}-{last}"),
        ByteRange::StartingAt(first) => format!("bytes={first}-"),
        ByteRange::Last(count) => format!("bytes=-{count}"),
    }
}

/// Where a part starts, and how large the whole is, by `bytes 0-9/100`.
fn content_range(headers: &HeaderMap) -> Result<(u64, Option<u64>), Error> {
    let parsed = headers.get(CONTENT_RANGE).and_then(|value| {
        let (range, size) = value.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
        Some((range.split_once('-')?.0.parse().ok()?, size.parse().ok()))
    });
    parsed
        .ok_or_else(|| Error::failed("S3 was asked for a part of the object and did not say which it sent."))
}

pub(crate) fn text(text: String) -> Result<HeaderValue, Error> {
    HeaderValue::try_from(text)
        .map_err(|_| Error::invalid("The etag holds characters that no header can carry."))
}
