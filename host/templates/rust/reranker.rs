//! Serene's side of the stage: what it is called, what it takes, and when it refuses.

mod work;

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "reranker-stage", generate_all, async: true });
}

use bindings::exports::serene::reranker::reranker::{Guest, Rank, RerankerInfo, Reranking};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};

/// What orders the texts.
const MODEL: &str = "common-words";
/// The most texts of one call.
const MAX_TEXTS: usize = 1_000;
/// The most tokens of the query and all texts; it counts none, so this is only what the caller is told.
const MAX_CALL_TOKENS: u32 = 1_000_000;

struct Stage;

impl Guest for Stage {
    async fn describe(_: Context) -> Result<RerankerInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        Ok(RerankerInfo {
            stage,
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
            let message = "The query is empty.".to_owned();
            return Err(Error::Invalid(Fault { message, provider_status: None, extras: Vec::new() }));
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

/// Refuses what is over a limit, and says by how much. An error never repeats a text.
fn within(what: &str, limit: usize, actual: usize) -> Result<(), Error> {
    if actual <= limit {
        return Ok(());
    }
    Err(Error::TooLarge(Fault {
        message: format!("There are {actual} {what}, and at most {limit} are taken."),
        provider_status: None,
        extras: vec![("limit".to_owned(), limit.to_string()), ("actual".to_owned(), actual.to_string())],
    }))
}

bindings::export!(Stage with_types_in bindings);
