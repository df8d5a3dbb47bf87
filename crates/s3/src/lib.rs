//! The S3 client: streams of any size in and out, in bounded memory, over any [`upstream::Platform`].
//!
//! Speaks the REST API of 2006-03-01 to AWS and to what speaks like it. Requests are signed by [`sigv4`], bodies included; what the service asks to
//! repeat is repeated; a wrong region and a wrong clock are healed once. What needs more rights than keeping objects, such as making a bucket, is
//! in [`S3::create_bucket`] and its neighbours and never happens by itself.

mod config;
mod download;
mod endpoint;
mod exchange;
mod get;
mod listing;
mod multipart;
mod object;
mod presign;
mod put;
mod refusal;
mod setup;
mod xml;

pub use config::{Config, Encryption, VARIABLES};
pub use download::ObjectBody;
pub use exchange::S3;
pub use listing::Page;
pub use object::{ByteRange, Condition, Object, ObjectInfo, PutOptions, SignedMethod, SignedUrl, Source};
pub use put::{MAX_OBJECT_BYTES, PART_BYTES};

/// What the client does in AWS's own terms: what an IAM policy must allow it.
pub const IAM_ACTIONS: [&str; 5] =
    ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"];
