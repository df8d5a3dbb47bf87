//! Counts letters: 26 dimensions.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/embedder"],
        world: "serene:embedder/embedder-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::embedder::embedder::{EmbedderInfo, Embeddings, Guest, Purpose};
use bindings::serene::types::types::{Context, Error, StageInfo};

const MODEL: &str = "letters-26";
const DIMENSIONS: usize = 26;

struct Letters;

impl Guest for Letters {
    async fn describe(_: Context) -> Result<EmbedderInfo, Error> {
        Ok(EmbedderInfo {
            stage: stage(),
            model: MODEL.to_owned(),
            dimensions: DIMENSIONS as u32,
            max_texts: 3,
            max_text_tokens: 8_000,
            max_call_tokens: 8_000,
        })
    }

    async fn embed(_: Context, texts: Vec<String>, _: Purpose) -> Result<Embeddings, Error> {
        let vectors = texts.iter().map(|text| embed(text)).collect();
        Ok(Embeddings { vectors, model: MODEL.to_owned(), tokens: 0 })
    }
}

fn embed(text: &str) -> Vec<f32> {
    // Not all zero, even for a text without letters.
    let mut counts = [0.01_f32; DIMENSIONS];
    for letter in text.bytes().map(|byte| byte.to_ascii_lowercase()).filter(u8::is_ascii_lowercase) {
        counts[usize::from(letter - b'a')] += 1.0;
    }
    let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
    counts.iter().map(|count| count / length).collect()
}

fn stage() -> StageInfo {
    StageInfo {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extras: Vec::new(),
    }
}

bindings::export!(Letters with_types_in bindings);
