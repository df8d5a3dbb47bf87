//! What an answer must be.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail, ensure};

use super::bindings::types::{Error, Fault};
use super::case::{Held, Outcome};
use super::lab::Answer;

/// How far the clocks of a provider and of this machine may be apart.
const CLOCKS: Duration = Duration::from_secs(3600);
/// A text that no message may repeat.
pub(super) const SECRET: &str = "Vermilion-Quince-7391";

/// The answer, which may not be an error.
pub(crate) fn success<T>(call: &str, answer: Answer<T>) -> Result<T> {
    answer.or_else(|error| bail!("{call} answered {}", told(&error)))
}

/// Checks that the answer is an error of this kind, and that it is a good one: with a message, which holds nothing of the input, and for
/// `too-large` with the limit and what was over it.
pub(super) fn refusal<T>(call: &str, answer: Answer<T>, kind: &str) -> Outcome {
    let Err(error) = answer else { bail!("{call} was answered, and not refused as `{kind}`") };
    ensure!(kind_of(&error) == kind, "{call} answered {}, and not `{kind}`", told(&error));
    let fault = fault_of(&error);
    ensure!(!fault.message.trim().is_empty(), "{call} answered `{kind}` without a message");
    ensure!(!holds_secret(fault), "the error that {call} answered repeats the text it was given");
    if kind == "too-large" {
        for name in ["limit", "actual"] {
            let value = fault.extras.iter().find(|(extra, _)| extra == name).map(|(_, value)| value);
            let Some(value) = value else { bail!("{call} answered `too-large` without the extra `{name}`") };
            ensure!(
                value.parse::<u64>().is_ok(),
                "{call} answered `too-large` with the {name} {value:?}, which is no number"
            );
        }
    }
    Ok(Held::Yes)
}

/// Whether a point in time, in milliseconds since 1970, is this many seconds from now, as far as clocks agree.
pub(super) fn is_about_now(ms: u64, seconds_later: u32) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let expected = now + Duration::from_secs(seconds_later.into());
    expected.abs_diff(Duration::from_millis(ms)) <= CLOCKS
}

fn holds_secret(fault: &Fault) -> bool {
    fault.message.contains(SECRET) || fault.extras.iter().any(|(_, value)| value.contains(SECRET))
}

/// The case of the error, as WIT spells it.
pub(super) fn kind_of(error: &Error) -> &'static str {
    match error {
        Error::Invalid(_) => "invalid",
        Error::NotFound(_) => "not-found",
        Error::Conflict(_) => "conflict",
        Error::Denied(_) => "denied",
        Error::TooLarge(_) => "too-large",
        Error::RateLimited(_) => "rate-limited",
        Error::Unavailable(_) => "unavailable",
        Error::TimedOut(_) => "timed-out",
        Error::Misconfigured(_) => "misconfigured",
        Error::Failed(_) => "failed",
        Error::Other(_) => "other",
    }
}

fn fault_of(error: &Error) -> &Fault {
    match error {
        Error::Invalid(fault)
        | Error::NotFound(fault)
        | Error::Conflict(fault)
        | Error::Denied(fault)
        | Error::TooLarge(fault)
        | Error::TimedOut(fault)
        | Error::Misconfigured(fault)
        | Error::Failed(fault) => fault,
        Error::RateLimited(passing) | Error::Unavailable(passing) => &passing.fault,
        Error::Other(open) => &open.fault,
    }
}

/// The error as it is shown: its case and its message.
pub(crate) fn told(error: &Error) -> String {
    format!("`{}`: {}", kind_of(error), fault_of(error).message)
}
