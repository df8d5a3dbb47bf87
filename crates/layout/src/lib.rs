//! The bucket layout: which object key a document has, and which document a stored path means.
//!
//! The layout is the product's and does not change:
//!
//! | kind | key | row that holds the path | vector namespace |
//! |---|---|---|---|
//! | transcript | `transcripts/{relationship_id}/{conflict_id}.json` | `conflicts.transcript_path` | `transcripts` |
//! | profile | `profiles/{relationship_id}/{pdf_id}.pdf` | `profiles.file_path` | `profiles` |
//! | handbook | `handbooks/{relationship_id}/{pdf_id}.pdf` | `profiles.file_path` | `handbooks` |
//! | analysis | `analysis/{relationship_id}/{conflict_id}_analysis.json` | `conflict_analysis.analysis_path` | `analysis` |
//! | repair plan | `repair_plans/{relationship_id}/{conflict_id}_repair_{partner_id}.json` | `repair_plans.plan_path` | none |
//!
//! A [`DocumentRef`] has one [`ObjectKey`] and a key belongs to one document: prefixes tell kinds apart, ids hold no `/`, and the suffix is
//! matched from the end, so an id may itself end in `_analysis` or hold `_repair_`. An `ObjectKey` is only ever made from a
//! `DocumentRef`: a key outside its relationship's prefix has no value in this crate.
//!
//! Paths are written as `s3://bucket/key` ([`DocumentRef::stored_path`]). What older programs wrote is read for ever
//! ([`Location::read`]): bare keys, paths without their prefix, and every form in which Supabase Storage and its JavaScript and Python
//! clients gave paths out. Those forms follow the HTTP routes of Supabase's storage server (`src/http/routes`) and the two clients' file APIs.
//!
//! Everything here is a function of its arguments: no I/O, no clock, no randomness.

#![forbid(unsafe_code)]

mod bucket;
mod document;
mod document_id;
mod form;
mod id;
mod kind;
mod location;
mod supabase;
mod token;

pub use bucket::{Bucket, BucketError, DEFAULT_BUCKET, MAX_BUCKET_BYTES};
pub use document::{DocumentRef, KeyError, ObjectKey};
pub use document_id::DocumentId;
pub use form::Form;
pub use id::{ConflictId, IdError, IdName, IdProblem, MAX_ID_BYTES, Partner, PdfId, RelationshipId};
pub use kind::{Kind, UnknownKind};
pub use location::{Location, MAX_PATH_BYTES, PathContext, PathError, Source};
pub use supabase::{MAX_STORAGE_BUCKET_CHARS, MAX_STORAGE_KEY_BYTES, is_storage_bucket};
