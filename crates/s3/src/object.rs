//! Objects as the contract knows them.

use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::LocalBoxStream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue};
use upstream::{Error, Platform};

use crate::ObjectBody;

const METADATA: &str = "x-amz-meta-";
const MAX_METADATA_BYTES: u64 = 2048;
const MAX_KEY_BYTES: u64 = 1024;
const DEFAULT_TYPE: &str = "application/octet-stream";

/// Bytes on their way in. An error ends the write, and nothing is stored.
pub type Source = LocalBoxStream<'static, Result<Bytes, Error>>;

/// What is known of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// A media type.
    pub content_type: String,
    /// Milliseconds since 1970.
    pub modified_ms: u64,
    /// In hex, where S3 keeps one of the whole object.
    pub sha256: Option<String>,
    /// Names without their prefix.
    pub metadata: Vec<(String, String)>,
}

/// When a write takes effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always.
    Always,
    /// Only when there is no object.
    Absent,
    /// Only when the object has this etag.
    Matches(String),
}

/// What comes with a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOptions {
    /// A media type.
    pub content_type: String,
    /// Bytes, when known.
    pub size: Option<u64>,
    /// When it takes effect.
    pub condition: Condition,
    /// Kept with the object.
    pub metadata: Vec<(String, String)>,
}

/// A part of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first to the last byte named.
    Between(u64, u64),
    /// From this byte on.
    StartingAt(u64),
    /// The last bytes.
    Last(u64),
}

/// An object, or a part of one, being read.
pub struct Object<P: Platform> {
    /// What is known of it.
    pub info: ObjectInfo,
    /// Where the body starts in the object.
    pub offset: u64,
    /// Bytes in the body.
    pub length: u64,
    /// The bytes.
    pub body: ObjectBody<P>,
}

/// What a signed URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedMethod {
    /// Read.
    Get,
    /// Ask.
    Head,
    /// Write.
    Put,
    /// Remove.
    Delete,
}

/// A URL that grants one request. A secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// Absolute.
    pub url: String,
    /// Milliseconds since 1970.
    pub expires_ms: u64,
}

/// Checks a key.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    match key.len() as u64 {
        0 => Err(Error::invalid("The key is empty.")),
        n if n > MAX_KEY_BYTES => Err(Error::too_large("The key, in bytes,", MAX_KEY_BYTES, n)),
        _ => Ok(()),
    }
}

impl PutOptions {
    /// The headers of a write: media type and metadata.
    pub(crate) fn headers(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        let content_type = HeaderValue::from_str(&self.content_type)
            .map_err(|_| Error::invalid("The content type holds characters that no header can carry."))?;
        headers.insert(CONTENT_TYPE, content_type);
        let mut total = 0;
        for (name, value) in &self.metadata {
            total += (name.len() + value.len()) as u64;
            let is_name = !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            let is_value = value.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
            let header = HeaderName::try_from(format!("{METADATA}{name}"));
            match (header, HeaderValue::from_str(value)) {
                (Ok(header), Ok(value)) if is_name && is_value => headers.insert(header, value),
                _ => {
                    return Err(Error::invalid(
                        "Metadata has names of lower-case letters, digits and hyphens, and values of visible ASCII.",
                    ));
                }
            };
        }
        if total > MAX_METADATA_BYTES {
            return Err(Error::too_large("The metadata, in bytes,", MAX_METADATA_BYTES, total));
        }
        Ok(headers)
    }
}

/// An etag without its quotes; that of a weak validator as well.
pub(crate) fn unquoted(etag: &str) -> String {
    etag.trim().trim_start_matches("W/").trim_matches('"').to_owned()
}

/// A header's text.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// An HTTP date in milliseconds since 1970.
pub(crate) fn date_ms(text: &str) -> Option<u64> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

impl ObjectInfo {
    /// Of an answer's headers. `size` is that of the whole object, where the answer holds only a part.
    pub(crate) fn of(key: &str, headers: &HeaderMap, size: Option<u64>) -> Result<Self, Error> {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let size = size.or_else(|| text(CONTENT_LENGTH)?.parse().ok());
        let (Some(size), Some(etag)) = (size, text(ETAG)) else {
            return Err(Error::failed(
                "S3 answered without the object's length or ETag. Is the address that of an S3 API?",
            ));
        };
        let metadata = headers.iter().filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(METADATA)?;
            Some((name.to_owned(), value.to_str().ok()?.to_owned()))
        });
        Ok(Self {
            key: key.to_owned(),
            size,
            etag: unquoted(etag),
            content_type: text(CONTENT_TYPE).unwrap_or(DEFAULT_TYPE).to_owned(),
            modified_ms: text(LAST_MODIFIED).and_then(date_ms).unwrap_or_default(),
            sha256: header(headers, "x-amz-checksum-sha256").and_then(whole_sha256),
            metadata: metadata.collect(),
        })
    }
}

/// The SHA-256 of a whole object, in hex; `None` for that of a multipart upload, which is one of its parts' hashes.
fn whole_sha256(base64: &str) -> Option<String> {
    let hash = STANDARD.decode(base64).ok().filter(|hash| hash.len() == 32)?;
    Some(hex::encode(hash))
}
