//! Failures on their way between the contract and the flows.

use pipeline::{Error, ErrorKind, Stage};

use crate::bindings::serene::types::types as wit;

/// A stage's failure.
pub fn from_wit_error(error: wit::Error, stage: Stage) -> Error {
    let (kind, fault) = read(error);
    failure(kind, fault, stage)
}

/// The failure of a stage that was given a body, which itself may have failed: then that is what the stage says, marked, and it is not the stage's
/// own.
pub fn from_reader(error: wit::Error, stage: Stage, of_body: Option<Error>) -> Error {
    let (kind, fault) = read(error);
    match of_body {
        Some(of_body) if fault.extras.iter().any(|(name, _)| name == CARRIED) => of_body,
        _ => failure(kind, fault, stage),
    }
}

fn failure(kind: ErrorKind, fault: wit::Fault, stage: Stage) -> Error {
    let wit::Fault { message, provider_status, extras } = fault;
    Error { kind, stage: Some(stage), message: plain(&message), provider_status, extras: facts(extras) }
}

fn read(error: wit::Error) -> (ErrorKind, wit::Fault) {
    use wit::Error as W;
    match error {
        W::Invalid(fault) => (ErrorKind::Invalid, fault),
        W::NotFound(fault) => (ErrorKind::NotFound, fault),
        W::Conflict(fault) => (ErrorKind::Conflict, fault),
        W::Denied(fault) => (ErrorKind::Denied, fault),
        W::TooLarge(fault) => (ErrorKind::TooLarge, fault),
        W::RateLimited(wit::PassingFault { fault, retry_after_ms }) => {
            (ErrorKind::RateLimited { retry_after_ms: soon(retry_after_ms) }, fault)
        }
        W::Unavailable(wit::PassingFault { fault, retry_after_ms }) => {
            (ErrorKind::Unavailable { retry_after_ms: soon(retry_after_ms) }, fault)
        }
        W::TimedOut(fault) => (ErrorKind::TimedOut, fault),
        W::Misconfigured(fault) => (ErrorKind::Misconfigured, fault),
        W::Failed(fault) => (ErrorKind::Failed, fault),
        W::Other(wit::OpenFault { code, retryable, http_status, fault }) => {
            (ErrorKind::Other { code: plain(&code), retryable, http_status }, fault)
        }
    }
}

/// The longest that a caller is sent away for, in milliseconds: a day.
const MAX_RETRY_AFTER_MS: u64 = 86_400_000;

fn soon(retry_after_ms: Option<u64>) -> Option<u64> {
    retry_after_ms.map(|ms| ms.min(MAX_RETRY_AFTER_MS))
}

/// Marks an error of a body on its way through a stage.
const CARRIED: &str = "from-the-caller";

/// The most characters of a text in which a stage says something of itself or of a failure.
const MAX_TEXT: usize = 2_000;
/// The most facts that are taken of a stage.
const MAX_FACTS: usize = 32;

/// What a stage says, as it may be shown, stored and logged: one line of bounded length.
pub fn plain(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = line.take(MAX_TEXT + 1).collect();
    if let Some((end, _)) = line.char_indices().nth(MAX_TEXT) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// The facts that a stage adds, as they may be shown.
pub fn facts(extras: Vec<(String, String)>) -> Vec<(String, String)> {
    let own = extras.into_iter().filter(|(name, _)| name != CARRIED);
    own.take(MAX_FACTS).map(|(name, value)| (plain(&name), plain(&value))).collect()
}

/// The failure of a body, for the stage that reads it.
pub fn to_wit_error(error: Error) -> wit::Error {
    use wit::Error as W;
    let Error { kind, message, provider_status, mut extras, .. } = error;
    extras.push((CARRIED.to_owned(), String::new()));
    let fault = wit::Fault { message, provider_status, extras };
    match kind {
        ErrorKind::Invalid => W::Invalid(fault),
        ErrorKind::NotFound => W::NotFound(fault),
        ErrorKind::Conflict => W::Conflict(fault),
        ErrorKind::Denied => W::Denied(fault),
        ErrorKind::TooLarge => W::TooLarge(fault),
        ErrorKind::RateLimited { retry_after_ms } => {
            W::RateLimited(wit::PassingFault { fault, retry_after_ms })
        }
        ErrorKind::Unavailable { retry_after_ms } => {
            W::Unavailable(wit::PassingFault { fault, retry_after_ms })
        }
        ErrorKind::TimedOut => W::TimedOut(fault),
        ErrorKind::Misconfigured => W::Misconfigured(fault),
        ErrorKind::Failed => W::Failed(fault),
        ErrorKind::Other { code, retryable, http_status } => {
            W::Other(wit::OpenFault { code, retryable, http_status, fault })
        }
    }
}
