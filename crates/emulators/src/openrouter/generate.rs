//! What a model answers: sentences of its sources.

use lexical::generation::{self, Limits, Message, Role};
use serde_json::{Value, json};

use super::ask::{Ask, Format};
use super::errors::Refusal;
use super::models::Model;
use crate::tokens;

/// A model's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) content: String,
    pub(super) finish_reason: &'static str,
    pub(super) prompt_tokens: usize,
    pub(super) completion_tokens: usize,
}

/// Lets a model answer.
///
/// # Errors
/// Where the model cannot take the request; another one of the list may.
pub(super) fn generate(model: &Model, ask: &Ask) -> Result<Text, Refusal> {
    let wants_schema = matches!(ask.format, Format::Schema(_));
    if wants_schema && ask.require_parameters && !model.has_structured_output {
        let message = "No endpoints found that can handle the requested parameters. To learn more about provider routing, visit: https://openrouter.ai/docs/provider-routing";
        return Err(Refusal::new(404, message));
    }
    let (prompt_price, completion_price) = ask.max_price;
    let is_dear = prompt_price.is_some_and(|most| model.prompt_price > most)
        || completion_price.is_some_and(|most| model.completion_price > most);
    if is_dear {
        return Err(Refusal::new(404, "No endpoints found that meet provider.max_price."));
    }
    if ask.max_tokens.is_some_and(|most| most < model.min_output) {
        let raw = format!("max_output_tokens must be at least {}", model.min_output);
        return Err(provider_error(&raw));
    }
    let prompt_tokens = ask.messages.iter().map(|(_, content)| tokens::count(content) + 4).sum::<usize>();
    let room = model.context.saturating_sub(prompt_tokens);
    if room == 0 || ask.max_tokens.is_some_and(|most| most > room) {
        let wanted = prompt_tokens + ask.max_tokens.unwrap_or(1);
        let message = format!(
            "This endpoint's maximum context length is {} tokens. However, you requested about {wanted} tokens. Please reduce the length of either one.",
            model.context
        );
        return Err(Refusal::bad(message).with(json!({ "error_type": "context_length_exceeded" })));
    }
    let content = content(model, ask)?;
    let completion_tokens = tokens::count(&content);
    let most = ask.max_tokens.unwrap_or(room);
    if completion_tokens > most {
        let content = tokens::cut(&content, most);
        return Ok(Text { content, finish_reason: "length", prompt_tokens, completion_tokens: most });
    }
    Ok(Text { content, finish_reason: "stop", prompt_tokens, completion_tokens })
}

/// A schema that the model does not take is dropped without a word, which is what OpenRouter does unless told to require it.
fn content(model: &Model, ask: &Ask) -> Result<String, Refusal> {
    let plain = json!({
        "type": "object",
        "properties": { "summary": { "type": "string", "description": "A summary in two sentences" } },
        "required": ["summary"],
        "additionalProperties": false,
    });
    let answer = match &ask.format {
        Format::Schema(schema) if model.has_structured_output => fill(ask, schema)?.to_string(),
        Format::JsonObject => fill(ask, &plain)?.to_string(),
        _ => fill(ask, &plain)?["summary"].as_str().unwrap_or_default().to_owned(),
    };
    Ok(answer)
}

fn fill(ask: &Ask, schema: &Value) -> Result<Value, Refusal> {
    let message = |(role, content): &(Role, String)| (*role, headed(*role, content));
    let messages: Vec<_> = ask.messages.iter().map(message).collect();
    let messages: Vec<Message<'_>> =
        messages.iter().map(|(role, content)| Message { role: *role, content }).collect();
    generation::generate(&messages, schema, Limits::default())
        .map_err(|error| provider_error(&format!("Invalid schema for response_format: {error}")))
}

/// Sources stand under headings for the generator; a message without one gets one.
fn headed(role: Role, content: &str) -> String {
    let has_heading = content.lines().any(|line| line.starts_with("# "));
    if role == Role::User && !has_heading { format!("# Message\n{content}") } else { content.to_owned() }
}

fn provider_error(raw: &str) -> Refusal {
    Refusal::bad("Provider returned error").with(json!({
        "provider_name": "Emulated",
        "raw": json!({ "error": { "message": raw, "type": "invalid_request_error" } }).to_string(),
        "error_type": "invalid_request",
    }))
}
