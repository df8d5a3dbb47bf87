//! Pinecone's own words about a failure.

use serde_json::Value;
use upstream::{Received, Words};

/// What an answer to a request with this body says went wrong; hidden where it repeats what was sent.
pub(crate) fn words(answer: &Received, sent: &[u8]) -> Words {
    let text = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => {
            let nested = body.pointer("/error/message").and_then(Value::as_str);
            let flat =
                || ["message", "detail", "description"].iter().find_map(|name| body.get(name)?.as_str());
            nested.or_else(flat).unwrap_or_default().to_owned()
        }
        Err(_) if answer.is_page() => String::new(),
        Err(_) => answer.text(),
    };
    let words = answer.words(&text);
    if words.quote(sent) { words.hidden() } else { words }
}
