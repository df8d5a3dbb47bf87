//! The default transformer: every text passes as it is.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/transformer"],
        world: "serene:transformer/transformer-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use bindings::serene::types::types::{Context, Error, StageInfo};

struct TransformerNone;

impl Guest for TransformerNone {
    async fn describe(_: Context) -> Result<TransformerInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        Ok(TransformerInfo { stage, max_texts: u32::MAX, max_text_bytes: u32::MAX })
    }

    async fn transform(_: Context, _kind: String, texts: Vec<String>) -> Result<Vec<String>, Error> {
        Ok(texts)
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{TransformerNone, bindings};

    bindings::export!(TransformerNone with_types_in bindings);
}
