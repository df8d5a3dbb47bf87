//! The cloud generator: the crate `openrouter` behind `serene:generator`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/generator"],
        world: "serene:generator/generator-stage",
        with: { "serene:types/types@0.2.0": stage_support::types },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::generator::generator::{
    Generation, GeneratorInfo, Guest, Message, Request, Role,
};
use openrouter::{Config, Generator, VARIABLES};
use stage_support::types::{Context, Error};
use stage_support::{Kept, Wasi};

thread_local! {
    static CLIENT: Kept<Config, Generator<Wasi>> = const { Kept::new() };
}

async fn client() -> Result<Rc<Generator<Wasi>>, Error> {
    stage_support::client(&CLIENT, &VARIABLES, Config::from_variables, Generator::new).await
}

struct GeneratorOpenrouter;

impl Guest for GeneratorOpenrouter {
    async fn describe(_: Context) -> Result<GeneratorInfo, Error> {
        let info = client().await?.config().info();
        Ok(GeneratorInfo {
            stage: stage_support::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), Vec::new()),
            model: info.model,
            max_input_tokens: info.max_input_tokens,
            max_output_tokens: info.max_output_tokens,
        })
    }

    async fn generate(ctx: Context, request: Request) -> Result<Generation, Error> {
        let call = stage_support::call(&ctx);
        let request = openrouter::Request {
            messages: request.messages.into_iter().map(message).collect(),
            schema_name: request.schema_name,
            schema: request.schema,
            max_output_tokens: request.max_output_tokens,
        };
        let openrouter::Generation { content, model, usage } =
            client().await?.generate(&call, &request).await?;
        Ok(Generation { content, model, usage: usage.to_pairs() })
    }
}

fn message(Message { role, content }: Message) -> openrouter::Message {
    let role = match role {
        Role::System => openrouter::Role::System,
        Role::User => openrouter::Role::User,
        Role::Assistant => openrouter::Role::Assistant,
    };
    openrouter::Message { role, content }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{GeneratorOpenrouter, bindings};

    bindings::export!(GeneratorOpenrouter with_types_in bindings);
}
