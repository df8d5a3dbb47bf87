//! Storing vectors.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use upstream::{Call, Error, Platform};

use crate::VectorIndex;
use crate::batch::Batch;
use crate::check::{self, MAX_VECTORS};
use crate::client::json;
use crate::freshness::{Lsn, Written};
use crate::index::Index;

/// A vector to store.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// 1 to 512 visible ASCII characters; unique in its namespace.
    pub id: String,
    /// Finite, not all zero.
    pub values: Vec<f32>,
    /// A flat JSON object of strings, numbers, booleans and arrays of strings, at most 40,960 bytes.
    pub metadata: String,
}

#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    values: &'a [f32],
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: Map<String, Json>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    upserted_count: Option<usize>,
}

impl<P: Platform> VectorIndex<P> {
    /// Stores up to 1,000 vectors; one with the id of a stored vector replaces it whole, and of two with the same id in one call the last is kept.
    /// Returns when a query sees them. Repeatable; a call that fails may have stored some or all of them.
    ///
    /// # Errors
    /// `invalid` and `too-large`, naming the vector, before anything is sent; `misconfigured` when the index has another number of dimensions (`expected` and
    /// `actual`); `timed-out` with the reason `not-visible-yet` when they are stored and Pinecone needs longer to show them; and how calls fail.
    pub async fn upsert(&self, call: &Call, namespace: &str, vectors: &[Vector]) -> Result<(), Error> {
        check::namespace(namespace)?;
        if vectors.len() > MAX_VECTORS as usize {
            let what = "The number of vectors of one call";
            return Err(Error::too_large(what, MAX_VECTORS.into(), vectors.len() as u64));
        }
        let mut checked = BTreeMap::new();
        for vector in vectors {
            checked.insert(vector.id.as_str(), (check::vector(vector)?, &vector.values));
        }
        let Some(first) = vectors.first() else { return Ok(()) };
        let dimensions = first.values.len();
        if let Some(other) = vectors.iter().find(|vector| vector.values.len() != dimensions) {
            let message = format!(
                "The vector {} has {} dimensions, the first of the call {dimensions}.",
                other.id,
                other.values.len()
            );
            return Err(Error::invalid(message).with("id", &other.id));
        }
        let index = self.index_of(call, dimensions).await?;
        let mut written = Written::default();
        let mut batch = Batch::new(namespace);
        for (id, (metadata, values)) in checked {
            let values = check::direction(values);
            let record = serde_json::to_vec(&Record { id, values: &values, metadata }).map_err(|error| {
                Error::failed(format!("The vector {id} cannot be written as JSON: {error}."))
            })?;
            if let Some((body, count)) = batch.push(&record) {
                written.add(self.write(call, &index, body, count).await?);
            }
            written.last = (id, values);
        }
        if let Some((body, count)) = batch.take() {
            written.add(self.write(call, &index, body, count).await?);
        }
        self.wait_until_found(call, &index, namespace, &written).await
    }

    /// Sends one request of so many records. The number of the write, where Pinecone gives one.
    async fn write(
        &self,
        call: &Call,
        index: &Index,
        body: Bytes,
        count: usize,
    ) -> Result<Option<Lsn>, Error> {
        let lsn = self.post(call, index, "/vectors/upsert", body, |answer| {
            let Answer { upserted_count } = json(answer)?;
            match upserted_count {
                Some(stored) if stored != count => {
                    Err(Error::failed(format!("Pinecone stored {stored} vectors of the {count} sent.")))
                }
                _ => Ok(Lsn::of_write(answer)),
            }
        });
        lsn.await?.ok_or_else(|| self.gone())
    }
}
