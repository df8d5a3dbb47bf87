//! Serene's side of the stage: what it is called, what it takes, and when it refuses.

mod contract;
mod work;

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "generator-stage", generate_all, async: true });
}

use bindings::exports::serene::generator::generator::{Generation, GeneratorInfo, Guest, Request, Role};
use bindings::serene::types::types::{Context, Error};
use contract::{fault, invalid, stage, within};

/// What writes the answers.
const MODEL: &str = "first-sentence";
/// The most tokens of all messages.
const MAX_INPUT_TOKENS: usize = 100_000;
/// The most tokens of an answer.
const MAX_OUTPUT_TOKENS: usize = 4_000;

struct Stage;

impl Guest for Stage {
    async fn describe(_: Context) -> Result<GeneratorInfo, Error> {
        Ok(GeneratorInfo {
            stage: stage(),
            model: MODEL.to_owned(),
            max_input_tokens: MAX_INPUT_TOKENS as u32,
            max_output_tokens: MAX_OUTPUT_TOKENS as u32,
        })
    }

    async fn generate(_: Context, request: Request) -> Result<Generation, Error> {
        let input = request.messages.iter().map(|message| work::tokens(&message.content)).sum();
        within("tokens in the messages", MAX_INPUT_TOKENS, input)?;
        let said = request.messages.iter().rev().find(|message| message.role == Role::User);
        let Some(said) = said else { return Err(invalid("There is no message of a user.")) };
        let schema = serde_json::from_str(&request.schema).ok().filter(serde_json::Value::is_object);
        let Some(schema) = schema else { return Err(invalid("The schema is no JSON object.")) };
        let content = work::answer(&schema, &said.content).to_string();
        let output = work::tokens(&content);
        if output > request.max_output_tokens.map_or(MAX_OUTPUT_TOKENS, |most| most as usize) {
            return Err(Error::Failed(fault("The answer is longer than asked for.", &[("reason", "cut-off")])));
        }
        let usage = [("input-tokens", input), ("output-tokens", output)];
        let usage = usage.map(|(name, count)| (name.to_owned(), count.to_string())).into();
        Ok(Generation { content, model: MODEL.to_owned(), usage })
    }
}

bindings::export!(Stage with_types_in bindings);
