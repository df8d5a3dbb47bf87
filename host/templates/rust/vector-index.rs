//! Serene's side of the stage: it goes around another vector index, which keeps the vectors, and hands every call on but those that it refuses.

mod contract;
mod work;

/// The index inside, which this one calls.
mod bindings {
    wit_bindgen::generate!({
        inline: "package stage:inner; world inner { import {{interface}}; }",
        path: "wit",
        world: "stage:inner/inner",
        generate_all,
        async: true,
    });
}

/// What Serene calls, in the types of the index inside: what is handed on is moved and not copied.
mod exported {
    wit_bindgen::generate!({
        path: "wit",
        world: "vector-index-stage",
        with: {
            "serene:types/types@{{version}}": crate::bindings::serene::types::types,
            "{{interface}}/id-page": crate::inner::IdPage,
            "{{interface}}/match": crate::inner::Match,
            "{{interface}}/nearest": crate::inner::Nearest,
            "{{interface}}/selection": crate::inner::Selection,
            "{{interface}}/vector": crate::inner::Vector,
            "{{interface}}/vector-index-info": crate::inner::VectorIndexInfo,
        },
        async: true,
    });
}

use bindings::serene::types::types::{Context, Error};
use bindings::serene::vector_index::vector_index as inner;
use contract::{around, within};
use exported::exports::serene::vector_index::vector_index::Guest;
use inner::{IdPage, Match, Nearest, Selection, Vector, VectorIndexInfo};

struct Stage;

impl Guest for Stage {
    async fn describe(ctx: Context) -> Result<VectorIndexInfo, Error> {
        let info = inner::describe(ctx).await?;
        let max_vectors = work::max_vectors(info.max_vectors);
        Ok(VectorIndexInfo { stage: around(info.stage), max_vectors, ..info })
    }

    async fn upsert(ctx: Context, namespace: String, vectors: Vec<Vector>) -> Result<(), Error> {
        within("vectors in one call", work::MAX_VECTORS as usize, vectors.len())?;
        inner::upsert(ctx, namespace, vectors).await
    }

    async fn query(ctx: Context, namespace: String, nearest: Nearest) -> Result<Vec<Match>, Error> {
        inner::query(ctx, namespace, nearest).await
    }

    async fn delete(ctx: Context, namespace: String, selection: Selection) -> Result<(), Error> {
        inner::delete(ctx, namespace, selection).await
    }

    async fn list(
        ctx: Context,
        namespace: String,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<IdPage, Error> {
        inner::list(ctx, namespace, prefix, cursor, limit).await
    }
}

exported::export!(Stage with_types_in exported);
