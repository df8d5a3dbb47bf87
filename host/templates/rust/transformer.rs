//! Serene's side of the stage: what it is called, what it takes, and when it refuses.

mod contract;
mod work;

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "transformer-stage", generate_all, async: true });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use bindings::serene::types::types::{Context, Error};
use contract::{stage, within};

/// The most texts of one call; Serene sends more in several calls.
const MAX_TEXTS: usize = 64;
/// The largest text, in bytes.
const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;

struct Stage;

impl Guest for Stage {
    async fn describe(_: Context) -> Result<TransformerInfo, Error> {
        Ok(TransformerInfo { stage: stage(), max_texts: MAX_TEXTS as u32, max_text_bytes: MAX_TEXT_BYTES as u32 })
    }

    async fn transform(_: Context, _kind: String, texts: Vec<String>) -> Result<Vec<String>, Error> {
        within("texts in one call", MAX_TEXTS, texts.len())?;
        let mut transformed = Vec::with_capacity(texts.len());
        for text in &texts {
            within("bytes in a text", MAX_TEXT_BYTES, text.len())?;
            transformed.push(work::transform(text));
            // Other calls in this instance go on between two texts.
            wit_bindgen::yield_async().await;
        }
        Ok(transformed)
    }
}

bindings::export!(Stage with_types_in bindings);
