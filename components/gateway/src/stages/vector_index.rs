use pipeline::stages::{Call, IdPage, Match, Nearest, Selection, Vector, VectorIndex, VectorIndexInfo};
use pipeline::{Result, Stage};
use serde_json::Value;

use super::{Composed, context, filters, object, stage_info};
use crate::bindings::serene::vector_index::vector_index as wit;

const STAGE: Stage = Stage::VectorIndex;

impl VectorIndex for Composed {
    async fn describe(&self, call: &Call) -> Result<VectorIndexInfo> {
        let info = self.timed(STAGE, call, wit::describe(context(call))).await?;
        Ok(VectorIndexInfo {
            stage: stage_info(info.stage),
            dimensions: info.dimensions,
            namespaces: info.namespaces,
            max_metadata_bytes: info.max_metadata_bytes,
            max_vectors: info.max_vectors,
        })
    }

    async fn upsert(&self, call: &Call, namespace: &str, vectors: &[Vector]) -> Result<()> {
        let vectors = vectors.iter().map(|vector| wit::Vector {
            id: vector.id.clone(),
            values: vector.values.clone(),
            metadata: Value::Object(vector.metadata.clone()).to_string(),
        });
        self.timed(STAGE, call, wit::upsert(context(call), namespace.to_owned(), vectors.collect())).await
    }

    async fn query(&self, call: &Call, namespace: &str, nearest: Nearest) -> Result<Vec<Match>> {
        let nearest =
            wit::Nearest { values: nearest.values, top_k: nearest.top_k, filters: filters(nearest.filters) };
        let found = self.timed(STAGE, call, wit::query(context(call), namespace.to_owned(), nearest)).await?;
        let matches = found.into_iter().map(|found| {
            Ok(Match { id: found.id, score: found.score, metadata: object(&found.metadata, STAGE)? })
        });
        matches.collect()
    }

    async fn delete(&self, call: &Call, namespace: &str, selection: Selection) -> Result<()> {
        let selection = match selection {
            Selection::Ids(ids) => wit::Selection::Ids(ids),
            Selection::Filters(by) => wit::Selection::Filters(filters(by)),
        };
        self.timed(STAGE, call, wit::delete(context(call), namespace.to_owned(), selection)).await
    }

    async fn list(
        &self,
        call: &Call,
        namespace: &str,
        prefix: &str,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<IdPage> {
        let list = wit::list(context(call), namespace.to_owned(), prefix.to_owned(), cursor, limit);
        let page = self.timed(STAGE, call, list).await?;
        Ok(IdPage { ids: page.ids, next: page.next })
    }
}
