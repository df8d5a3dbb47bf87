//! Removing vectors.

use serde_json::Value as Json;

use crate::database::{Database, count};
use crate::filter::{Filter, Params, conditions};
use crate::{Error, Result};

use super::{VectorIndex, check};

/// Which vectors to remove.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// 1 to 1,000 ids.
    Ids(Vec<String>),
    /// Every vector that satisfies all of these: 1 or more.
    Filters(Vec<Filter>),
}

impl<D: Database> VectorIndex<D> {
    /// Removes vectors; removing what is not there succeeds.
    ///
    /// # Errors
    /// `invalid` for a selection out of bounds; and the database's own.
    pub async fn delete(&self, namespace: &str, selection: &Selection) -> Result<()> {
        check::namespace(namespace)?;
        let mut params = Params::default();
        let in_namespace = params.add(namespace);
        let selected = match selection {
            Selection::Ids(ids) if ids.is_empty() || ids.len() > 1000 => {
                let message = "A call removes 1 to 1,000 ids.";
                return Err(Error::invalid(message).with("limit", 1000).with("actual", ids.len()));
            }
            Selection::Ids(ids) => {
                ids.iter().try_for_each(|id| check::id(id))?;
                let ids: Json = ids.iter().map(String::as_str).collect();
                format!("id IN (SELECT value FROM json_each({}))", params.add(ids.to_string()))
            }
            Selection::Filters(filters) if filters.is_empty() => {
                return Err(Error::invalid(
                    "Without a filter this would remove the whole namespace. Name what to remove.",
                ));
            }
            Selection::Filters(filters) => {
                conditions(filters, |field| Ok(check::operand(field)), &mut params)?
            }
        };
        self.ready().await?;
        let sql = format!("DELETE FROM serene_vectors WHERE namespace = {in_namespace} AND {selected}");
        count(&self.db, &sql, params.into_vec()).await?;
        Ok(())
    }
}
