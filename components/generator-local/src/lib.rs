//! The local generator: the crate `lexical` behind `serene:generator`. It quotes; it does not write.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/generator"],
        world: "serene:generator/generator-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::generator::generator::{Generation, GeneratorInfo, Guest, Request, Role};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};
use lexical::generation::{self, Limits, MODEL, Message};

/// What the limit in bytes comes to in tokens of four bytes.
const MAX_INPUT_TOKENS: u32 = 1 << 20;
const MAX_OUTPUT_TOKENS: u32 = 1 << 16;

struct GeneratorLocal;

impl Guest for GeneratorLocal {
    async fn describe(_: Context) -> Result<GeneratorInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        Ok(GeneratorInfo {
            stage,
            model: MODEL.to_owned(),
            max_input_tokens: MAX_INPUT_TOKENS,
            max_output_tokens: MAX_OUTPUT_TOKENS,
        })
    }

    async fn generate(_: Context, request: Request) -> Result<Generation, Error> {
        if request.messages.is_empty() {
            return Err(Error::Invalid(fault("There is no message to answer.".to_owned(), Vec::new())));
        }
        let schema = serde_json::from_str(&request.schema)
            .map_err(|e| Error::Invalid(fault(format!("The schema is not JSON: {e}."), Vec::new())))?;
        let messages: Vec<_> = request
            .messages
            .iter()
            .map(|message| Message {
                role: match message.role {
                    Role::System => generation::Role::System,
                    Role::User => generation::Role::User,
                    Role::Assistant => generation::Role::Assistant,
                },
                content: &message.content,
            })
            .collect();
        let content = generation::generate(&messages, &schema, Limits::default()).map_err(refused)?;
        let input: usize = messages.iter().map(|message| message.content.len()).sum();
        let content = content.to_string();
        let usage = vec![
            ("input-bytes".to_owned(), input.to_string()),
            ("output-bytes".to_owned(), content.len().to_string()),
        ];
        Ok(Generation { content, model: MODEL.to_owned(), usage })
    }
}

fn refused(error: generation::Error) -> Error {
    let message = format!("{error}.");
    match error {
        generation::Error::TooLarge { actual, limit, .. } => Error::TooLarge(fault(
            message,
            vec![("limit", limit.to_string()), ("actual", actual.to_string())],
        )),
        generation::Error::Schema { .. } => Error::Invalid(fault(message, Vec::new())),
    }
}

fn fault(message: String, extras: Vec<(&str, String)>) -> Fault {
    let extras = extras.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Fault { message, provider_status: None, extras }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{GeneratorLocal, bindings};

    bindings::export!(GeneratorLocal with_types_in bindings);
}
