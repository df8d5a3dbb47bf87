use std::io::Read;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, AsSendBody, Body, SendBody};

use crate::contract;

/// The longest an exchange may take, and one of a large file.
const PATIENCE: Duration = Duration::from_secs(300);
const LONG_PATIENCE: Duration = Duration::from_secs(1800);

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

/// Sends a request and reads its answer, whatever the status that `openapi.json` allows. The body's length is said, as clients do that have it at hand.
///
/// # Panics
/// When no answer comes.
#[must_use]
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    if body.is_empty() && matches!(method, "GET" | "HEAD" | "DELETE") {
        return held(method, url, send(method, url, headers, (), PATIENCE));
    }
    held(method, url, send(method, url, headers, body, PATIENCE))
}

/// The same for a server that may die meanwhile: `None` when no answer came, or only a part of one.
#[must_use]
pub fn try_request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
    let response = if body.is_empty() && matches!(method, "GET" | "HEAD" | "DELETE") {
        try_send(method, url, headers, (), PATIENCE)
    } else {
        try_send(method, url, headers, body, PATIENCE)
    };
    let answer = try_whole(response.ok()?)?;
    contract::check(method, url, &answer);
    Some(answer)
}

/// Sends a body of unknown length as it is read, and reads the answer.
///
/// # Panics
/// When no answer comes.
#[must_use]
pub fn upload(method: &str, url: &str, headers: &[(&str, &str)], body: impl Read + 'static) -> Answer {
    held(method, url, send(method, url, headers, SendBody::from_owned_reader(body), LONG_PATIENCE))
}

/// Reads a file as it comes.
///
/// # Panics
/// When it is not there.
pub fn download(url: &str) -> impl Read {
    let response = send("GET", url, &[], (), LONG_PATIENCE);
    assert_eq!(response.status(), 200, "GET {url}");
    response.into_body().into_reader()
}

/// The answer, held to the description of the API.
fn held(method: &str, url: &str, response: Response<Body>) -> Answer {
    let answer = whole(response);
    contract::check(method, url, &answer);
    answer
}

fn whole(response: Response<Body>) -> Answer {
    try_whole(response).expect("the body arrives whole")
}

fn try_whole(response: Response<Body>) -> Option<Answer> {
    let (parts, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    body.as_reader().read_to_end(&mut bytes).ok()?;
    Some(Answer { status: parts.status.as_u16(), headers: parts.headers, body: bytes })
}

fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: impl AsSendBody,
    patience: Duration,
) -> Response<Body> {
    try_send(method, url, headers, body, patience).unwrap_or_else(|e| panic!("{method} {url}: {e}"))
}

fn try_send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: impl AsSendBody,
    patience: Duration,
) -> Result<Response<Body>, ureq::Error> {
    let agent: Agent =
        Agent::config_builder().http_status_as_error(false).timeout_global(Some(patience)).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body).expect("a well-formed request");
    agent.run(request)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// What a request looks like on the wire.
    fn sent(request: impl FnOnce(&str) -> Answer) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("the request comes");
            let mut seen = Vec::new();
            while !seen.ends_with(b"hello") && !seen.ends_with(b"0\r\n\r\n") {
                let mut bytes = [0; 1024];
                let length = stream.read(&mut bytes).expect("the request is read");
                seen.extend_from_slice(&bytes[..length]);
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("the answer is sent");
            String::from_utf8_lossy(&seen).to_lowercase()
        });
        assert_eq!(request(&url).status, 204);
        server.join().expect("the server has no reason to panic")
    }

    #[test]
    fn bytes_go_with_their_length_and_readers_without() {
        let bytes = sent(|url| request("PUT", url, &[], b"hello"));
        assert!(bytes.contains("content-length: 5\r\n") && !bytes.contains("chunked"), "{bytes}");
        let reader = sent(|url| upload("PUT", url, &[], Cursor::new(b"hello")));
        assert!(reader.contains("transfer-encoding: chunked\r\n"), "{reader}");
        assert!(!reader.contains("content-length"), "{reader}");
    }
}
