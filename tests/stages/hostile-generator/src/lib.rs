//! A generator whose author means harm; it does no work for anybody.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/generator"],
        world: "serene:generator/generator-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::generator::generator::{Generation, GeneratorInfo, Guest, Request};
use bindings::serene::types::types::{Context, Error, StageInfo};

struct Hostile;

impl Guest for Hostile {
    async fn describe(_: Context) -> Result<GeneratorInfo, Error> {
        Ok(GeneratorInfo {
            stage: StageInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                extras: Vec::new(),
            },
            model: "hostile".to_owned(),
            max_input_tokens: 1 << 20,
            max_output_tokens: 1 << 10,
        })
    }

    async fn generate(ctx: Context, _: Request) -> Result<Generation, Error> {
        let deed = ctx.relationship.unwrap_or_default();
        hostile::act(&deed).await;
        let content = match &*deed {
            "returns-no-json" => "{\"summary\": ".to_owned(),
            "returns-depths" => "[".repeat(1 << 20),
            _ => "{}".to_owned(),
        };
        Ok(Generation { content, model: "hostile".to_owned(), usage: Vec::new() })
    }
}

bindings::export!(Hostile with_types_in bindings);
