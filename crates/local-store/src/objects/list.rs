//! Listing by prefix.

use crate::database::{Columns, Database, rows};
use crate::{Environment, Error, Result, Value, cursor};

use super::{ObjectInfo, ObjectStore};

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPage {
    /// In ascending order of the keys' bytes; without metadata.
    pub objects: Vec<ObjectInfo>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<String>,
}

impl<D: Database, E: Environment> ObjectStore<D, E> {
    /// The objects whose keys start with `prefix`, `limit` (1 to 1,000) a page.
    ///
    /// # Errors
    /// `invalid` for a limit out of bounds or a cursor that is none of this store's; and the database's own.
    pub async fn list(&self, prefix: &str, cursor: Option<&str>, limit: u32) -> Result<ObjectPage> {
        if !(1..=1000).contains(&limit) {
            return Err(Error::invalid("A page has 1 to 1,000 objects.")
                .with("limit", 1000)
                .with("actual", limit));
        }
        let after = match cursor {
            Some(cursor) => Some(cursor::decode(cursor)?),
            None => None,
        };
        if after.as_ref().is_some_and(|after| !after.starts_with(prefix.as_bytes())) {
            return Err(cursor::wrong());
        }
        self.ready().await?;
        let from = if after.is_some() { "key > ?1" } else { "key >= ?1" };
        let mut params: Vec<Value> =
            vec![after.unwrap_or_else(|| prefix.as_bytes().to_vec()).into(), (limit + 1).into()];
        // A range, not LIKE or GLOB: those have wildcards and ignore case.
        let until = successor(prefix.as_bytes()).map_or("", |end| {
            params.push(end.into());
            " AND key < ?3"
        });
        let sql = format!(
            "SELECT key, size, etag, content_type, modified_ms FROM serene_objects WHERE {from}{until} ORDER BY key LIMIT ?2"
        );
        let mut objects =
            rows(&self.db, &sql, params).await?.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        let more = objects.len() > limit as usize;
        objects.truncate(limit as usize);
        let next = objects.last().filter(|_| more).map(|last| cursor::encode(last.key.as_bytes()));
        Ok(ObjectPage { objects, next })
    }
}

fn read(row: Vec<Value>) -> Result<ObjectInfo> {
    let mut row = Columns::new(row);
    Ok(ObjectInfo {
        key: String::from_utf8(row.blob()?)
            .map_err(|_| Error::failed("A key in the database is not UTF-8."))?,
        size: row.unsigned()?,
        etag: row.text()?,
        content_type: row.text()?,
        modified_ms: row.unsigned()?,
        metadata: Vec::new(),
    })
}

/// The smallest bytes greater than everything that starts with `prefix`; `None` when there are none.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|b| *b < 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}
