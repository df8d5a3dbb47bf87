//! `POST /api/v1/chat/completions`.

use serde_json::{Value, json};

use super::ask::{self, Ask};
use super::errors::Refusal;
use super::generate::{Text, generate};
use super::ledger::Generation;
use super::models::Model;
use super::{OpenRouter, acts, stream};
use crate::server::Request;
use crate::server::reply::{self, Reply};
use crate::tokens;

impl OpenRouter {
    pub(super) fn chat(&self, request: &Request) -> Result<Reply, Refusal> {
        let ask = ask::read(request)?;
        let act = request.act.as_deref().unwrap_or_default();
        if let Some(refusal) = acts::refusal(act) {
            return Err(refusal);
        }
        let (model, text) = self.first_that_answers(&ask, act)?;
        let generation = self.ledger.add(model, &text, ask.stream);
        let completion = completion(&generation, &text, act);
        let mut reply =
            if ask.stream { stream::reply(&completion, act) } else { reply::json(200, &completion) };
        reply::set(&mut reply, "x-generation-id", &generation.id);
        Ok(reply)
    }

    /// Tries the models in their order; whatever one refuses for, the next one is tried.
    fn first_that_answers<'a>(&'a self, ask: &Ask, act: &str) -> Result<(&'a Model, Text), Refusal> {
        let default = [self.default_model.clone()];
        let names = if ask.models.is_empty() { &default[..] } else { &ask.models[..] };
        let mut last = Refusal::new(404, "No models provided");
        for (index, name) in names.iter().enumerate() {
            if index == 0 && act == acts::FIRST_MODEL_FAILS {
                last = Refusal::new(502, "Provider returned error")
                    .with(json!({ "provider_name": "Emulated", "raw": "upstream failed", "error_type": "provider_unavailable" }));
                continue;
            }
            match self.model(name).and_then(|model| Ok((model, generate(model, ask)?))) {
                Ok(found) => return Ok(found),
                Err(refusal) => last = refusal,
            }
        }
        Err(last)
    }

    /// A model by its name, with or without a variant such as `:free`.
    fn model(&self, name: &str) -> Result<&Model, Refusal> {
        let base = name.split_once(':').map_or(name, |(base, _)| base);
        let unknown = || {
            Refusal::bad(format!("{name} is not a valid model ID")).with(json!({ "error_type": "not_found" }))
        };
        self.models.iter().find(|model| model.name == base).ok_or_else(unknown)
    }
}

/// The answer's body, bent as the act says.
fn completion(generation: &Generation, text: &Text, act: &str) -> Value {
    let half = || tokens::cut(&text.content, text.completion_tokens / 2);
    let error = json!({
        "code": 502,
        "message": "Provider disconnected",
        "metadata": { "error_type": "provider_unavailable", "provider_name": "Emulated" },
    });
    if act == acts::ERROR {
        return json!({ "error": error, "user_id": "user_emulated" });
    }
    let (content, finish_reason) = match act {
        acts::REFUSAL | acts::NULL => (Value::Null, "stop"),
        acts::EMPTY => (json!(""), "stop"),
        acts::CONTENT_FILTER => (json!(""), "content_filter"),
        acts::LENGTH => (json!(half()), "length"),
        acts::CHOICE_ERROR => (json!(half()), "error"),
        acts::INVALID_JSON => (json!(half()), "stop"),
        acts::WRONG_JSON => (json!("{\"unexpected\":true}"), "stop"),
        acts::FENCED_JSON => (json!(format!("```json\n{}\n```", text.content)), "stop"),
        _ => (json!(text.content), text.finish_reason),
    };
    let refusal = if act == acts::REFUSAL { json!("I cannot help with that.") } else { Value::Null };
    let mut choice = json!({
        "index": 0,
        "message": { "role": "assistant", "content": content, "refusal": refusal, "reasoning": null },
        "finish_reason": finish_reason,
        "native_finish_reason": finish_reason,
        "logprobs": null,
    });
    if act == acts::CHOICE_ERROR {
        choice["error"] = error;
    }
    json!({
        "id": generation.id,
        "object": "chat.completion",
        "created": generation.created,
        "model": generation.model,
        "provider": "Emulated",
        "system_fingerprint": null,
        "choices": [choice],
        "usage": generation.usage(),
    })
}
