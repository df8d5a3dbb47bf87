//! Refusals, in the four shapes that Mistral has.

use serde_json::{Value, json};

use crate::server::Reply;
use crate::server::reply::json as reply;

/// A refusal, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    status: u16,
    body: Value,
}

impl Refusal {
    /// The documented shape.
    pub(super) fn error(status: u16, kind: &str, code: &str, message: &str) -> Self {
        let body =
            json!({ "object": "error", "message": message, "type": kind, "param": null, "code": code });
        Self { status, body }
    }

    /// Of a document that cannot be read.
    pub(super) fn document(message: &str) -> Self {
        Self::error(400, "invalid_request_file", "3051", message)
    }

    /// 422: a list of what is wrong where.
    pub(super) fn unprocessable(problems: Vec<Value>) -> Self {
        Self { status: 422, body: json!({ "detail": problems }) }
    }

    /// One thing wrong in one field.
    pub(super) fn field(kind: &str, place: &[&str], message: &str) -> Self {
        Self::unprocessable(vec![problem(kind, place, message)])
    }

    /// 401 for a request without a key, in one shape, and with a wrong one, in the other.
    pub(super) fn unauthorized(has_key: bool) -> Self {
        let body = if has_key {
            json!({ "message": "Unauthorized", "request_id": "00000000000000000000000000000000" })
        } else {
            json!({ "detail": "Unauthorized" })
        };
        Self { status: 401, body }
    }

    pub(super) fn plain(status: u16, detail: &str) -> Self {
        Self { status, body: json!({ "detail": detail }) }
    }

    pub(super) fn reply(&self) -> Reply {
        reply(self.status, &self.body)
    }
}

/// An entry of a 422.
pub(super) fn problem(kind: &str, place: &[&str], message: &str) -> Value {
    let mut loc = vec!["body"];
    loc.extend(place);
    json!({ "type": kind, "loc": loc, "msg": message })
}
