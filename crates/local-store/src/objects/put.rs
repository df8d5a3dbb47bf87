//! Storing a file.

use std::future::Future;

use sha2::{Digest, Sha256};

use crate::database::{Database, count};
use crate::{Environment, Error, Result, Value};

use super::{CHUNK_BYTES, ObjectInfo, ObjectStore, UPLOAD_MS, check, tables};

/// When a write may take effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteCondition {
    /// Always.
    Always,
    /// Only when the key holds no object.
    Absent,
    /// Only when the key holds the object with this etag.
    Matches(String),
}

/// What comes with a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOptions {
    /// A media type, 1 to 255 ASCII characters.
    pub content_type: String,
    /// Bytes to come, when known.
    pub size: Option<u64>,
    /// When the write may take effect.
    pub condition: WriteCondition,
    /// Kept with the object; 2,048 bytes in all.
    pub metadata: Vec<(String, String)>,
}

/// The bytes of a write, read once.
pub trait Source {
    /// How reading fails, and so how a write can.
    type Error: From<Error>;

    /// The next bytes, any number of them; `None` after the last, and only when the sender says that all were sent.
    fn read(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, Self::Error>>;
}

/// A write under way.
struct Upload {
    version: String,
    hasher: Sha256,
    size: u64,
    chunks: u64,
}

impl<D: Database, E: Environment> ObjectStore<D, E> {
    /// Stores a file. Until this returns, and after any error, the key holds what it held.
    ///
    /// # Errors
    /// `invalid` (key, options, or another length than `size`), `too-large`, `conflict` (the condition does not hold), the source's own, and
    /// the database's.
    pub async fn put<S: Source>(
        &self,
        key: &str,
        source: S,
        options: &PutOptions,
    ) -> Result<ObjectInfo, S::Error> {
        check::key(key)?;
        check::options(options)?;
        if let Some(size) = options.size.filter(|size| *size > self.max_object_bytes) {
            return Err(self.too_large(size).into());
        }
        self.ready().await?;
        // Spares a sender that is bound to lose the transfer; the condition counts when the write takes effect.
        self.check_condition(key, &options.condition).await?;
        let mut upload = self.begin().await?;
        let result = self.receive(&mut upload, source, options).await;
        let result = match result {
            Ok(()) => self.take_effect(key, &upload, options).await.map_err(S::Error::from),
            Err(error) => Err(error),
        };
        if result.is_err() {
            let now = "UPDATE serene_object_leftovers SET due_ms = 0 WHERE version = ?1";
            // The error at hand matters more than the leftover, which is swept after a day anyway.
            let _ = count(&self.db, now, vec![upload.version.into()]).await;
        }
        let _ = self.sweep().await;
        result
    }

    fn too_large(&self, actual: u64) -> Error {
        Error::too_large("Bytes of an object", self.max_object_bytes, actual)
    }

    async fn check_condition(&self, key: &str, condition: &WriteCondition) -> Result<()> {
        if *condition == WriteCondition::Always {
            return Ok(());
        }
        let stored = self.find(key).await?.map(|found| found.info.etag);
        match (condition, stored) {
            (WriteCondition::Absent, Some(_)) => Err(Error::conflict("The key holds an object already.")),
            (WriteCondition::Matches(etag), stored) if stored.as_ref() != Some(etag) => {
                Err(Error::conflict("The key does not hold the object with this etag."))
            }
            _ => Ok(()),
        }
    }

    async fn begin(&self) -> Result<Upload> {
        let version = hex::encode(self.env.random());
        let sql = "INSERT INTO serene_object_leftovers (version, due_ms) VALUES (?1, ?2)";
        let due = self.env.now_ms() + UPLOAD_MS;
        count(&self.db, sql, vec![version.as_str().into(), due.into()]).await?;
        Ok(Upload { version, hasher: Sha256::new(), size: 0, chunks: 0 })
    }

