//! What Mistral says when it refuses, in each of the shapes it says it in.

use serde_json::Value;
use upstream::Received;

/// The most of Mistral's own words in a message, in characters.
const MAX_CHARS: usize = 300;

/// A refusal's content.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// On one line, without any URL: a signed one is a secret.
    pub(crate) text: String,
    /// Such as `invalid_model`.
    pub(crate) kind: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) request_id: Option<String>,
    /// The places in the request that are wrong, such as `body.document.document_url`.
    pub(crate) places: Vec<String>,
}

/// Reads `{object, message, type, param, code}`, `{detail: [{loc, msg, …}]}` (also as the `message`), `{detail: "…"}` and `{message, request_id}`; of
/// anything else but a web page, its text.
pub(crate) fn read(answer: &Received) -> Words {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        let is_page = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
        let text = if is_page { String::new() } else { clean(&answer.text()) };
        return Words { text, ..Words::default() };
    };
    let field = |name: &str| match body.get(name)? {
        Value::String(text) => Some(clean(text)),
        Value::Number(number) => Some(number.to_string()),
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
    let text = field("message").or_else(|| field("detail")).unwrap_or_else(|| clean(&listed));
    let request_id = field("request_id").or_else(|| answer.header("x-request-id").map(clean));
    Words { text, kind: field("type"), code: field("code"), request_id, places }
}

fn place(complaint: &Value) -> String {
    let parts = complaint.get("loc").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let part =
        |part: &Value| part.as_str().map(str::to_owned).or_else(|| part.as_u64().map(|n| n.to_string()));
    parts.iter().filter_map(part).collect::<Vec<_>>().join(".")
}

/// A text's first words on one line, every URL replaced.
fn clean(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().take(MAX_CHARS * 20).map(visible).collect();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    without_urls(&line).chars().take(MAX_CHARS).collect()
}

fn without_urls(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || "\"'<>`)".contains(c);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = ["http://", "https://", "data:"].iter().filter_map(|scheme| find(rest, scheme)).min()
    {
        clean.push_str(&rest[..at]);
        clean.push_str("[url]");
        rest = rest[at..].find(ends).map_or("", |end| &rest[at + end..]);
    }
    clean.push_str(rest);
    clean
}

/// Where ASCII text stands, in any case.
fn find(text: &str, what: &str) -> Option<usize> {
    text.as_bytes().windows(what.len()).position(|window| window.eq_ignore_ascii_case(what.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_url_is_shown() {
        assert_eq!(clean("get 'HTTPS://s3/x?sig=é' or\n(data:a;base64,QQ==) é"), "get '[url]' or ([url]) é");
        assert_eq!(clean("see https://a/b?c"), "see [url]");
    }
}
