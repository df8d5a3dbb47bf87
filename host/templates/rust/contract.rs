//! What every stage says of itself, and how it refuses a call.

#![allow(dead_code, reason = "not every stage needs all of it")]

use crate::bindings::serene::types::types::{Error, Fault, StageInfo};

/// Who the stage is, by its Cargo.toml. What Serene computed with another version is computed again: raise it when the results change.
pub fn stage() -> StageInfo {
    StageInfo {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extras: Vec::new(),
    }
}

/// Who the stage is together with the one that it goes around. What that one says of itself stays known.
pub fn around(inner: StageInfo) -> StageInfo {
    let mut extras = inner.extras;
    extras.push(("around".to_owned(), format!("{}@{}", inner.name, inner.version)));
    StageInfo { extras, ..stage() }
}

/// What went wrong, in words and in facts. An error never repeats a text.
pub fn fault(message: &str, extras: &[(&str, &str)]) -> Fault {
    let extras = extras.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Fault { message: message.to_owned(), provider_status: None, extras }
}

/// The call breaks a rule of the contract or of the stage.
pub fn invalid(message: &str) -> Error {
    Error::Invalid(fault(message, &[]))
}

/// Refuses what is over a limit, and says by how much.
pub fn within(what: &str, limit: usize, actual: usize) -> Result<(), Error> {
    if actual <= limit {
        return Ok(());
    }
    let message = format!("There are {actual} {what}, and at most {limit} are taken.");
    let extras = [("limit", limit.to_string()), ("actual", actual.to_string())];
    Err(Error::TooLarge(fault(&message, &extras.each_ref().map(|(name, value)| (*name, value.as_str())))))
}
