//! OpenRouter's own words about a failure, and those of the provider behind it.

use serde_json::Value;

/// The most of them in a message, in characters.
const MAX_WORDS: usize = 300;
/// How long a piece of the words makes the request recognisable in them.
const QUOTE_BYTES: usize = 16;

/// What an error says: on one line, and not longer than a message may be.
pub(crate) fn words(error: &Value) -> String {
    let message = error.get("message").or(Some(error)).and_then(Value::as_str).unwrap_or_default();
    // "Provider returned error" says nothing: what the provider said stands beside it.
    let raw = error.pointer("/metadata/raw").and_then(Value::as_str).unwrap_or_default();
    let mut line = String::new();
    let texts =
        [message, raw].into_iter().flat_map(|text| text.split(|c: char| c.is_whitespace() || c.is_control()));
    for word in texts.filter(|word| !word.is_empty()) {
        if line.len() > 4 * MAX_WORDS {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.chars().take(MAX_WORDS).collect()
}

/// Whether words repeat a part of what was sent, which may be a document's text: any part of twice the length of a piece holds a whole one.
pub(crate) fn quotes(words: &str, sent: &[u8]) -> bool {
    let (pieces, _) = words.as_bytes().as_chunks::<QUOTE_BYTES>();
    pieces.iter().any(|piece| sent.windows(QUOTE_BYTES).any(|window| window == piece))
}
