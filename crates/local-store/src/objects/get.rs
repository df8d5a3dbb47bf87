//! Reading a file.

use crate::database::{Columns, Database, rows};
use crate::{Environment, Error, Result};

use super::{ByteRange, ObjectInfo, ObjectStore, check, not_found};

/// An object, or a part of one, to be read.
#[derive(Debug)]
pub struct Object {
    /// What is known of the whole object.
    pub info: ObjectInfo,
    /// Where the part starts.
    pub offset: u64,
    /// Bytes of the part.
    pub length: u64,
    /// Its bytes.
    pub reader: Reader,
}

/// Where a reader is. Each chunk is a statement of its own, so that a slow reader holds no transaction open; versions never change, so
/// what it reads is of one write.
#[derive(Debug)]
pub struct Reader {
    version: String,
    chunk_bytes: u64,
    position: u64,
    end: u64,
}

impl<D: Database, E: Environment> ObjectStore<D, E> {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// `not-found`; `conflict` when the etag differs from `if_match`; `invalid` for a range that holds no byte of the object.
    pub async fn get(&self, key: &str, range: Option<ByteRange>, if_match: Option<&str>) -> Result<Object> {
        check::key(key)?;
        self.ready().await?;
        let found = self.find(key).await?.ok_or_else(not_found)?;
        if if_match.is_some_and(|etag| etag != found.info.etag) {
            return Err(Error::conflict("The object has changed: its etag is another."));
        }
        let (offset, length) = match range {
            Some(range) => range.within(found.info.size)?,
            None => (0, found.info.size),
        };
        let reader = Reader {
            version: found.version,
            chunk_bytes: found.chunk_bytes,
            position: offset,
            end: offset + length,
        };
        Ok(Object { info: found.info, offset, length, reader })
    }

    /// The next bytes of an object being read; `None` after the last.
    ///
    /// # Errors
    /// `conflict` when the object was replaced or deleted so long ago that its bytes are gone; and the database's own.
    pub async fn read(&self, reader: &mut Reader) -> Result<Option<Vec<u8>>> {
        if reader.position >= reader.end {
            return Ok(None);
        }
        let n = reader.position / reader.chunk_bytes;
        let sql = "SELECT bytes FROM serene_object_chunks WHERE version = ?1 AND n = ?2";
        let row = rows(&self.db, sql, vec![reader.version.as_str().into(), n.into()]).await?.pop();
        let mut bytes = match row {
            Some(row) => Columns::new(row).blob()?,
            None => Vec::new(),
        };
        let start = n * reader.chunk_bytes;
        bytes.truncate(usize::try_from(reader.end - start).unwrap_or(usize::MAX));
        let skip = usize::try_from(reader.position - start).unwrap_or(usize::MAX);
        if skip >= bytes.len() {
            return Err(Error::conflict(
                "The object was replaced or deleted while it was read. Start again.",
            ));
        }
        if skip > 0 {
            bytes.drain(..skip);
        }
        reader.position += bytes.len() as u64;
        Ok(Some(bytes))
    }
}
