//! Answers.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

/// An answer with its whole body.
pub type Reply = Response<Bytes>;

/// An answer of JSON. A status out of range counts as 500.
#[must_use]
pub fn json(status: u16, body: &Value) -> Reply {
    with_type(status, "application/json", body.to_string().into())
}

/// An answer of plain text.
#[must_use]
pub fn text(status: u16, body: &str) -> Reply {
    with_type(status, "text/plain; charset=utf-8", body.to_owned().into())
}

/// An answer of any kind.
#[must_use]
pub fn with_type(status: u16, media_type: &str, body: Bytes) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set(&mut reply, CONTENT_TYPE.as_str(), media_type);
    reply
}

/// Sets a header; one that HTTP does not allow is left out.
pub fn set(reply: &mut Reply, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        reply.headers_mut().insert(name, value);
    }
}
