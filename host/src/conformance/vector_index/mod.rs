//! `serene:vector-index`

mod ids;
mod query;
mod write;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::bindings::types::{Context, Filter, Predicate};
use super::bindings::vector_index::VectorIndexStage;
use super::bindings::vector_index::exports::serene::vector_index::vector_index::{
    IdPage, Match, Nearest, Selection, Vector, VectorIndexInfo,
};
use super::case::Case;
use super::expect::success;
use super::lab::{Answer, Session, answered, attempt, context};
use super::stage::{Description, Stage, instantiated};

type VectorIndex = VectorIndexStage;

/// Numbers in a vector, where the index takes any number.
const DIMENSIONS: u32 = 16;
/// How far a score may be from the cosine: providers keep fewer digits.
const SCORE: f32 = 0.01;
/// The most vectors that one call of a case stores.
const MANY: u32 = 1_000;

impl Stage for VectorIndex {
    instantiated!("vector-index");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        let guest = session.stage.serene_vector_index_vector_index();
        let info = answered("describe", guest.call_describe(session.accessor, ctx).await)?;
        Ok(info.map(|info| Description {
            // What it holds changes.
            whole: format!("{:?} {} {}", info.stage, info.max_metadata_bytes, info.max_vectors),
            limits: [
                ("max-metadata-bytes", info.max_metadata_bytes.into()),
                ("max-vectors", info.max_vectors.into()),
            ]
            .into_iter()
            .chain(info.dimensions.map(|dimensions| ("dimensions", dimensions.into())))
            .collect(),
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        let name = format!("exercise-{n}");
        let index = Index { ctx, ..index(session, &name) };
        // The first call is one that works: what becomes of one that is abandoned or out of time shows in it.
        attempt!(index.delete(Selection::Ids(vec![format!("v{n}")])).await?);
        let dimensions = attempt!(self::index(session, &name).dimensions().await?);
        let stored = vector(&format!("v{n}"), direction(n, dimensions), json!({ "n": n }));
        attempt!(index.upsert(vec![stored]).await?);
        let found = attempt!(index.query(nearest(direction(n, dimensions), 1)).await?);
        attempt!(index.delete(Selection::Ids(vec![format!("v{n}")])).await?);
        Ok(Ok(format!("{:?}", found.iter().map(|m| (&m.id, parsed(&m.metadata))).collect::<Vec<_>>())))
    }

    fn cases() -> Vec<Case<Self>> {
        [write::cases(), query::cases(), ids::cases()].into_iter().flatten().collect()
    }
}

/// A namespace of its own, as a case uses it.
pub(crate) struct Index<'a> {
    session: &'a Session<'a, VectorIndex>,
    namespace: String,
    ctx: Context,
}

pub(crate) fn index<'a>(session: &'a Session<'a, VectorIndex>, name: &str) -> Index<'a> {
    Index { session, namespace: session.own(name), ctx: context() }
}

impl Index<'_> {
    async fn info(&self) -> Result<Answer<VectorIndexInfo>> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        answered("describe", guest.call_describe(self.session.accessor, self.ctx.clone()).await)
    }

    async fn dimensions(&self) -> Result<Answer<u32>> {
        Ok(self.info().await?.map(|info| info.dimensions.unwrap_or(DIMENSIONS)))
    }

    pub(crate) async fn upsert(&self, vectors: Vec<Vector>) -> Result<Answer<()>> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        let namespace = self.namespace.clone();
        answered(
            "upsert",
            guest.call_upsert(self.session.accessor, self.ctx.clone(), namespace, vectors).await,
        )
    }

    pub(crate) async fn query(&self, nearest: Nearest) -> Result<Answer<Vec<Match>>> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        let namespace = self.namespace.clone();
        answered("query", guest.call_query(self.session.accessor, self.ctx.clone(), namespace, nearest).await)
    }

    pub(crate) async fn delete(&self, selection: Selection) -> Result<Answer<()>> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        let namespace = self.namespace.clone();
        answered(
            "delete",
            guest.call_delete(self.session.accessor, self.ctx.clone(), namespace, selection).await,
        )
    }

    async fn list(&self, prefix: &str, cursor: Option<String>, limit: u32) -> Result<IdPage> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        let (ctx, namespace, prefix) = (self.ctx.clone(), self.namespace.clone(), prefix.to_owned());
        let page = guest.call_list(self.session.accessor, ctx, namespace, prefix, cursor, limit).await;
        success("list", answered("list", page)?)
    }

    /// The ids of all pages.
    async fn ids(&self, prefix: &str, limit: u32) -> Result<Vec<String>> {
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.list(prefix, cursor, limit).await?;
            ensure!(page.ids.len() <= limit as usize, "a page of {limit} ids has {}", page.ids.len());
            ids.extend(page.ids);
            ensure!(ids.len() <= MANY as usize, "the pages do not end");
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(ids),
            }
        }
    }

    /// Stores vectors, and takes nothing but success.
    async fn store(&self, vectors: Vec<Vector>) -> Result<u32> {
        let dimensions = success("describe", self.dimensions().await?)?;
        success("upsert", self.upsert(vectors).await?)?;
        Ok(dimensions)
    }

    async fn found(&self, nearest: Nearest) -> Result<Vec<Match>> {
        success("query", self.query(nearest).await?)
    }

    async fn found_ids(&self, nearest: Nearest) -> Result<Vec<String>> {
        Ok(self.found(nearest).await?.into_iter().map(|m| m.id).collect())
    }

    /// Leaves nothing behind in a store that others use as well.
    async fn clear(&self) -> Result<()> {
        let ids = self.ids("", 1_000).await?;
        if !ids.is_empty() {
            success("delete", self.delete(Selection::Ids(ids)).await?)?;
        }
        Ok(())
    }
}

pub(crate) fn vector(id: &str, values: Vec<f32>, metadata: Value) -> Vector {
    Vector { id: id.to_owned(), values, metadata: metadata.to_string() }
}

pub(crate) fn nearest(values: Vec<f32>, top_k: u32) -> Nearest {
    Nearest { values, top_k, filters: Vec::new() }
}

/// A direction of length 1 in the plane of the first two dimensions, `n` tenths of a right angle from the first.
fn direction(n: u32, dimensions: u32) -> Vec<f32> {
    let angle = (n % 10) as f32 * std::f32::consts::FRAC_PI_2 / 10.0;
    let mut values = vec![0.0; dimensions as usize];
    values[0] = angle.cos();
    values[1 % dimensions as usize] += angle.sin();
    values
}

fn parsed(metadata: &str) -> Value {
    serde_json::from_str(metadata).unwrap_or(Value::Null)
}

fn eq(field: &str, value: &Value) -> Filter {
    Filter { field: field.to_owned(), predicate: Predicate::Eq(value.to_string()) }
}
