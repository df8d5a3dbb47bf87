//! What objects are, in the words of `serene:object-store`.

use http::HeaderMap;
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED};

use crate::checksum;
use crate::time::http_date;

/// What S3 calls bytes of no known type.
pub(crate) const UNKNOWN_TYPE: &str = "application/octet-stream";
const METADATA: &str = "x-amz-meta-";
/// Metadata that names a write, so that one whose answer was lost is known again. Never shown to callers.
pub(crate) const WRITE_ID: &str = "x-amz-meta-serene-write";

/// What the store knows of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// A strong validator, without quotes. No hash of the bytes: do not compute with it.
    pub etag: String,
    /// Its media type.
    pub content_type: String,
    /// When it was written, in milliseconds since 1970, by the server's clock.
    pub modified_ms: u64,
    /// SHA-256 of the bytes in hex, where the server keeps it: for objects written in one request.
    pub sha256: Option<String>,
    /// As it was given, in any order.
    pub metadata: Vec<(String, String)>,
}

/// When a write may take effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteCondition {
    /// Always.
    Always,
    /// Only when there is no object.
    Absent,
    /// Only when the object there has this etag.
    Matches(String),
}

/// How to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOptions {
    /// A media type of 1 to 255 ASCII characters.
    pub content_type: String,
    /// Bytes to come, when known.
    pub size: Option<u64>,
    /// When the write may take effect.
    pub condition: WriteCondition,
    /// Names of lower-case letters, digits and `-`, values of visible ASCII, 2,048 bytes in all.
    pub metadata: Vec<(String, String)>,
}

/// A part of an object, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first to the last byte named, both included; the last is cut to the object's end.
    Between(u64, u64),
    /// From this byte to the end.
    StartingAt(u64),
    /// The last n bytes; all of a shorter object.
    Last(u64),
}

impl ByteRange {
    /// Whether it holds no byte, whatever the object.
    pub(crate) const fn is_empty(self) -> bool {
        matches!(self, Self::Between(first, last) if first > last) || matches!(self, Self::Last(0))
    }

    pub(crate) fn header(self) -> String {
        match self {
            Self::Between(first, last) => format!("bytes={first}-{last}"),
            Self::StartingAt(first) => format!("bytes={first}-"),
            Self::Last(count) => format!("bytes=-{count}"),
        }
    }

    /// The offset and length in an object of this size; `None` for nothing.
    pub(crate) fn within(self, size: u64) -> Option<(u64, u64)> {
        let (start, end) = match self {
            Self::Between(first, last) => (first, last.saturating_add(1).min(size)),
            Self::StartingAt(first) => (first, size),
            Self::Last(count) => (size.saturating_sub(count), size),
        };
        (start < end).then(|| (start, end - start))
    }
}

impl ObjectInfo {
    /// What the headers of an answer to GetObject or HeadObject say of an object of this size; the write's id, too.
    pub(crate) fn read(key: &str, size: u64, headers: &HeaderMap) -> (Self, Option<String>) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut write_id = None;
        let mut metadata = Vec::new();
        for (name, value) in headers {
            // Others may have written values that are no visible ASCII: they are shown as far as UTF-8 goes.
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if name.as_str() == WRITE_ID {
                write_id = Some(value);
            } else if let Some(name) = name.as_str().strip_prefix(METADATA) {
                metadata.push((name.to_owned(), value));
            }
        }
        let modified = text(LAST_MODIFIED.as_str()).and_then(http_date).unwrap_or_default();
        let info = Self {
            key: key.to_owned(),
            size,
            etag: unquoted(text(ETAG.as_str()).unwrap_or_default()),
            content_type: text(CONTENT_TYPE.as_str()).unwrap_or(UNKNOWN_TYPE).to_owned(),
            modified_ms: u64::try_from(modified.as_millis()).unwrap_or(u64::MAX),
            sha256: checksum::sha256(headers),
            metadata,
        };
        (info, write_id)
    }
}

/// An etag as the contract has it. A weak one, which some proxies make of it, has the same text.
pub(crate) fn unquoted(etag: &str) -> String {
    etag.trim().trim_start_matches("W/").trim_matches('"').to_owned()
}
