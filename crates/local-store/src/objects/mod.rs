//! Files in chunks.
//!
//! The bytes of one write are a *version*: rows of `serene_object_chunks` that never change. A row of `serene_objects` says which version a key
//! holds; every version that no key holds has a row in `serene_object_leftovers`, which says from when on it may be swept. Moving a version between
//! the two is one statement and its triggers:
//!
//! * a write begins with a leftover that is due in a day, adds chunks, and ends by pointing the key at the version;
//! * replacing or deleting makes the old version a leftover, due after a grace time in which its readers finish.
//!
//! So a reader sees one whole version, and a write that is cancelled or killed has left nothing but a leftover.

mod check;
mod get;
mod list;
mod presign;
mod put;
mod range;
mod sweep;
mod tables;

use std::cell::Cell;

pub use get::{Object, Reader};
pub use list::ObjectPage;
pub use presign::{SignedMethod, SignedUrl};
pub use put::{PutOptions, Source, WriteCondition};
pub use range::ByteRange;

use crate::database::{Columns, Database, count, rows};
use crate::schema::ensure;
use crate::{Environment, Error, ErrorKind, Result};

/// The bucket that written paths name: the product's default, since this stage has no variables.
pub const BUCKET: &str = "serene-relationship-mediator";
/// Bytes of an object: 5 GiB, as one S3 PUT.
pub const MAX_OBJECT_BYTES: u64 = 5 * 1024 * 1024 * 1024;
/// Bytes of a chunk, and so what a transfer holds in memory a few times over. Larger chunks cost memory, smaller ones a sync each.
pub const CHUNK_BYTES: usize = 512 * 1024;
/// The longest life of a signed URL: 7 days, as S3.
pub const MAX_SIGNED_URL_SECONDS: u32 = 7 * 24 * 60 * 60;
/// How long a replaced or deleted version can still be read to its end.
pub const GRACE_MS: u64 = 15 * 60 * 1000;
/// How long an upload may take; after that it is taken for abandoned.
pub const UPLOAD_MS: u64 = 24 * 60 * 60 * 1000;

/// What is known of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// The SHA-256 of the bytes, so that it differs whenever they do.
    pub etag: String,
    /// As given.
    pub content_type: String,
    /// When the write completed, in milliseconds since 1970.
    pub modified_ms: u64,
    /// As given. Empty in listings.
    pub metadata: Vec<(String, String)>,
}

/// An object store in a SQLite database.
pub struct ObjectStore<D, E> {
    db: D,
    env: E,
    ready: Cell<bool>,
    max_object_bytes: u64,
}

impl<D: Database, E: Environment> ObjectStore<D, E> {
    /// A store with the default limits.
    pub fn new(db: D, env: E) -> Self {
        Self { db, env, ready: Cell::new(false), max_object_bytes: MAX_OBJECT_BYTES }
    }

    /// The same store with another limit on an object's bytes.
    #[must_use]
    pub fn with_max_object_bytes(mut self, limit: u64) -> Self {
        self.max_object_bytes = limit;
        self
    }

    async fn ready(&self) -> Result<()> {
        ensure(&self.db, &self.ready, tables::schema).await
    }

    /// What is known of an object.
    ///
    /// # Errors
    /// `not-found`; `invalid` for a key out of bounds; and the database's own.
    pub async fn head(&self, key: &str) -> Result<ObjectInfo> {
        check::key(key)?;
        self.ready().await?;
        match self.find(key).await? {
            Some(found) => Ok(found.info),
            None => Err(not_found()),
        }
    }

    /// Removes an object; removing what is not there succeeds.
    ///
    /// # Errors
    /// `invalid` for a key out of bounds; and the database's own.
    pub async fn delete(&self, key: &str) -> Result<()> {
        check::key(key)?;
        self.ready().await?;
        // The trigger on leftovers removes the object's row in the same statement.
        let sql = "INSERT INTO serene_object_leftovers (version, due_ms) \
                   SELECT version, ?2 FROM serene_objects WHERE key = ?1 RETURNING 1";
        let due = self.env.now_ms() + GRACE_MS;
        count(&self.db, sql, vec![key.as_bytes().to_vec().into(), due.into()]).await?;
        // The object is gone whether or not there was time to tidy up.
        let _ = self.sweep().await;
        Ok(())
    }

    async fn find(&self, key: &str) -> Result<Option<Found>> {
        let sql = "SELECT size, etag, content_type, modified_ms, metadata, version, chunk_bytes \
                   FROM serene_objects WHERE key = ?1";
        let mut found = rows(&self.db, sql, vec![key.as_bytes().to_vec().into()]).await?;
        let Some(row) = found.pop() else { return Ok(None) };
        let mut row = Columns::new(row);
        let info = ObjectInfo {
            key: key.to_owned(),
            size: row.unsigned()?,
            etag: row.text()?,
            content_type: row.text()?,
            modified_ms: row.unsigned()?,
            metadata: tables::read_metadata(&row.text()?)?,
        };
        Ok(Some(Found { info, version: row.text()?, chunk_bytes: row.unsigned()?.max(1) }))
    }
}

/// An object's row.
struct Found {
    info: ObjectInfo,
    version: String,
    chunk_bytes: u64,
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "There is no object with this key.")
}
