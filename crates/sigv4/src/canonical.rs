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

/// The headers that a signature covers, by name; each with its place in the request: values of one name keep their order.
pub(crate) struct SignedHeaders<'a>(Vec<(&'a str, usize, &'a [u8])>);

impl<'a> SignedHeaders<'a> {
    /// Those of a request, and its host.
    pub(crate) fn new(headers: &'a HeaderMap, host: &'a str) -> Self {
        let mut signed = Vec::with_capacity(headers.len() + 1);
        signed.push(("host", 0, host.as_bytes()));
        let wanted = |name: &HeaderName| name != http::header::HOST && !UNSIGNED.contains(&name.as_str());
        let wanted = headers.iter().filter(|(name, _)| wanted(name)).enumerate();
        signed.extend(wanted.map(|(place, (name, value))| (name.as_str(), place, value.as_bytes())));
        // In place: sorting so that equals keep their order would take memory.
        signed.sort_unstable_by_key(|(name, place, _)| (*name, *place));
        Self(signed)
    }

    /// Their names, joined by `;`.
    pub(crate) fn names(&self) -> String {
        let mut out = String::with_capacity(self.0.iter().map(|(name, ..)| name.len() + 1).sum());
        let mut last = "";
        for (name, ..) in &self.0 {
            if *name == last {
                continue;
            }
            if !last.is_empty() {
                out.push(';');
            }
            out.push_str(name);
            last = name;
        }
        out
    }

    /// Bytes of their lines, or more.
    fn lines_len(&self) -> usize {
        self.0.iter().map(|(name, _, value)| name.len() + value.len() + 2).sum()
    }

    /// `name:value` lines; values of one name joined by `,`.
    fn write_lines(&self, out: &mut Vec<u8>) {
        let mut last = "";
        for (name, _, value) in &self.0 {
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
    let sizes = [path.len() * 2, query.len() * 2, headers.lines_len(), names.len(), payload.len()];
    let mut text = String::with_capacity(sizes.iter().sum::<usize>() + 32);
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
