//! Between the contract's errors and upstream's.

use std::time::Duration;

use upstream::ErrorKind;

use crate::types::{Error, Fault, PassingFault};

impl From<upstream::Error> for Error {
    fn from(error: upstream::Error) -> Self {
        let retry_after_ms =
            error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let fault = Fault { message: error.message, provider_status: error.status, extras: error.extras };
        match error.kind {
            ErrorKind::Invalid => Self::Invalid(fault),
            ErrorKind::NotFound => Self::NotFound(fault),
            ErrorKind::Conflict => Self::Conflict(fault),
            ErrorKind::Denied => Self::Denied(fault),
            ErrorKind::TooLarge => Self::TooLarge(fault),
            ErrorKind::RateLimited => Self::RateLimited(PassingFault { fault, retry_after_ms }),
            ErrorKind::Unavailable => Self::Unavailable(PassingFault { fault, retry_after_ms }),
            ErrorKind::TimedOut => Self::TimedOut(fault),
            ErrorKind::Misconfigured => Self::Misconfigured(fault),
            ErrorKind::Failed => Self::Failed(fault),
        }
    }
}

/// An error that came into a stage, in a body's outcome, for a client that works with upstream's.
pub(crate) fn received(error: Error) -> upstream::Error {
    let passing = |kind, PassingFault { fault, retry_after_ms }| (kind, fault, retry_after_ms);
    let (kind, fault, retry_after_ms) = match error {
        Error::Invalid(fault) => (ErrorKind::Invalid, fault, None),
        Error::NotFound(fault) => (ErrorKind::NotFound, fault, None),
        Error::Conflict(fault) => (ErrorKind::Conflict, fault, None),
        Error::Denied(fault) => (ErrorKind::Denied, fault, None),
        Error::TooLarge(fault) => (ErrorKind::TooLarge, fault, None),
        Error::RateLimited(fault) => passing(ErrorKind::RateLimited, fault),
        Error::Unavailable(fault) => passing(ErrorKind::Unavailable, fault),
        Error::TimedOut(fault) => (ErrorKind::TimedOut, fault, None),
        Error::Misconfigured(fault) => (ErrorKind::Misconfigured, fault, None),
        Error::Failed(fault) => (ErrorKind::Failed, fault, None),
        Error::Other(open) if open.retryable => (ErrorKind::Failed, open.fault, None),
        Error::Other(open) => (ErrorKind::Invalid, open.fault, None),
    };
    upstream::Error {
        kind,
        message: fault.message,
        status: fault.provider_status,
        retry_after: retry_after_ms.map(Duration::from_millis),
        extras: fault.extras,
    }
}
