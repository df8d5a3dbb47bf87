//! Hides every digit.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/transformer"],
        world: "serene:transformer/transformer-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use bindings::serene::types::types::{Context, Error, StageInfo};

struct Digits;

impl Guest for Digits {
    async fn describe(_: Context) -> Result<TransformerInfo, Error> {
        Ok(TransformerInfo { stage: stage(), max_texts: 8, max_text_bytes: 1 << 20 })
    }

    async fn transform(_: Context, _: String, texts: Vec<String>) -> Result<Vec<String>, Error> {
        Ok(texts.into_iter().map(|text| text.replace(|c: char| c.is_numeric(), "#")).collect())
    }
}

fn stage() -> StageInfo {
    StageInfo {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extras: Vec::new(),
    }
}

bindings::export!(Digits with_types_in bindings);
