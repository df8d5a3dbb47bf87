//! What an answer other than success means.

use serde_json::Value;
use upstream::{Error, ErrorKind, Received, Verdict, Words};

use crate::config::API_KEY;
use crate::words::words;

/// gRPC's status codes, which Pinecone's data plane gives beside the HTTP status.
mod code {
    pub(super) const INVALID_ARGUMENT: i64 = 3;
    pub(super) const DEADLINE_EXCEEDED: i64 = 4;
    pub(super) const NOT_FOUND: i64 = 5;
    pub(super) const PERMISSION_DENIED: i64 = 7;
    pub(super) const RESOURCE_EXHAUSTED: i64 = 8;
    pub(super) const FAILED_PRECONDITION: i64 = 9;
    pub(super) const OUT_OF_RANGE: i64 = 11;
    pub(super) const UNAVAILABLE: i64 = 14;
    pub(super) const UNAUTHENTICATED: i64 = 16;
}

/// An answer that is not the one wanted.
pub(crate) struct Refusal<'a> {
    answer: &'a Received,
    words: Words,
    grpc: Option<i64>,
    code: Option<String>,
}

impl<'a> Refusal<'a> {
    /// Reads a refusal of a request with this body.
    pub(crate) fn read(answer: &'a Received, sent: &[u8]) -> Self {
        let words = words(answer, sent);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let grpc = body.get("code").and_then(Value::as_i64);
        let code = body.pointer("/error/code").and_then(Value::as_str).map(str::to_owned);
        Self { answer, words, grpc, code: code.or_else(|| grpc.map(|code| code.to_string())) }
    }

    /// Whether it says that the namespace does not exist: nothing was ever stored in it.
    pub(crate) fn is_absent_namespace(&self) -> bool {
        self.answer.status == http::StatusCode::NOT_FOUND
            && (self.grpc == Some(code::NOT_FOUND) || self.says("namespace"))
    }

    fn says(&self, text: &str) -> bool {
        self.words.mention(text)
    }

    /// The error of a kind: `sentence`, then Pinecone's own words, then what to do.
    fn error(&self, kind: ErrorKind, sentence: &str, advice: &str) -> Error {
        let mut error =
            Error::new(kind, self.words.between(sentence, advice)).with_status(self.answer.status);
        if let Some(code) = &self.code {
            error = error.with("provider-code", code);
        }
        let id = ["x-pinecone-request-id", "x-request-id"].iter().find_map(|name| self.answer.header(name));
        match id {
            Some(id) => error.with("request-id", id),
            None => error,
        }
    }

    /// The status that says most: the HTTP status, and the gRPC code's where that is one of the two used for anything.
    fn status(&self) -> u16 {
        let status = self.answer.status.as_u16();
        if !matches!(status, 400 | 500) {
            return status;
        }
        match self.grpc {
            Some(code::INVALID_ARGUMENT | code::FAILED_PRECONDITION | code::OUT_OF_RANGE) => 400,
            Some(code::DEADLINE_EXCEEDED) => 504,
            Some(code::NOT_FOUND) => 404,
            Some(code::PERMISSION_DENIED) => 403,
            Some(code::RESOURCE_EXHAUSTED) => 429,
            Some(code::UNAVAILABLE) => 503,
            Some(code::UNAUTHENTICATED) => 401,
            _ => status,
        }
    }

    /// What to do about it. `address_variable` names the variable that says where the request went.
    pub(crate) fn verdict<T>(&self, address_variable: &str) -> Verdict<T> {
        use ErrorKind as Kind;
        let later = "Try again later.";
        match self.status() {
            400 | 422 if self.says("dimension") => Verdict::Fail(self.error(
                Kind::Misconfigured,
                "The index does not take vectors of this size.",
                "Use an index with as many dimensions as the embedder's vectors have.",
            )),
            400 if self.says("size") && self.says("exceed") => self.too_large(),
            400 | 422 => Verdict::Fail(self.error(Kind::Invalid, "Pinecone refused the request.", "")),
            401 => Verdict::Fail(
                self.error(
                    Kind::Misconfigured,
                    "Pinecone refused the key.",
                    &format!("Set {API_KEY} to a valid key of the index's project."),
                )
                .with("variable", API_KEY),
            ),
            402 => Verdict::Fail(
                self.error(
                    Kind::Denied,
                    "Pinecone asks for payment.",
                    "Check the organization's billing and plan.",
                )
                .with("reason", "quota-exhausted"),
            ),
            403 => Verdict::Fail(
                self.error(
                    Kind::Denied,
                    "Pinecone does not allow this with the key.",
                    "Check the key's project and role, and the plan's quota.",
                )
                .with("variable", API_KEY),
            ),
            300..=399 | 404 | 405 => Verdict::Fail(
                self.error(
                    Kind::Misconfigured,
                    &format!("There is no such index at Pinecone (status {}).", self.answer.status.as_u16()),
                    &format!("Set {address_variable} to an index of the key's project."),
                )
                .with("variable", address_variable),
            ),
            408 | 504 => Verdict::Retry(self.error(
                Kind::TimedOut,
                "Pinecone took too long.",
                "Try again with more time.",
            )),
            409 | 412 => Verdict::Fail(self.error(
                Kind::Conflict,
                "The index is not in the state that this needs.",
                later,
            )),
            413 => self.too_large(),
            // A plan's limit for the month does not pass while anyone waits.
            429 if self.says("month") => Verdict::Fail(
                self.error(
                    Kind::Denied,
                    "Pinecone's monthly limit is used up.",
                    "Upgrade the plan, or wait for the next month.",
                )
                .with("reason", "quota-exhausted"),
            ),
            429 => Verdict::Retry(self.error(
                Kind::RateLimited,
                "Pinecone asks for fewer requests a second.",
                "Wait, or raise the limits of the plan.",
            )),
            500 => Verdict::Retry(self.error(Kind::Failed, "Pinecone failed unexpectedly.", later)),
            502 | 503 => Verdict::Retry(self.error(Kind::Unavailable, "Pinecone cannot work now.", later)),
            501..=599 => Verdict::Fail(self.error(Kind::Unavailable, "Pinecone cannot work now.", later)),
            status => Verdict::Fail(self.error(
                Kind::Failed,
                &format!("Pinecone answered with status {status}."),
                "",
            )),
        }
    }

    fn too_large<T>(&self) -> Verdict<T> {
        Verdict::Fail(self.error(
            ErrorKind::TooLarge,
            "This is more than Pinecone takes or returns at once.",
            "Ask for fewer matches, or keep less metadata with each vector.",
        ))
    }
}
