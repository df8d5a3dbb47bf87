//! Errors as the contract wants them.

use crate::types::{Error, Fault, PassingFault};

/// A fault with these extras.
pub fn refuse(message: &str, extras: &[(&str, &str)]) -> Fault {
    let extras = extras.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Fault { message: message.to_owned(), provider_status: None, extras }
}

pub fn invalid(message: &str) -> Error {
    Error::Invalid(refuse(message, &[]))
}

pub fn too_large(message: &str, limit: usize, actual: usize) -> Error {
    let (limit, actual) = (limit.to_string(), actual.to_string());
    Error::TooLarge(refuse(message, &[("limit", &limit), ("actual", &actual)]))
}

pub fn unavailable(message: &str) -> Error {
    Error::Unavailable(PassingFault { fault: refuse(message, &[]), retry_after_ms: None })
}
