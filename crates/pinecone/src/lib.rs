//! A client of Pinecone: vectors of one dense index, found by name or by host, through API version 2025-10.
//!
//! [`VectorIndex`] does what `serene:vector-index` says. Every call is repeatable, so what passes is tried again.
//!
//! - **Writes are seen by the reads that follow**: Pinecone numbers writes, and tells with each read how far a namespace is indexed. Upserts and
//!   deletes return when a query has reached their number, or fail with `timed-out` after 30 seconds: what they did is done all the same.
//! - **Scores are cosine similarities**: vectors go out with length 1, to an index whose metric is cosine or dot product; another metric is refused.
//!
//! Where Pinecone cannot do what the contract says:
//!
//! - It compares only numbers by size, and knows no prefixes: `lt`, `lte`, `gt` and `gte` with a string, and `starts-with`, are `invalid`.
//! - It finds the nearest approximately, and of vectors with equal scores at the end of a result it chooses which to return.
//! - It does not say whether `ne` holds for an array of strings when only some of its elements are equal.
//! - Removed vectors may be listed, and new ones not yet listed, for some seconds.
//! - Its numbers are 64-bit floats: an integer beyond ±2^53 in metadata is `invalid`. Whole numbers come back as integers.
//! - The namespace `""` is Pinecone's `__default__`.

mod batch;
mod check;
mod client;
mod config;
mod delete;
mod filter;
mod freshness;
mod index;
mod list;
mod query;
mod refusal;
mod stats;
mod upsert;
mod words;

pub use check::{MAX_METADATA_BYTES, MAX_VECTORS};
pub use client::VectorIndex;
pub use config::{Config, VARIABLES};
pub use delete::Selection;
pub use filter::{Filter, Predicate};
pub use list::IdPage;
pub use query::{Match, Nearest};
pub use stats::Info;
pub use upsert::Vector;
