//! How a call to a provider fails.

use std::time::Duration;

use crate::TransportFault;

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

    /// The same error with one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.extras.push((name.to_owned(), value.into()));
        self
    }

    /// The value of a fact.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extras.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// What an exchange without an answer means for a call to `provider`, such as `S3`.
    pub(crate) fn transport(provider: &str, host: &str, fault: TransportFault) -> Self {
        use TransportFault as Fault;
        let (kind, message) = match fault {
            Fault::NotPermitted => (
                ErrorKind::Misconfigured,
                format!(
                    "This component may not call {host}. Add it to allowed_outbound_hosts, and let the stage inherit them."
                ),
            ),
            Fault::NoSuchHost => (
                ErrorKind::Unavailable,
                format!(
                    "{provider} at {host} cannot be found: the name has no address. Check the address, then try again."
                ),
            ),
            Fault::Refused => (
                ErrorKind::Unavailable,
                format!("{provider} at {host} does not accept connections. Try again later."),
            ),
            Fault::Tls => (
                ErrorKind::Unavailable,
                format!(
                    "No secure connection to {provider} at {host}: its certificate or protocol does not fit. Check the address."
                ),
            ),
            Fault::Broken => {
                (ErrorKind::Unavailable, format!("The connection to {provider} at {host} broke. Try again."))
            }
            Fault::TimedOut => (
                ErrorKind::TimedOut,
                format!("{provider} at {host} took too long to answer. Try again with more time."),
            ),
            Fault::NotHttp => (
                ErrorKind::Failed,
                format!("What {host} answered is not HTTP. Check the address of {provider}."),
            ),
            Fault::BadRequest => {
                (ErrorKind::Failed, format!("The request to {provider} could not be sent as it was made."))
            }
        };
        Self::new(kind, message).with("host", host)
    }
}
