//! The local vector index: the crate `local-store` behind `serene:vector-index`, over `spin:sqlite`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/vector-index"],
        world: "serene:vector-index/vector-index-stage",
        with: { "serene:types/types@0.2.0": spin_database::types },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::vector_index::vector_index::{
    Context, Error, Guest, IdPage, Match, Nearest, Selection, Vector, VectorIndexInfo,
};
use local_store::vectors::{self, MAX_METADATA_BYTES, MAX_VECTORS, VectorIndex};
use spin_database::{SpinDatabase, filters, within};

thread_local! {
    /// Shared by the calls of an instance; it holds nothing of any of them.
    static INDEX: Rc<VectorIndex<SpinDatabase>> = Rc::new(VectorIndex::new(SpinDatabase));
}

fn index() -> Rc<VectorIndex<SpinDatabase>> {
    INDEX.with(Rc::clone)
}

struct VectorIndexSqlite;

impl Guest for VectorIndexSqlite {
    async fn describe(ctx: Context) -> Result<VectorIndexInfo, Error> {
        within(&ctx, async {
            let info = index().describe().await?;
            Ok(VectorIndexInfo {
                stage: spin_database::stage_info(
                    env!("CARGO_PKG_NAME"),
                    env!("CARGO_PKG_VERSION"),
                    Vec::new(),
                ),
                dimensions: info.dimensions,
                namespaces: info.namespaces,
                max_metadata_bytes: MAX_METADATA_BYTES,
                max_vectors: MAX_VECTORS,
            })
        })
        .await
    }

    async fn upsert(ctx: Context, namespace: String, vectors: Vec<Vector>) -> Result<(), Error> {
        let vector = |v: Vector| vectors::Vector { id: v.id, values: v.values, metadata: v.metadata };
        let vectors: Vec<_> = vectors.into_iter().map(vector).collect();
        within(&ctx, async { Ok(index().upsert(&namespace, &vectors).await?) }).await
    }

    async fn query(ctx: Context, namespace: String, nearest: Nearest) -> Result<Vec<Match>, Error> {
        within(&ctx, async {
            let Nearest { values, top_k, filters: given } = nearest;
            let nearest = vectors::Nearest { values, top_k, filters: filters(given)? };
            let found = index().query(&namespace, &nearest).await?.into_iter();
            Ok(found.map(|m| Match { id: m.id, score: m.score, metadata: m.metadata }).collect())
        })
        .await
    }

    async fn delete(ctx: Context, namespace: String, selection: Selection) -> Result<(), Error> {
        within(&ctx, async {
            let selection = match selection {
                Selection::Ids(ids) => vectors::Selection::Ids(ids),
                Selection::Filters(given) => vectors::Selection::Filters(filters(given)?),
            };
            Ok(index().delete(&namespace, &selection).await?)
        })
        .await
    }

    async fn list(
        ctx: Context,
        namespace: String,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<IdPage, Error> {
        within(&ctx, async {
            let page = index().list(&namespace, &prefix, cursor.as_deref(), limit).await?;
            Ok(IdPage { ids: page.ids, next: page.next })
        })
        .await
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{VectorIndexSqlite, bindings};

    bindings::export!(VectorIndexSqlite with_types_in bindings);
}
