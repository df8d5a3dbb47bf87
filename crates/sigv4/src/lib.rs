//! AWS Signature Version 4, written by hand: header signatures, presigned URLs, signed chunks and trailers, POST policies.
//!
//! Sans-IO: no clock and no network. Every call takes the time as seconds since 1970-01-01T00:00:00Z. A [`Signer`] keeps the signing key of the day it
//! was last used for, so that most signatures cost one hash and one HMAC.
//!
//! S3's rules are the default: the path is encoded once and never normalised, so `a//b/../c` is signed as it stands. [`Rules::General`] holds those
//! of the other services. Source: "Authenticating Requests (AWS Signature Version 4)" in the S3 API reference.
//!
//! ```
//! use sigv4::{Credentials, Payload, Signer};
//!
//! let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None);
//! let signer = Signer::s3(credentials, "us-east-1");
//! let uri = "https://examplebucket.s3.amazonaws.com/test.txt".parse()?;
//! let mut headers = http::HeaderMap::new();
//! headers.insert("range", http::HeaderValue::from_static("bytes=0-9"));
//! signer.sign(&http::Method::GET, &uri, &mut headers, Payload::Empty, 1_369_353_600)?;
//! assert!(headers["authorization"].to_str()?.ends_with("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canonical;
mod chunked;
mod credentials;
mod encode;
mod key;
mod payload;
mod post_policy;
mod presign;
mod sign;
#[cfg(test)]
mod suite;
mod time;

pub use chunked::{ChunkSigner, finish_unsigned, unsigned_chunk};
pub use credentials::Credentials;
pub use encode::{encode_path, encode_query};
pub use payload::{EMPTY_SHA256, Payload};
pub use post_policy::{Condition, PostPolicy};
pub use sign::{Rules, SignError, Signer};

/// The longest life of a presigned URL, in seconds: seven days.
pub const MAX_EXPIRES_SECONDS: u32 = 604_800;
