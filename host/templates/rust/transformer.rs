//! Serene's side of the stage: what it is called, what it takes, and when it refuses.

mod work;

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "transformer-stage", generate_all, async: true });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};

/// The most texts of one call; Serene sends more in several calls.
const MAX_TEXTS: usize = 64;
/// The largest text, in bytes.
const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;

struct Stage;

impl Guest for Stage {
    async fn describe(_: Context) -> Result<TransformerInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            // What Serene computed with another version is computed again: raise it when the results change.
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        Ok(TransformerInfo { stage, max_texts: MAX_TEXTS as u32, max_text_bytes: MAX_TEXT_BYTES as u32 })
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
