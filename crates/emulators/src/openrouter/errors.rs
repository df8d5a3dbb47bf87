//! Refusals: `{"error": {"code", "message", "metadata"}}`.

use serde_json::{Value, json};

use crate::server::reply::{self, Reply};

/// A refusal, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) error: Value,
    retry_after: Option<u32>,
}

impl Refusal {
    pub(super) fn new(status: u16, message: &str) -> Self {
        Self { status, error: json!({ "code": status, "message": message }), retry_after: None }
    }

    pub(super) fn bad(message: impl AsRef<str>) -> Self {
        Self::new(400, message.as_ref())
    }

    /// With `error.metadata`.
    pub(super) fn with(mut self, metadata: Value) -> Self {
        self.error["metadata"] = metadata;
        self
    }

    /// With `Retry-After` in seconds.
    pub(super) fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The newer shape, which has no code: `message`, `error_type`, `http_status`, `availability`.
    pub(super) fn availability(status: u16, message: &str, code: &str, retry_after: Option<u32>) -> Self {
        let availability =
            json!({ "code": code, "retryable": retry_after.is_some(), "retry_after": retry_after });
        let error = json!({
            "message": message,
            "error_type": "provider_unavailable",
            "http_status": status,
            "availability": availability,
            "metadata": { "previous_errors": [] },
        });
        Self { status, error, retry_after }
    }

    pub(super) fn reply(&self) -> Reply {
        let mut reply = reply::json(self.status, &json!({ "error": self.error, "user_id": "user_emulated" }));
        if let Some(seconds) = self.retry_after {
            reply::set(&mut reply, "retry-after", &seconds.to_string());
        }
        reply
    }
}
