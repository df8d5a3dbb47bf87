//! Listing ids by prefix.

use crate::database::{Columns, Database, rows};
use crate::filter::Params;
use crate::{Error, Result, cursor};

use super::{VectorIndex, check};

/// One page of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdPage {
    /// In ascending order.
    pub ids: Vec<String>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<String>,
}

impl<D: Database> VectorIndex<D> {
    /// The ids that start with `prefix`, `limit` (1 to 1,000) a page.
    ///
    /// # Errors
    /// `invalid` for a limit out of bounds or a cursor that is none of this listing's; and the database's own.
    pub async fn list(
        &self,
        namespace: &str,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<IdPage> {
        check::namespace(namespace)?;
        if !(1..=1000).contains(&limit) {
            return Err(Error::invalid("A page has 1 to 1,000 ids.")
                .with("limit", 1000)
                .with("actual", limit));
        }
        if !prefix.bytes().all(|b| b.is_ascii_graphic()) {
            // No id has such a character.
            return Ok(IdPage { ids: Vec::new(), next: None });
        }
        let after = cursor.map(cursor::decode).transpose()?;
        let after = after.map(|bytes| String::from_utf8(bytes).map_err(|_| cursor::wrong())).transpose()?;
        if after.as_ref().is_some_and(|after| !after.starts_with(prefix) || check::id(after).is_err()) {
            return Err(cursor::wrong());
        }
        self.ready().await?;
        let mut params = Params::default();
        let namespace = params.add(namespace);
        let from = match after {
            Some(after) => format!("id > {}", params.add(after)),
            None => format!("id >= {}", params.add(prefix)),
        };
        // Ids are visible ASCII: every id with this prefix is less than the prefix and DEL.
        let until = params.add(format!("{prefix}\u{7f}"));
        let one_more = params.add(limit + 1);
        let sql = format!(
            "SELECT id FROM serene_vectors WHERE namespace = {namespace} AND {from} AND id < {until} ORDER BY id LIMIT {one_more}"
        );
        let ids =
            rows(&self.db, &sql, params.into_vec()).await?.into_iter().map(|row| Columns::new(row).text());
        let mut ids = ids.collect::<Result<Vec<_>>>()?;
        let more = ids.len() > limit as usize;
        ids.truncate(limit as usize);
        let next = ids.last().filter(|_| more).map(|id| cursor::encode(id.as_bytes()));
        Ok(IdPage { ids, next })
    }
}
