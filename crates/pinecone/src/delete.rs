//! Removing vectors.

use serde::Serialize;
use serde_json::Value as Json;
use upstream::{Call, Error, Platform};

use crate::VectorIndex;
use crate::check::{self, out_of};
use crate::client::body;
use crate::filter::{Condition, Filter, conditions};
use crate::freshness::Lsn;

const MAX_IDS: usize = 1000;

/// Which vectors to remove.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// 1 to 1,000 ids.
    Ids(Vec<String>),
    /// Every vector that satisfies all of these: 1 or more.
    Filters(Vec<Filter>),
}

#[derive(Serialize)]
struct Request<'a> {
    namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Json>,
}

impl<P: Platform> VectorIndex<P> {
    /// Removes vectors; removing what is not there succeeds. Returns when queries no longer find them, where Pinecone numbers the removal; else they may be
    /// found for some seconds. Repeatable.
    ///
    /// # Errors
    /// `invalid` for a selection out of bounds, and for a filter that Pinecone cannot ask; `timed-out` with the reason `not-visible-yet` when they are
    /// removed and Pinecone needs longer to stop showing them; and how calls fail.
    pub async fn delete(&self, call: &Call, namespace: &str, selection: &Selection) -> Result<(), Error> {
        check::namespace(namespace)?;
        let request = match selection {
            Selection::Ids(ids) if ids.is_empty() || ids.len() > MAX_IDS => {
                return Err(out_of("A call removes 1 to 1,000 ids.", MAX_IDS, ids.len()));
            }
            Selection::Ids(ids) => {
                ids.iter().try_for_each(|id| check::id(id))?;
                Request { namespace, ids: Some(ids), filter: None }
            }
            Selection::Filters(filters) => match conditions(filters)? {
                Condition::Always => {
                    return Err(Error::invalid(
                        "Without a filter this would remove the whole namespace. Name what to remove.",
                    ));
                }
                Condition::Never => return Ok(()),
                Condition::Where(filter) => Request { namespace, ids: None, filter: Some(filter) },
            },
        };
        let index = self.index(call).await?;
        let removed = self.post(call, &index, "/vectors/delete", body(&request)?, |a| Ok(Lsn::of_write(a)));
        // Nothing is in a namespace that does not exist.
        match removed.await?.flatten() {
            Some(removed) => self.wait_until_removed(call, &index, namespace, removed).await,
            None => Ok(()),
        }
    }
}
