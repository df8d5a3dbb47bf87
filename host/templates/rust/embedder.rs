//! Serene's side of the stage: what it is called, what it takes, and when it refuses.

mod contract;
mod work;

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "embedder-stage", generate_all, async: true });
}

use bindings::exports::serene::embedder::embedder::{EmbedderInfo, Embeddings, Guest, Purpose};
use bindings::serene::types::types::{Context, Error};
use contract::{invalid, stage, within};

/// What computes the vectors. Those of another model cannot be compared with them: rename it when they change.
const MODEL: &str = "hashed-words-256";
/// The most texts of one call; Serene sends more in several calls.
const MAX_TEXTS: usize = 64;
/// The most tokens of one text; a word is a token here.
const MAX_TEXT_TOKENS: usize = 8_000;

struct Stage;

impl Guest for Stage {
    async fn describe(_: Context) -> Result<EmbedderInfo, Error> {
        Ok(EmbedderInfo {
            stage: stage(),
            model: MODEL.to_owned(),
            dimensions: work::DIMENSIONS as u32,
            max_texts: MAX_TEXTS as u32,
            max_text_tokens: MAX_TEXT_TOKENS as u32,
            max_call_tokens: (MAX_TEXTS * MAX_TEXT_TOKENS) as u32,
        })
    }

    async fn embed(_: Context, texts: Vec<String>, _: Purpose) -> Result<Embeddings, Error> {
        if texts.is_empty() {
            return Err(invalid("There is no text to embed."));
        }
        within("texts in one call", MAX_TEXTS, texts.len())?;
        let (mut vectors, mut tokens) = (Vec::with_capacity(texts.len()), 0);
        for text in &texts {
            if text.trim().is_empty() {
                return Err(invalid("A text is empty: leave it out."));
            }
            let words = work::words(text).count();
            within("words in a text", MAX_TEXT_TOKENS, words)?;
            tokens += words as u64;
            vectors.push(work::embed(text));
            // Other calls in this instance go on between two texts.
            wit_bindgen::yield_async().await;
        }
        Ok(Embeddings { vectors, model: MODEL.to_owned(), tokens })
    }
}

bindings::export!(Stage with_types_in bindings);
