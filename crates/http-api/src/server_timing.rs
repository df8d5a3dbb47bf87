//! The `Server-Timing` header (W3C Server Timing): how long each stage took.

use std::fmt::Write;
use std::time::Duration;

use http::HeaderValue;

/// The most names in one header; further ones are left out.
pub const MAX_TIMINGS: usize = 32;

/// How long each stage of a request took, in the order in which the stages were first named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerTiming(Vec<(String, Duration)>);

impl ServerTiming {
    /// Adds a figure. Figures of one name add up, as a stage may be called more than once. A name consists of token characters (RFC 9110);
    /// any other becomes `-`, and an empty name `-` alone.
    pub fn add(&mut self, name: &str, took: Duration) {
        let name: String = name.chars().map(|c| if is_tchar(c) { c } else { '-' }).take(64).collect();
        let name = if name.is_empty() { "-".to_owned() } else { name };
        if let Some((_, total)) = self.0.iter_mut().find(|(known, _)| *known == name) {
            *total = total.saturating_add(took);
        } else if self.0.len() < MAX_TIMINGS {
            self.0.push((name, took));
        }
    }

    /// The header's value, durations in milliseconds with three decimals; `None` when nothing was added.
    #[must_use]
    pub fn to_header(&self) -> Option<HeaderValue> {
        let mut value = String::new();
        for (name, took) in &self.0 {
            let separator = if value.is_empty() { "" } else { ", " };
            let micros = took.as_micros();
            // Writing to a String does not fail.
            let _ = write!(value, "{separator}{name};dur={}.{:03}", micros / 1000, micros % 1000);
        }
        if value.is_empty() { None } else { HeaderValue::try_from(value).ok() }
    }
}

const fn is_tchar(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '!' | '#'..='\'' | '*' | '+' | '-' | '.' | '^'..='`' | '|' | '~')
}
