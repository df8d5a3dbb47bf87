//! A client of S3 and what speaks like it (SeaweedFS, MinIO, R2, Supabase Storage): the object store of the cloud profile.
//!
//! - [`Config`]: which bucket, where, with which key, from an operator's variables.
//! - [`Client`]: put, get, head, delete, list and presign, with the errors of the contract; and set-up.
//!
//! What it takes care of: files of any length in the memory of three parts, each sent again alone when it fails; every part signed with its SHA-256 and, where the
//! server keeps them, held to checksums on the way in and out; a wrong region and a wrong clock, healed once and remembered; writes whose answer was
//! lost, known again by a name in their metadata (`serene-write`).
//!
//! Source of every rule: the S3 API reference, version 2006-03-01.

mod check;
mod checksum;
mod client;
mod config;
mod endpoint;
mod get;
mod multipart;
mod object;
mod objects;
mod operation;
mod parts;
mod presign;
mod put;
mod refusal;
mod setup;
mod time;
mod xml;

pub use client::Client;
pub use config::{Config, VARIABLES};
pub use get::{Object, ObjectBody};
pub use object::{ByteRange, ObjectInfo, PutOptions, WriteCondition};
pub use objects::ObjectPage;
pub use operation::Operation;
pub use parts::{ByteStream, MAX_OBJECT_BYTES};
pub use presign::{SignedMethod, SignedUrl};
pub use setup::Versioning;
pub use sigv4::MAX_EXPIRES_SECONDS as MAX_SIGNED_URL_SECONDS;
