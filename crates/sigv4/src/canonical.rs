//! The canonical request: what both sides hash.

use http::{HeaderMap, HeaderName, Method};

use crate::Rules;
use crate::encode::{canonicalise, push};

/// Headers that proxies and transports change on the way: never signed.
const UNSIGNED: [&str; 16] = [
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "traceparent",
    "tracestate",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// The headers that a signature covers, by name.
pub(crate) struct SignedHeaders<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> SignedHeaders<'a> {
    /// Those of a request, and its host.
    pub(crate) fn new(headers: &'a HeaderMap, host: &'a str) -> Self {
        let mut signed = Vec::with_capacity(headers.len() + 1);
        signed.push(("host", host.as_bytes()));
        let wanted = |name: &HeaderName| name != http::header::HOST && !UNSIGNED.contains(&name.as_str());
        signed.extend(
            headers
                .iter()
                .filter(|(name, _)| wanted(name))
                .map(|(name, value)| (name.as_str(), value.as_bytes())),
        );
        // Values of one name keep their order.
        signed.sort_by_key(|(name, _)| *name);
        Self(signed)
    }

    /// Their names, joined by `;`.
    pub(crate) fn write_names(&self, out: &mut String) {
        let mut last = "";
        for (name, _) in &self.0 {
            if *name == last {
                continue;
            }
            if !last.is_empty() {
                out.push(';');
            }
            out.push_str(name);
            last = name;
        }
    }

    /// `name:value` lines; values of one name joined by `,`.
    fn write_lines(&self, out: &mut Vec<u8>) {
        let mut last = "";
        for (name, value) in &self.0 {
            if *name == last {
                out.push(b',');
            } else {
                if !last.is_empty() {
                    out.push(b'\n');
                }
                out.extend_from_slice(name.as_bytes());
                out.push(b':');
                last = name;
            }
            write_value(out, value);
        }
        out.push(b'\n');
    }
}

/// A value without spaces around it, and with single spaces in it.
fn write_value(out: &mut Vec<u8>, value: &[u8]) {
    let value = value.trim_ascii();
    let is_space = |b: &u8| matches!(b, b' ' | b'\t');
    if !value.windows(2).any(|pair| is_space(&pair[0]) && is_space(&pair[1])) {
        out.extend_from_slice(value);
        return;
    }
    let words = value.split(is_space).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// Writes the canonical request.
pub(crate) fn request(
    rules: Rules,
    method: &Method,
    path: &str,
    query: &str,
    headers: &SignedHeaders<'_>,
    names: &str,
    payload: &str,
) -> Vec<u8> {
    let mut text = String::with_capacity(256 + path.len() * 2 + query.len() * 2);
    text.push_str(method.as_str());
    text.push('\n');
    write_path(&mut text, rules, path);
    text.push('\n');
    write_query(&mut text, query);
    text.push('\n');
    let mut out = text.into_bytes();
    headers.write_lines(&mut out);
    out.push(b'\n');
    out.extend_from_slice(names.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload.as_bytes());
    out
}

fn write_path(out: &mut String, rules: Rules, path: &str) {
    let path = if path.is_empty() { "/" } else { path };
    match rules {
        Rules::S3 => canonicalise(out, path, true),
        // The other services encode the path as it was sent, escapes and all.
        Rules::General { normalise: true } => encode(out, &without_dot_segments(path)),
        Rules::General { normalise: false } => encode(out, path),
    }
}

fn encode(out: &mut String, path: &str) {
    path.bytes().for_each(|byte| push(out, byte, true));
}

/// The path without `.`, `..` and empty segments (RFC 3986, section 5.2.4, and what AWS adds).
fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let mut out = String::with_capacity(path.len());
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    let is_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if kept.is_empty() || is_folder {
        out.push('/');
    }
    out
}

/// Names and values encoded, sorted by name and then value.
fn write_query(out: &mut String, query: &str) {
    if query.is_empty() {
        return;
    }
    let mut encoded = String::with_capacity(query.len() * 2);
    let mut pairs = Vec::with_capacity(8);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let start = encoded.len();
        canonicalise(&mut encoded, name, false);
        let middle = encoded.len();
        canonicalise(&mut encoded, value, false);
        pairs.push((start..middle, middle..encoded.len()));
    }
    pairs.sort_by(|(a_name, a_value), (b_name, b_value)| {
        (&encoded[a_name.clone()], &encoded[a_value.clone()])
            .cmp(&(&encoded[b_name.clone()], &encoded[b_value.clone()]))
    });
    for (at, (name, value)) in pairs.into_iter().enumerate() {
        if at > 0 {
            out.push('&');
        }
        out.push_str(&encoded[name]);
        out.push('=');
        out.push_str(&encoded[value]);
    }
}
