//! The local embedder: the crate `lexical` behind `serene:embedder`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/embedder"],
        world: "serene:embedder/embedder-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::embedder::embedder::{EmbedderInfo, Embeddings, Guest, Purpose};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};
use lexical::embedding::{self, DIMENSIONS, MAX_TEXT_TOKENS, MODEL};

const MAX_TEXTS: usize = 256;
const MAX_CALL_TOKENS: u32 = 200_000;

struct EmbedderLocal;

impl Guest for EmbedderLocal {
    async fn describe(_: Context) -> Result<EmbedderInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        Ok(EmbedderInfo {
            stage,
            model: MODEL.to_owned(),
            dimensions: DIMENSIONS as u32,
            max_texts: MAX_TEXTS as u32,
            max_text_tokens: MAX_TEXT_TOKENS,
            max_call_tokens: MAX_CALL_TOKENS,
        })
    }

    async fn embed(_: Context, texts: Vec<String>, purpose: Purpose) -> Result<Embeddings, Error> {
        if texts.is_empty() {
            return Err(Error::Invalid(fault("There is no text to embed.", Vec::new())));
        }
        if texts.len() > MAX_TEXTS {
            let limits = vec![("limit", MAX_TEXTS.to_string()), ("actual", texts.len().to_string())];
            return Err(Error::TooLarge(fault("There are more texts than one call takes.", limits)));
        }
        let purpose = match purpose {
            Purpose::Document => embedding::Purpose::Document,
            Purpose::Query => embedding::Purpose::Query,
        };
        let mut tokens = 0;
        let mut vectors = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            vectors.push(embedding::embed(text, purpose).map_err(|error| refused(index, error))?);
            tokens += u64::from(chunking::estimate_tokens(text));
            // Other calls in this instance go on between two texts.
            wit_bindgen::yield_async().await;
        }
        Ok(Embeddings { vectors, model: MODEL.to_owned(), tokens })
    }
}

fn refused(index: usize, error: embedding::Error) -> Error {
    let message = format!("Text {index}: {error}.");
    match error {
        embedding::Error::Blank => Error::Invalid(fault(&message, Vec::new())),
        embedding::Error::TooLong { tokens } => {
            let limits = vec![("limit", MAX_TEXT_TOKENS.to_string()), ("actual", tokens.to_string())];
            Error::TooLarge(fault(&message, limits))
        }
    }
}

fn fault(message: &str, extras: Vec<(&str, String)>) -> Fault {
    let extras = extras.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Fault { message: message.to_owned(), provider_status: None, extras }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{EmbedderLocal, bindings};

    bindings::export!(EmbedderLocal with_types_in bindings);
}
