//! Serene's side of the stage: what it is called, what it takes, and when it refuses.

mod contract;
mod work;

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "reranker-stage", generate_all, async: true });
}

use bindings::exports::serene::reranker::reranker::{Guest, Rank, RerankerInfo, Reranking};
use bindings::serene::types::types::{Context, Error};
use contract::{invalid, stage, within};

/// What orders the texts.
const MODEL: &str = "common-words";
/// The most texts of one call.
const MAX_TEXTS: usize = 1_000;
/// The most tokens of the query and all texts; it counts none, so this is only what the caller is told.
const MAX_CALL_TOKENS: u32 = 1_000_000;

struct Stage;

impl Guest for Stage {
    async fn describe(_: Context) -> Result<RerankerInfo, Error> {
        Ok(RerankerInfo {
            stage: stage(),
            model: MODEL.to_owned(),
            max_texts: MAX_TEXTS as u32,
            max_call_tokens: MAX_CALL_TOKENS,
        })
    }

    async fn rerank(
        _: Context,
        query: String,
        texts: Vec<String>,
        top_k: Option<u32>,
    ) -> Result<Reranking, Error> {
        if query.trim().is_empty() {
            return Err(invalid("The query is empty."));
        }
        within("texts in one call", MAX_TEXTS, texts.len())?;
        let mut ranks = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            ranks.push(Rank { index: index as u32, score: work::score(&query, text) });
            // Other calls in this instance go on between two texts.
            wit_bindgen::yield_async().await;
        }
        // Texts of equal score stay as they were.
        ranks.sort_by(|one, other| other.score.total_cmp(&one.score));
        ranks.truncate(top_k.map_or(usize::MAX, |k| k as usize));
        Ok(Reranking { ranks, model: MODEL.to_owned(), tokens: 0 })
    }
}

bindings::export!(Stage with_types_in bindings);
