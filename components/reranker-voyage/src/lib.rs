//! The cloud reranker: the crate `voyage` behind `serene:reranker`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/reranker"],
        world: "serene:reranker/reranker-stage",
        with: { "serene:types/types@0.2.0": stage_support::types },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::reranker::reranker::{Guest, Rank, RerankerInfo, Reranking};
use stage_support::types::{Context, Error};
use stage_support::{Kept, Wasi};
use voyage::{RERANKER_VARIABLES, Reranker, RerankerConfig};

thread_local! {
    static CLIENT: Kept<RerankerConfig, Reranker<Wasi>> = const { Kept::new() };
}

async fn client() -> Result<Rc<Reranker<Wasi>>, Error> {
    stage_support::client(&CLIENT, &RERANKER_VARIABLES, RerankerConfig::from_variables, Reranker::new).await
}

struct RerankerVoyage;

impl Guest for RerankerVoyage {
    async fn describe(_: Context) -> Result<RerankerInfo, Error> {
        let info = client().await?.config().info();
        Ok(RerankerInfo {
            stage: stage_support::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), Vec::new()),
            model: info.model,
            max_texts: info.max_texts,
            max_call_tokens: info.max_call_tokens,
        })
    }

    async fn rerank(
        ctx: Context,
        query: String,
        texts: Vec<String>,
        top_k: Option<u32>,
    ) -> Result<Reranking, Error> {
        let call = stage_support::call(&ctx);
        let voyage::Reranking { ranks, model, tokens } =
            client().await?.rerank(&call, &query, &texts, top_k).await?;
        let ranks = ranks.into_iter().map(|rank| Rank { index: rank.index, score: rank.score }).collect();
        Ok(Reranking { ranks, model, tokens })
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{RerankerVoyage, bindings};

    bindings::export!(RerankerVoyage with_types_in bindings);
}
