//! What a toolchain without async makes of the contract: the same functions, synchronous. It cannot be composed.

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package serene:transformer@0.2.0;

            interface transformer {
                use serene:types/types@0.2.0.{context, error, stage-info};

                record transformer-info {
                    stage: stage-info,
                    max-texts: u32,
                    max-text-bytes: u32,
                }

                describe: func(ctx: context) -> result<transformer-info, error>;
                transform: func(ctx: context, kind: string, texts: list<string>) -> result<list<string>, error>;
            }

            world transformer-stage {
                export transformer;
            }
        ",
        path: ["../../../wit/types"],
        world: "serene:transformer/transformer-stage",
        generate_all,
    });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use bindings::serene::types::types::{Context, Error, StageInfo};

struct Sync;

impl Guest for Sync {
    fn describe(_: Context) -> Result<TransformerInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        Ok(TransformerInfo { stage, max_texts: 8, max_text_bytes: 1 << 20 })
    }

    fn transform(_: Context, _: String, texts: Vec<String>) -> Result<Vec<String>, Error> {
        Ok(texts)
    }
}

bindings::export!(Sync with_types_in bindings);
