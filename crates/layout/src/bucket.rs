use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The bucket when none is set.
pub const DEFAULT_BUCKET: &str = "serene-relationship-mediator";

/// The longest bucket name, in bytes: what S3 once allowed; it allows new buckets 63.
pub const MAX_BUCKET_BYTES: usize = 255;

/// A string that is no bucket's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "this is not the name of an S3 bucket: 1 to {MAX_BUCKET_BYTES} ASCII letters, digits, '-', '_' and '.', starting with a letter or digit"
)]
pub struct BucketError;

/// The name of an S3 bucket. Wider than S3's rules for new buckets, since old buckets and other stores have upper case and `_`; narrow
/// enough that `s3://bucket/key` reads back as it was written. Made by [`str::parse`]; the [`Default`] is [`DEFAULT_BUCKET`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bucket(String);

impl Bucket {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Bucket {
    fn default() -> Self {
        Self(DEFAULT_BUCKET.to_owned())
    }
}

impl FromStr for Bucket {
    type Err = BucketError;

    fn from_str(name: &str) -> Result<Self, BucketError> {
        let fits = name.len() <= MAX_BUCKET_BYTES
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if fits { Ok(Self(name.to_owned())) } else { Err(BucketError) }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
