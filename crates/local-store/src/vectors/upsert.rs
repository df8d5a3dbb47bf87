//! Storing vectors.

use std::collections::BTreeMap;

use serde_json::json;

use crate::database::{Database, count};
use crate::filter::escape_json;
use crate::{Error, Result};

use super::{MAX_VECTORS, Vector, VectorIndex, check, other_dimensions, similarity};

/// Bytes of vectors and metadata in one statement: few statements, little memory.
const BATCH_BYTES: usize = 1024 * 1024;

impl<D: Database> VectorIndex<D> {
    /// Stores vectors; one with the id of a stored vector replaces it, and of two with the same id in one call the last is kept.
    ///
    /// # Errors
    /// `invalid`, naming the vector; `too-large`; `misconfigured` when the index has another number of dimensions; and the database's own. The
    /// call may then have taken effect in part.
    pub async fn upsert(&self, namespace: &str, vectors: &[Vector]) -> Result<()> {
        check::namespace(namespace)?;
        if vectors.len() > MAX_VECTORS as usize {
            return Err(Error::too_large("Vectors of one call", MAX_VECTORS.into(), vectors.len() as u64));
        }
        let mut checked = BTreeMap::new();
        for vector in vectors {
            checked.insert(vector.id.as_str(), (check::vector(vector)?, &vector.values));
        }
        let Some(dimensions) = vectors.first().map(|vector| vector.values.len()) else { return Ok(()) };
        if let Some(other) = vectors.iter().find(|vector| vector.values.len() != dimensions) {
            let message = format!(
                "The vector {} has {} dimensions, the first of the call {dimensions}.",
                other.id,
                other.values.len()
            );
            return Err(Error::invalid(message).with("id", &other.id));
        }
        self.ready().await?;
        let mut batch = Batch::default();
        for (id, (metadata, values)) in checked {
            batch.rows.push(json!([id, escape_json(metadata)]).to_string());
            batch.vectors.extend(similarity::to_bytes(&similarity::normalised(values)));
            batch.bytes = batch.vectors.len() + batch.rows.iter().map(String::len).sum::<usize>();
            if batch.bytes >= BATCH_BYTES {
                self.write(namespace, dimensions, std::mem::take(&mut batch)).await?;
            }
        }
        self.write(namespace, dimensions, batch).await
    }

    async fn write(&self, namespace: &str, dimensions: usize, batch: Batch) -> Result<()> {
        if batch.rows.is_empty() {
            return Ok(());
        }
        // One statement, so that two first writers with different dimensions cannot both succeed.
        let sql = "INSERT INTO serene_vectors (namespace, id, metadata, vector) \
                   SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), substr(?3, 1 + key * ?4, ?4) \
                   FROM json_each(?2) \
                   WHERE coalesce((SELECT length(vector) FROM serene_vectors LIMIT 1), ?4) = ?4 \
                   ON CONFLICT (namespace, id) DO UPDATE SET metadata = excluded.metadata, vector = excluded.vector \
                   RETURNING 1";
        let rows = format!("[{}]", batch.rows.join(","));
        let stride = 4 * dimensions as u64;
        let params = vec![namespace.into(), rows.into(), batch.vectors.into(), stride.into()];
        if count(&self.db, sql, params).await? as usize == batch.rows.len() {
            return Ok(());
        }
        match self.dimensions().await? {
            Some(index) => Err(other_dimensions(index, dimensions)),
            None => Err(Error::conflict("The index was emptied in the meantime. Store the vectors again.")),
        }
    }
}

#[derive(Default)]
struct Batch {
    /// JSON arrays of id and metadata.
    rows: Vec<String>,
    /// One after the other.
    vectors: Vec<u8>,
    bytes: usize,
}
