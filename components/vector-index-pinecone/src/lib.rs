//! The cloud vector index: the crate `pinecone` behind `serene:vector-index`.

mod convert;

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/vector-index"],
        world: "serene:vector-index/vector-index-stage",
        with: { "serene:types/types@0.2.0": stage_support::types },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::vector_index::vector_index::{
    Guest, IdPage, Match, Nearest, Selection, Vector, VectorIndexInfo,
};
use convert::filters;
use pinecone::{Config, MAX_METADATA_BYTES, MAX_VECTORS, VARIABLES, VectorIndex};
use stage_support::types::{Context, Error};
use stage_support::{Kept, Wasi};

thread_local! {
    static CLIENT: Kept<Config, VectorIndex<Wasi>> = const { Kept::new() };
}

async fn client() -> Result<Rc<VectorIndex<Wasi>>, Error> {
    stage_support::client(&CLIENT, &VARIABLES, Config::from_variables, VectorIndex::new).await
}

struct VectorIndexPinecone;

impl Guest for VectorIndexPinecone {
    async fn describe(ctx: Context) -> Result<VectorIndexInfo, Error> {
        let call = stage_support::call(&ctx);
        let info = client().await?.describe(&call).await?;
        Ok(VectorIndexInfo {
            stage: stage_support::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), Vec::new()),
            dimensions: info.dimensions,
            namespaces: info.namespaces,
            max_metadata_bytes: MAX_METADATA_BYTES,
            max_vectors: MAX_VECTORS,
        })
    }

    async fn upsert(ctx: Context, namespace: String, vectors: Vec<Vector>) -> Result<(), Error> {
        let call = stage_support::call(&ctx);
        let vector = |v: Vector| pinecone::Vector { id: v.id, values: v.values, metadata: v.metadata };
        let vectors: Vec<_> = vectors.into_iter().map(vector).collect();
        Ok(client().await?.upsert(&call, &namespace, &vectors).await?)
    }

    async fn query(ctx: Context, namespace: String, nearest: Nearest) -> Result<Vec<Match>, Error> {
        let call = stage_support::call(&ctx);
        let Nearest { values, top_k, filters: given } = nearest;
        let nearest = pinecone::Nearest { values, top_k, filters: filters(given)? };
        let found = client().await?.query(&call, &namespace, &nearest).await?.into_iter();
        Ok(found.map(|m| Match { id: m.id, score: m.score, metadata: m.metadata }).collect())
    }

    async fn delete(ctx: Context, namespace: String, selection: Selection) -> Result<(), Error> {
        let call = stage_support::call(&ctx);
        let selection = match selection {
            Selection::Ids(ids) => pinecone::Selection::Ids(ids),
            Selection::Filters(given) => pinecone::Selection::Filters(filters(given)?),
        };
        Ok(client().await?.delete(&call, &namespace, &selection).await?)
    }

    async fn list(
        ctx: Context,
        namespace: String,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<IdPage, Error> {
        let call = stage_support::call(&ctx);
        let page = client().await?.list(&call, &namespace, &prefix, cursor.as_deref(), limit).await?;
        Ok(IdPage { ids: page.ids, next: page.next })
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{VectorIndexPinecone, bindings};

    bindings::export!(VectorIndexPinecone with_types_in bindings);
}
