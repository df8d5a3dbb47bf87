//! Refusals, whose status is 400 whatever their true one, but for a few.

use serde_json::json;

use crate::server::{Reply, Request, reply};

/// A refusal, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// What HTTP says.
    status: u16,
    /// What is meant.
    true_status: u16,
    code: &'static str,
    error: &'static str,
    message: String,
}

impl Refusal {
    fn new(true_status: u16, code: &'static str, error: &'static str, message: &str) -> Self {
        Self { status: 400, true_status, code, error, message: message.to_owned() }
    }

    pub(super) fn no_key() -> Self {
        Self::new(404, "NoSuchKey", "not_found", "Object not found")
    }

    pub(super) fn no_bucket() -> Self {
        Self::new(404, "NoSuchBucket", "Bucket not found", "Bucket not found")
    }

    pub(super) fn denied(why: &str) -> Self {
        Self::new(403, "AccessDenied", "Unauthorized", why)
    }

    pub(super) fn bad_token(why: &str) -> Self {
        Self::new(400, "InvalidJWT", "InvalidJWT", why)
    }

    pub(super) fn bad_signature() -> Self {
        Self::new(400, "InvalidSignature", "InvalidSignature", "Invalid signature")
    }

    pub(super) fn bad_key(key: &str) -> Self {
        Self::new(400, "InvalidKey", "InvalidKey", &format!("Invalid key: {key}"))
    }

    pub(super) fn bad_bucket() -> Self {
        Self::new(400, "InvalidBucketName", "Invalid Input", "Bucket name invalid")
    }

    pub(super) fn duplicate(code: &'static str) -> Self {
        Self::new(409, code, "Duplicate", "The resource already exists")
    }

    pub(super) fn too_large() -> Self {
        let message = "The object exceeded the maximum allowed size";
        Self::new(413, "EntityTooLarge", "Payload too large", message)
    }

    pub(super) fn invalid(message: &str) -> Self {
        Self::new(400, "InvalidRequest", "InvalidRequest", message)
    }

    pub(super) fn no_route(request: &Request) -> Self {
        let message = format!("Route {}:{} not found", request.method, request.path);
        Self { status: 404, ..Self::new(404, "InvalidRequest", "Not Found", &message) }
    }

    pub(super) fn reply(&self) -> Reply {
        let body = json!({
            "statusCode": self.true_status.to_string(),
            "code": self.code,
            "error": self.error,
            "message": self.message,
        });
        reply::json(self.status, &body)
    }
}
