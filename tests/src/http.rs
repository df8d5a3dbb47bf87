use std::io::Read;
use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, SendBody};

/// A response, read whole.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Its headers.
    pub headers: ureq::http::HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The JSON body of an answer with this status.
    ///
    /// # Panics
    /// When the status is another.
    #[must_use]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }
}

/// Sends a request and reads its answer, whatever the status.
///
/// # Panics
/// When no answer comes.
#[must_use]
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(300)))
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_empty() && matches!(method, "GET" | "HEAD" | "DELETE") {
        SendBody::none()
    } else {
        SendBody::from_owned_reader(std::io::Cursor::new(body.to_vec()))
    };
    // Lengths are said where they are known, as clients do.
    let request = request.body(body).expect("a well-formed request");
    let response = agent.run(request).unwrap_or_else(|e| panic!("{method} {url}: {e}"));
    let (parts, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    body.as_reader().read_to_end(&mut bytes).expect("the body arrives whole");
    Answer { status: parts.status.as_u16(), headers: parts.headers, body: bytes }
}
