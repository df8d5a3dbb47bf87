use super::{Call, StageInfo};
use crate::{ByteStream, Result};

/// What a store knows of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// An opaque strong validator, without quotes.
    pub etag: String,
    /// A media type.
    pub content_type: String,
    /// Milliseconds since 1970.
    pub modified_ms: u64,
    /// SHA-256 in lower-case hex, where known.
    pub sha256: Option<String>,
    /// Kept with the object.
    pub metadata: Vec<(String, String)>,
}

/// When a write may take effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteCondition {
    /// Always.
    Always,
    /// Only when the key holds nothing.
    Absent,
    /// Only when the key holds the object with this etag.
    Matches(String),
}

/// How to store an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOptions {
    /// A media type.
    pub content_type: String,
    /// Bytes to come, when known.
    pub size: Option<u64>,
    /// When the write may take effect.
    pub condition: WriteCondition,
    /// Kept with the object.
    pub metadata: Vec<(String, String)>,
}

/// A part of an object, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first to the last byte named, both included.
    Between(u64, u64),
    /// From this byte on.
    StartingAt(u64),
    /// The last n bytes.
    Last(u64),
}

/// What to read of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetOptions {
    /// `None`: all of it.
    pub range: Option<ByteRange>,
    /// Only while the object has this etag.
    pub if_match: Option<String>,
}

/// An object, or a part of one, being read.
pub struct Object {
    /// The whole object's figures.
    pub info: ObjectInfo,
    /// Where the body starts.
    pub offset: u64,
    /// Bytes in the body.
    pub length: u64,
    /// The bytes.
    pub body: ByteStream,
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPage {
    /// In ascending order of keys.
    pub objects: Vec<ObjectInfo>,
    /// Where the next page starts.
    pub next: Option<String>,
}

/// What a signed URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedMethod {
    /// Read.
    Get,
    /// Read the headers.
    Head,
    /// Write.
    Put,
    /// Remove.
    Delete,
}

/// A URL that grants one request on one key until it expires.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// Absolute, or beginning with `/`. A secret.
    pub url: String,
    /// Milliseconds since 1970.
    pub expires_ms: u64,
    /// Headers the request must carry.
    pub headers: Vec<(String, String)>,
}

/// Who the object store is and what it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectStoreInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// The bucket that written paths name.
    pub bucket: String,
    /// The largest object in bytes.
    pub max_object_bytes: u64,
    /// The longest life of a signed URL.
    pub max_signed_url_seconds: u32,
}

/// Keeps files by key: `serene:object-store`.
#[allow(async_fn_in_trait)]
pub trait ObjectStore {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<ObjectStoreInfo>;
    /// Stores a file. An error in the stream abandons the write: the key then holds what it held.
    async fn put(&self, call: &Call, key: &str, body: ByteStream, options: PutOptions) -> Result<ObjectInfo>;
    /// Opens a file.
    async fn get(&self, call: &Call, key: &str, options: GetOptions) -> Result<Object>;
    /// What is known of an object.
    async fn head(&self, call: &Call, key: &str) -> Result<ObjectInfo>;
    /// Removes an object; removing nothing succeeds.
    async fn delete(&self, call: &Call, key: &str) -> Result<()>;
    /// Lists objects by prefix.
    async fn list(&self, call: &Call, prefix: &str, cursor: Option<String>, limit: u32)
    -> Result<ObjectPage>;
    /// Makes a signed URL.
    async fn presign(&self, call: &Call, method: SignedMethod, key: &str, seconds: u32) -> Result<SignedUrl>;
    /// The key that a URL made by `presign` grants `method` on.
    async fn redeem(&self, call: &Call, method: SignedMethod, url: &str) -> Result<String>;
}
