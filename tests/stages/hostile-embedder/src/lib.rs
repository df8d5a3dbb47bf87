//! An embedder of two dimensions for which everything means the same, and whose author means harm.

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

struct Hostile;

impl Guest for Hostile {
    async fn describe(ctx: Context) -> Result<EmbedderInfo, Error> {
        let deed = ctx.relationship.unwrap_or_default();
        let tokens = if deed == "takes-no-tokens" { 0 } else { 1 << 10 };
        Ok(EmbedderInfo {
            stage: StageInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                extras: Vec::new(),
            },
            model: "hostile".to_owned(),
            dimensions: if deed == "has-no-dimensions" { 0 } else { 2 },
            max_texts: if deed == "takes-no-texts" { 0 } else { 16 },
            max_text_tokens: tokens,
            max_call_tokens: tokens,
        })
    }

    async fn embed(ctx: Context, texts: Vec<String>, _: Purpose) -> Result<Embeddings, Error> {
        let deed = ctx.relationship.unwrap_or_default();
        hostile::act(&deed).await;
        let vector = match &*deed {
            "returns-no-numbers" => vec![f32::NAN, 1.0],
            "returns-the-infinite" => vec![f32::INFINITY, 1.0],
            "returns-no-direction" => vec![0.0, 0.0],
            "returns-other-dimensions" => vec![1.0; 3],
            "has-no-dimensions" => Vec::new(),
            _ => vec![1.0, 0.0],
        };
        let mut vectors = vec![vector; texts.len()];
        if deed == "returns-a-vector-too-few" {
            vectors.pop();
        }
        Ok(Embeddings { vectors, model: "hostile".to_owned(), tokens: 1 })
    }
}

bindings::export!(Hostile with_types_in bindings);
