//! The last shall be first.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/reranker"],
        world: "serene:reranker/reranker-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::reranker::reranker::{Guest, Rank, RerankerInfo, Reranking};
use bindings::serene::types::types::{Context, Error, StageInfo};

const MODEL: &str = "reversed";

struct Reverse;

impl Guest for Reverse {
    async fn describe(_: Context) -> Result<RerankerInfo, Error> {
        let model = MODEL.to_owned();
        Ok(RerankerInfo { stage: stage(), model, max_texts: 1000, max_call_tokens: u32::MAX })
    }

    async fn rerank(
        _: Context,
        _: String,
        texts: Vec<String>,
        top_k: Option<u32>,
    ) -> Result<Reranking, Error> {
        let count = texts.len() as u32;
        let ranks = (0..count).rev().take(top_k.unwrap_or(count) as usize);
        let ranks = ranks.map(|index| Rank { index, score: index as f32 / count as f32 }).collect();
        Ok(Reranking { ranks, model: MODEL.to_owned(), tokens: 0 })
    }
}

fn stage() -> StageInfo {
    StageInfo {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extras: Vec::new(),
    }
}

bindings::export!(Reverse with_types_in bindings);