    async fn receive<S: Source>(
        &self,
        upload: &mut Upload,
        mut source: S,
        options: &PutOptions,
    ) -> Result<(), S::Error> {
        let mut chunk = Vec::new();
        while let Some(bytes) = source.read().await? {
            upload.size += bytes.len() as u64;
            if let Some(size) = options.size.filter(|size| upload.size > *size) {
                return Err(wrong_length(size, upload.size).into());
            }
            if upload.size > self.max_object_bytes {
                return Err(self.too_large(upload.size).into());
            }
            upload.hasher.update(&bytes);
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                chunk.reserve_exact(CHUNK_BYTES - chunk.len());
                let (now, later) = rest.split_at(rest.len().min(CHUNK_BYTES - chunk.len()));
                chunk.extend_from_slice(now);
                rest = later;
                if chunk.len() == CHUNK_BYTES {
                    self.add_chunk(upload, std::mem::take(&mut chunk)).await?;
                }
            }
        }
        if let Some(size) = options.size.filter(|size| upload.size != *size) {
            return Err(wrong_length(size, upload.size).into());
        }
        if !chunk.is_empty() {
            self.add_chunk(upload, chunk).await?;
        }
        Ok(())
    }

    async fn add_chunk(&self, upload: &mut Upload, bytes: Vec<u8>) -> Result<()> {
        let sql = "INSERT INTO serene_object_chunks (version, n, bytes) SELECT ?1, ?2, ?3 WHERE EXISTS (\
                   SELECT 1 FROM serene_object_leftovers WHERE version = ?1 AND sweeping = 0) RETURNING 1";
        let params = vec![upload.version.as_str().into(), upload.chunks.into(), bytes.into()];
        if count(&self.db, sql, params).await? == 0 {
            return Err(took_too_long());
        }
        upload.chunks += 1;
        Ok(())
    }

    /// Points the key at the new version, if the condition holds and the sweeper has not given the upload up.
    async fn take_effect(&self, key: &str, upload: &Upload, options: &PutOptions) -> Result<ObjectInfo> {
        const ALIVE: &str =
            "EXISTS (SELECT 1 FROM serene_object_leftovers WHERE version = ?2 AND sweeping = 0)";
        const SET: &str = "version = ?2, size = ?3, chunk_bytes = ?4, etag = ?5, content_type = ?6, modified_ms = ?7, metadata = ?8";
        let insert = format!(
            "INSERT INTO serene_objects (key, version, size, chunk_bytes, etag, content_type, modified_ms, metadata) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE {ALIVE}"
        );
        let sql = match &options.condition {
            WriteCondition::Always => format!("{insert} ON CONFLICT (key) DO UPDATE SET {SET} RETURNING 1"),
            WriteCondition::Absent => format!("{insert} ON CONFLICT (key) DO NOTHING RETURNING 1"),
            WriteCondition::Matches(_) => {
                format!(
                    "UPDATE serene_objects SET {SET} WHERE key = ?1 AND etag = ?9 AND {ALIVE} RETURNING 1"
                )
            }
        };
        let info = ObjectInfo {
            key: key.to_owned(),
            size: upload.size,
            etag: hex::encode(upload.hasher.clone().finalize()),
            content_type: options.content_type.clone(),
            modified_ms: self.env.now_ms(),
            metadata: options.metadata.clone(),
        };
        let mut params: Vec<Value> = vec![
            key.as_bytes().to_vec().into(),
            upload.version.as_str().into(),
            info.size.into(),
            (CHUNK_BYTES as u64).into(),
            info.etag.as_str().into(),
            info.content_type.as_str().into(),
            info.modified_ms.into(),
            tables::write_metadata(&info.metadata).into(),
        ];
        if let WriteCondition::Matches(etag) = &options.condition {
            params.push(etag.as_str().into());
        }
        if count(&self.db, &sql, params).await? > 0 {
            return Ok(info);
        }
        match options.condition {
            WriteCondition::Always => Err(took_too_long()),
            // Another write came in between; or, hardly ever, the upload was given up and the answer is still to read again.
            WriteCondition::Absent => {
                Err(Error::conflict("Another write created the object in the meantime."))
            }
            WriteCondition::Matches(_) => {
                Err(Error::conflict("Another write changed the object in the meantime."))
            }
        }
    }
}

fn wrong_length(expected: u64, actual: u64) -> Error {
    let message = format!("The body should have {expected} bytes; {actual} arrived. Nothing was stored.");
    Error::invalid(message).with("expected", expected).with("actual", actual)
}

fn took_too_long() -> Error {
    Error::failed(format!("The upload took longer than {} hours and was given up.", UPLOAD_MS / 3_600_000))
}
