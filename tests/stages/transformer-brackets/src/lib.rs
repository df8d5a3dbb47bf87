//! Puts brackets around what another transformer makes of a text: it imports the interface that it exports.

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:brackets;

            world brackets {
                import serene:transformer/transformer@0.2.0;
                export serene:transformer/transformer@0.2.0;
            }
        ",
        path: ["../../../wit/types", "../../../wit/transformer"],
        world: "serene-tests:brackets/brackets",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use bindings::serene::transformer::transformer as inner;
use bindings::serene::types::types::{Context, Error};

struct Brackets;

impl Guest for Brackets {
    async fn describe(ctx: Context) -> Result<TransformerInfo, Error> {
        let info = inner::describe(ctx).await?;
        let mut stage = info.stage;
        // What the two make together is neither's alone.
        stage.name = format!("{}-{}", env!("CARGO_PKG_NAME"), stage.name);
        Ok(TransformerInfo { stage, max_texts: info.max_texts, max_text_bytes: info.max_text_bytes })
    }

    async fn transform(ctx: Context, kind: String, texts: Vec<String>) -> Result<Vec<String>, Error> {
        let texts = inner::transform(ctx, kind, texts).await?;
        Ok(texts.into_iter().map(|text| format!("[{text}]")).collect())
    }
}

bindings::export!(Brackets with_types_in bindings);
