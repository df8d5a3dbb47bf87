//! What Mistral says when it refuses, in each of the shapes it says it in.

use serde_json::Value;
use upstream::{Received, Words};

/// A refusal's content.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Without any URL: a signed one is a secret.
    pub(crate) words: Words,
    /// Such as `invalid_model`.
    pub(crate) kind: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) request_id: Option<String>,
    /// The places in the request that are wrong, such as `body.document.document_url`.
    pub(crate) places: Vec<String>,
}

/// Reads `{object, message, type, param, code}`, `{detail: [{loc, msg, …}]}` (also as the `message`), `{detail: "…"}` and `{message, request_id}`; of
/// anything else but a web page, its text.
pub(crate) fn read(answer: &Received) -> Said {
    let clean = |text: &str| answer.words(&without_urls(text));
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        let words = if answer.is_page() { Words::default() } else { clean(&answer.text()) };
        return Said { words, ..Said::default() };
    };
    let field = |name: &str| match body.get(name)? {
        Value::String(text) => Some(clean(text)),
        Value::Number(number) => Some(answer.words(&number.to_string())),
        _ => None,
    };
    let complaints: Vec<&Value> = ["detail", "message"]
        .iter()
        .filter_map(|name| body.get(name))
        .filter_map(|value| value.as_array().or_else(|| value.get("detail")?.as_array()))
        .flatten()
        .take(5)
        .collect();
    let places: Vec<String> = complaints.iter().map(|complaint| place(complaint)).collect();
    // What was wrong stands beside a copy of the input, which is left out.
    let listed = complaints
        .iter()
        .zip(&places)
        .filter_map(|(complaint, place)| Some(format!("{place}: {}", complaint.get("msg")?.as_str()?)));
    let listed = listed.collect::<Vec<_>>().join("; ");
    let words = field("message").or_else(|| field("detail")).unwrap_or_else(|| clean(&listed));
    let short = |name: &str| field(name).map(|words| words.as_str().to_owned());
    let request_id =
        short("request_id").or_else(|| Some(clean(answer.header("x-request-id")?).as_str().to_owned()));
    Said { words, kind: short("type"), code: short("code"), request_id, places }
}

fn place(complaint: &Value) -> String {
    let parts = complaint.get("loc").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let part =
        |part: &Value| part.as_str().map(str::to_owned).or_else(|| part.as_u64().map(|n| n.to_string()));
    parts.iter().filter_map(part).collect::<Vec<_>>().join(".")
}

/// A text with every URL replaced.
fn without_urls(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'<>`)".contains(c);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = url(rest) {
        clean.push_str(&rest[..at]);
        clean.push_str("[url]");
        rest = rest[at..].find(ends).map_or("", |end| &rest[at + end..]);
    }
    clean.push_str(rest);
    clean
}

/// Where the first URL begins.
fn url(text: &str) -> Option<usize> {
    let begins = |rest: &[u8], scheme: &str| {
        rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    let bytes = text.as_bytes();
    (0..bytes.len())
        .find(|&at| ["http://", "https://", "data:"].iter().any(|scheme| begins(&bytes[at..], scheme)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_url_is_shown() {
        let text = "get 'HTTPS://s3/x?sig=é' or\n(data:a;base64,QQ==) é";
        assert_eq!(without_urls(text), "get '[url]' or\n([url]) é");
        assert_eq!(without_urls("see https://a/b?c"), "see [url]");
    }
}
