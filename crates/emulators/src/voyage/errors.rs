//! Refusals: `{"detail": …}`.

use serde_json::{Value, json};

use crate::server::Reply;
use crate::server::reply::json as reply;

/// A status and what to say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    status: u16,
    detail: Value,
}

impl Refusal {
    /// 400 and a sentence.
    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self { status: 400, detail: Value::String(detail.into()) }
    }

    pub(super) fn with_status(status: u16, detail: &str) -> Self {
        Self { status, detail: Value::String(detail.to_owned()) }
    }

    /// 422 and a list, as FastAPI's validation gives it.
    pub(super) fn unprocessable(kind: &str, place: &[&str], message: &str) -> Self {
        let mut loc = vec!["body"];
        loc.extend(place);
        Self { status: 422, detail: json!([{ "type": kind, "loc": loc, "msg": message }]) }
    }

    pub(super) fn reply(&self) -> Reply {
        reply(self.status, &json!({ "detail": self.detail }))
    }
}
