//! A simulated OpenRouter.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use openrouter::{Config, Generation, Generator, Message, Request, Role};
use serde_json::{Value, json};
pub use simulated::{Reply, Sent, World, answer, shown, shows_part_of};
use upstream::Error;

pub const KEY: &str = "sk-or-v1-0123456789-secret";
pub const TEXT: &str = "She said that he never listens when she speaks of her mother.";
pub const SCHEMA: &str = r#"{"type": "object", "additionalProperties": false, "required": ["summary", "mood"],
    "properties": {"summary": {"type": "string"}, "mood": {"type": "string"}}}"#;
pub const CONTENT: &str = r#"{"summary": "They argue.", "mood": "tense"}"#;

pub fn config(variables: &[(&str, &str)]) -> Result<Config, Error> {
    let get = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    Config::from_variables(|name| {
        get(name).or_else(|| (name == "openrouter_api_key").then(|| KEY.to_owned()))
    })
}

pub fn request() -> Request {
    let message = |role, content: &str| Message { role, content: content.to_owned() };
    Request {
        messages: vec![message(Role::System, "Summarise."), message(Role::User, TEXT)],
        schema_name: "summary".to_owned(),
        schema: SCHEMA.to_owned(),
        max_output_tokens: None,
    }
}

pub fn generate(world: &Rc<World>, seconds: u64) -> Result<Generation, Error> {
    generate_with(world, &[], &request(), seconds)
}

pub fn generate_with(
    world: &Rc<World>,
    variables: &[(&str, &str)],
    request: &Request,
    seconds: u64,
) -> Result<Generation, Error> {
    let generator = Generator::new(Rc::clone(world), config(variables).unwrap());
    world.run(generator.generate(&world.call(seconds), request))
}

/// A completion with this message and reason to finish.
pub fn completion(message: Value, finish_reason: &str) -> Value {
    json!({
        "id": "gen-1", "object": "chat.completion", "created": 1, "model": "openai/gpt-4.1-mini-2025", "provider": "OpenAI",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "native_finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "cost": 0.0015, "is_byok": false},
    })
}

pub fn said(content: &str) -> Reply {
    answer(200, completion(json!({"role": "assistant", "content": content, "refusal": null}), "stop"))
}
