//! Refusals, in the shapes of the two planes.

use serde_json::json;

use crate::server::Reply;
use crate::server::reply::json as reply;

/// A refusal by the control plane.
pub(super) fn control(status: u16, code: &str, message: &str) -> Reply {
    reply(status, &json!({ "status": status, "error": { "code": code, "message": message } }))
}

/// A refusal by the data plane: a status, a gRPC code and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: u8,
    pub(super) message: String,
}

impl Refusal {
    /// 400, gRPC's invalid argument.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, code: 3, message: message.into() }
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self { status: 404, code: 5, message: message.into() }
    }

    pub(super) fn reply(&self) -> Reply {
        reply(self.status, &json!({ "code": self.code, "message": self.message, "details": [] }))
    }
}
