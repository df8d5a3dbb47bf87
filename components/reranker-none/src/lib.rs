//! The default reranker: the texts stay in the order in which the vector index found them.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/reranker"],
        world: "serene:reranker/reranker-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::reranker::reranker::{Guest, Rank, RerankerInfo, Reranking};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};

const MODEL: &str = "none";

struct RerankerNone;

impl Guest for RerankerNone {
    async fn describe(_: Context) -> Result<RerankerInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        Ok(RerankerInfo { stage, model: MODEL.to_owned(), max_texts: u32::MAX, max_call_tokens: u32::MAX })
    }

    async fn rerank(
        _: Context,
        query: String,
        texts: Vec<String>,
        top_k: Option<u32>,
    ) -> Result<Reranking, Error> {
        if query.trim().is_empty() {
            let message = "The query is empty.".to_owned();
            return Err(Error::Invalid(Fault { message, provider_status: None, extras: Vec::new() }));
        }
        let count = texts.len().min(top_k.map_or(usize::MAX, |k| k as usize));
        // The first of n scores 1, the last of them 1/n: an order, not a judgement.
        let ranks =
            (0..count as u32).map(|index| Rank { index, score: 1.0 - index as f32 / texts.len() as f32 });
        Ok(Reranking { ranks: ranks.collect(), model: MODEL.to_owned(), tokens: 0 })
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{RerankerNone, bindings};

    bindings::export!(RerankerNone with_types_in bindings);
}
