//! Goes around a transformer of the contract's version 0.1.0 and is one of today's: the way to a function that the earlier version lacks.

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:adapter;

            world adapter {
                import serene:transformer/transformer@0.1.0;
                export serene:transformer/transformer@0.2.0;
            }
        ",
        path: [
            "../../compatibility/0.1.0/wit/types.wit",
            "../../compatibility/0.1.0/wit/transformer.wit",
            "../../../wit/types",
            "../../../wit/transformer",
        ],
        world: "serene-tests:adapter/adapter",
        // What both versions have alike is one type.
        with: { "serene:types/types@0.1.0": crate::bindings::serene::types0_2_0::types },
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::transformer0_2_0::transformer::{Guest, TransformerInfo};
use bindings::serene::transformer0_1_0::transformer as earlier;
use bindings::serene::types0_2_0::types::{Context, Error};

struct Adapter;

impl Guest for Adapter {
    async fn describe(ctx: Context) -> Result<TransformerInfo, Error> {
        let earlier::TransformerInfo { stage, max_texts, max_text_bytes } = earlier::describe(ctx).await?;
        Ok(TransformerInfo { stage, max_texts, max_text_bytes })
    }

    async fn transform(ctx: Context, kind: String, texts: Vec<String>) -> Result<Vec<String>, Error> {
        earlier::transform(ctx, kind, texts).await
    }
}

bindings::export!(Adapter with_types_in bindings);
