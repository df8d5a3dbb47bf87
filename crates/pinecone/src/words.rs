//! Pinecone's own words about a failure.

use serde_json::Value;
use upstream::Received;

/// The most of them in a message, in characters.
const MAX_WORDS: usize = 300;
/// How long a piece of the words makes the request recognisable in them.
const QUOTE_BYTES: usize = 16;

/// What an answer says went wrong: on one line, and not longer than a message may be.
pub(crate) fn words(answer: &Received) -> String {
    let text = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => {
            let nested = body.pointer("/error/message").and_then(Value::as_str);
            let flat =
                || ["message", "detail", "description"].iter().find_map(|name| body.get(name)?.as_str());
            nested.or_else(flat).unwrap_or_default().to_owned()
        }
        Err(_) if answer.header("content-type").is_some_and(|kind| kind.contains("html")) => String::new(),
        Err(_) => answer.text(),
    };
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
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
