//! Models, as the emulator offers them.

use serde_json::{Value, json};

/// When every model came, 2026-01-01.
const CREATED: u64 = 1_767_225_600;

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name, `author/slug`.
    pub name: String,
    /// The most tokens of messages and answer together.
    pub context: usize,
    /// Whether it takes `response_format` of the type `json_schema`.
    pub has_structured_output: bool,
    /// The fewest `max_tokens` it takes.
    pub min_output: usize,
    /// US dollars for a million tokens of messages.
    pub prompt_price: f64,
    /// US dollars for a million tokens of the answer.
    pub completion_price: f64,
}

impl Model {
    /// As `/models` lists it.
    pub(super) fn shown(&self) -> Value {
        let mut parameters = vec!["max_tokens", "temperature", "top_p", "stop", "seed", "response_format"];
        if self.has_structured_output {
            parameters.push("structured_outputs");
        }
        json!({
            "id": self.name,
            "canonical_slug": self.name,
            "name": self.name,
            "created": CREATED,
            "context_length": self.context,
            "architecture": { "modality": "text->text", "input_modalities": ["text"], "output_modalities": ["text"] },
            "pricing": {
                "prompt": (self.prompt_price / 1e6).to_string(),
                "completion": (self.completion_price / 1e6).to_string(),
            },
            "top_provider": { "context_length": self.context, "is_moderated": false },
            "per_request_limits": null,
            "supported_parameters": parameters,
            "supported_voices": null,
            "default_parameters": null,
            "links": { "details": format!("/api/v1/models/{}/endpoints", self.name) },
        })
    }
}

const fn row(
    name: &'static str,
    context: usize,
    has_structured_output: bool,
    prompt_price: f64,
    completion_price: f64,
) -> (&'static str, usize, bool, f64, f64) {
    (name, context, has_structured_output, prompt_price, completion_price)
}

/// Some that OpenRouter has. The prices are no promise.
pub(super) fn usual() -> Vec<Model> {
    let rows = [
        row("openai/gpt-5", 400_000, true, 1.25, 10.0),
        row("openai/gpt-5-mini", 400_000, true, 0.25, 2.0),
        row("openai/gpt-4.1", 1_047_576, true, 2.0, 8.0),
        row("openai/gpt-4.1-mini", 1_047_576, true, 0.4, 1.6),
        row("openai/gpt-4o", 128_000, true, 2.5, 10.0),
        row("openai/gpt-4o-mini", 128_000, true, 0.15, 0.6),
        row("anthropic/claude-opus-4.1", 200_000, true, 15.0, 75.0),
        row("anthropic/claude-sonnet-4.5", 1_000_000, true, 3.0, 15.0),
        row("anthropic/claude-sonnet-4", 1_000_000, true, 3.0, 15.0),
        row("anthropic/claude-haiku-4.5", 200_000, true, 1.0, 5.0),
        row("google/gemini-2.5-pro", 1_048_576, true, 1.25, 10.0),
        row("google/gemini-2.5-flash", 1_048_576, true, 0.3, 2.5),
        row("mistralai/mistral-large", 128_000, true, 2.0, 6.0),
        row("mistralai/mistral-small", 32_768, true, 0.2, 0.6),
        row("meta-llama/llama-3.3-70b-instruct", 131_072, true, 0.13, 0.39),
        row("deepseek/deepseek-chat", 163_840, true, 0.3, 0.85),
        row("gryphe/mythomax-l2-13b", 4_096, false, 0.06, 0.06),
    ];
    rows.into_iter()
        .map(|(name, context, has_structured_output, prompt_price, completion_price)| Model {
            name: name.to_owned(),
            context,
            has_structured_output,
            min_output: if name.starts_with("openai/") { 16 } else { 1 },
            prompt_price,
            completion_price,
        })
        .collect()
}
