//! How a call to a provider fails.

use std::time::Duration;

/// The cases of `serene:types/error`, each with one retry rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input breaks a rule. Never retry unchanged.
    Invalid,
    /// What was asked for does not exist.
    NotFound,
    /// The state found is not the state required.
    Conflict,
    /// The credentials are valid but do not allow this.
    Denied,
    /// Over a limit.
    TooLarge,
    /// The provider asks for fewer calls.
    RateLimited,
    /// The provider cannot be reached or cannot work now.
    Unavailable,
    /// Time ran out.
    TimedOut,
    /// An operator must set something.
    Misconfigured,
    /// The provider broke in a way that is not the caller's doing.
    Failed,
}

/// A failed call: what was wrong, where, and what to do about it. Holds no secret, no signed URL and no text of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The case.
    pub kind: ErrorKind,
    /// One or two plain sentences.
    pub message: String,
    /// The HTTP status the provider answered with, when it answered.
    pub status: Option<u16>,
    /// How long to wait before the next try, when the provider said so.
    pub retry_after: Option<Duration>,
    /// More facts by kebab-case names, as in the contract's `fault.extras`: `provider-code`, `request-id`, `tries`, `variable`…
    pub extras: Vec<(String, String)>,
}

impl Error {
    /// An error with nothing but its case and message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), status: None, retry_after: None, extras: Vec::new() }
    }

    /// Bad input.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Something an operator must set; `variable` names it.
    pub fn misconfigured(variable: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Misconfigured, message).with("variable", variable)
    }

    /// A variable that an operator must set and has not; `advice` says to what.
    #[must_use]
    pub fn not_set(variable: &str, advice: &str) -> Self {
        let environment = variable.to_ascii_uppercase();
        let message =
            format!("{variable} is not set. {advice} In the environment it is SPIN_VARIABLE_{environment}.");
        Self::misconfigured(variable, message)
    }

    /// Something broke.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// Over a limit; both figures go into the extras.
    pub fn too_large(what: &str, limit: u64, actual: u64) -> Self {
        Self::new(ErrorKind::TooLarge, format!("{what} is over the limit of {limit} (this one: {actual})."))
            .with("limit", limit.to_string())
            .with("actual", actual.to_string())
    }

    /// The same error with the provider's status.
    #[must_use]
    pub const fn with_status(mut self, status: http::StatusCode) -> Self {
        self.status = Some(status.as_u16());
        self
    }

    /// The same error with a fact, which takes the place of one of the same name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.extras.retain(|(known, _)| known != name);
        self.extras.push((name.to_owned(), value.into()));
        self
    }

    /// The value of a fact.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extras.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}
