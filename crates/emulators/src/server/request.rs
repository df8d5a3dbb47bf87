//! A request that was read whole.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request as a [`Service`](super::Service) gets it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path as sent, percent-encoded, without the query.
    pub path: String,
    /// Its query as sent, without the question mark; empty where there is none.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// What the service was told to do with it by [`Effect::Act`](super::Effect::Act).
    pub act: Option<String>,
}

impl Request {
    pub(super) fn new(head: Parts, body: Bytes, act: Option<String>) -> Self {
        Self {
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            method: head.method,
            headers: head.headers,
            body,
            act,
        }
    }

    /// The parts of the path between its slashes, percent-decoded.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        let path = self.path.trim_matches('/');
        path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
    }

    /// The query's pairs in their order, decoded.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The first value of this name in the query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.pairs().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A header's value; `None` also where it is no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the body says that it is JSON.
    #[must_use]
    pub fn says_json(&self) -> bool {
        self.header("content-type").is_some_and(|value| {
            let kind = value.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        })
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is none; the text says at which line and column.
    pub fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|error| error.to_string())
    }

    /// Whether the service was told to do this.
    #[must_use]
    pub fn acts(&self, name: &str) -> bool {
        self.act.as_deref() == Some(name)
    }
}
