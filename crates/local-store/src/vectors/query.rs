//! Finding the nearest.

use std::collections::HashMap;
use std::ops::ControlFlow;

use serde_json::Value as Json;

use crate::database::{Columns, Database, Row, rows};
use crate::filter::{Filter, Params, conditions, unescape_json};
use crate::{Error, Result};

use super::top::{Candidate, Top};
use super::{VectorIndex, check, other_dimensions, similarity};

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// As many numbers as the index has dimensions.
    pub values: Vec<f32>,
    /// Matches at most: 1 to 1,000.
    pub top_k: u32,
    /// Conditions on the metadata; all must hold.
    pub filters: Vec<Filter>,
}

/// A vector found.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Its id.
    pub id: String,
    /// Cosine similarity, -1 to 1.
    pub score: f32,
    /// JSON, as stored.
    pub metadata: String,
}

impl<D: Database> VectorIndex<D> {
    /// The nearest vectors, nearest first, equals in the order of their ids.
    ///
    /// # Errors
    /// `invalid` for a vector, count or filter out of bounds; `misconfigured` when the index has another number of dimensions; and
    /// the database's own.
    pub async fn query(&self, namespace: &str, nearest: &Nearest) -> Result<Vec<Match>> {
        check::namespace(namespace)?;
        check::values(&nearest.values)?;
        if !(1..=1000).contains(&nearest.top_k) {
            let message = "A query asks for 1 to 1,000 matches.";
            return Err(Error::invalid(message).with("limit", 1000).with("actual", nearest.top_k));
        }
        let mut params = Params::default();
        let in_namespace = params.add(namespace);
        let filters = conditions(&nearest.filters, |field| Ok(check::operand(field)), &mut params)?;
        let wanted = format!("namespace = {in_namespace} AND {filters}");
        self.ready().await?;
        if let Some(index) = self.dimensions().await?.filter(|n| *n as usize != nearest.values.len()) {
            return Err(other_dimensions(index, nearest.values.len()));
        }
        let params = params.into_vec();
        let query = similarity::normalised(&nearest.values);
        let mut top = Top::new(nearest.top_k as usize);
        let mut outcome = Ok(());
        let sql = format!("SELECT id, vector FROM serene_vectors WHERE {wanted}");
        self.db
            .run(&sql, params.clone(), &mut |row| match score(row, &query) {
                Ok(candidate) => {
                    top.offer(candidate);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    outcome = Err(error);
                    ControlFlow::Break(())
                }
            })
            .await?;
        outcome?;
        self.with_metadata(top.into_sorted(), &wanted, params).await
    }

    /// Reads the metadata of what was found. The conditions are asked again: what was replaced in between is in no answer to them.
    async fn with_metadata(
        &self,
        found: Vec<Candidate>,
        wanted: &str,
        mut params: Vec<crate::Value>,
    ) -> Result<Vec<Match>> {
        let ids: Json = found.iter().map(|candidate| candidate.id.as_str()).collect();
        params.push(ids.to_string().into());
        let sql = format!(
            "SELECT id, metadata FROM serene_vectors WHERE {wanted} AND id IN (SELECT value FROM json_each(?{}))",
            params.len()
        );
        let mut metadata = HashMap::with_capacity(found.len());
        for row in rows(&self.db, &sql, params).await? {
            let mut row = Columns::new(row);
            let id = row.text()?;
            let json = unescape_json(row.text()?)
                .ok_or_else(|| Error::failed("A vector's metadata cannot be read."))?;
            metadata.insert(id, json);
        }
        let matched = found.into_iter().filter_map(|Candidate { score, id }| {
            let metadata = metadata.remove(&id)?;
            Some(Match { id, score, metadata })
        });
        Ok(matched.collect())
    }
}

fn score(row: Row, query: &[f32]) -> Result<Candidate> {
    let mut row = Columns::new(row);
    let (id, vector) = (row.text()?, row.blob()?);
    let score = similarity::cosine(query, &vector)
        .ok_or_else(|| other_dimensions(u32::try_from(vector.len() / 4).unwrap_or(u32::MAX), query.len()))?;
    Ok(Candidate { score, id })
}
