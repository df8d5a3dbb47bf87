//! OpenRouter's own words about a failure, and those of the provider behind it.

use serde_json::Value;
use upstream::{Received, Words};

/// What an error in the answer to a request with this body says; hidden where it repeats what was sent.
pub(crate) fn words(answer: &Received, error: &Value, sent: &[u8]) -> Words {
    let message = error.get("message").or(Some(error)).and_then(Value::as_str).unwrap_or_default();
    // "Provider returned error" says nothing: what the provider said stands beside it.
    let raw = error.pointer("/metadata/raw").and_then(Value::as_str).unwrap_or_default();
    let words = answer.words(&format!("{message} {raw}"));
    if words.quote(sent) { words.hidden() } else { words }
}
