//! Failures on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::{Method, Uri};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reply::{self, Reply};

/// What goes wrong, where, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The path begins so; empty for every path.
    #[serde(default)]
    pub path: String,
    /// Only requests of this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose query has this pair, as sent, such as `partNumber=2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// So many matching requests pass unharmed before the first one is hit.
    #[serde(default)]
    pub after: u32,
    /// So many requests are hit.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens to them.
    pub effect: Effect,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It gets this answer, and is not carried out.
    Answer(Answer),
    /// So many milliseconds pass, then it is carried out.
    DelayMs(u64),
    /// The connection is reset, and it is not carried out.
    Reset,
    /// It is carried out, then the connection is reset without an answer.
    LoseAnswer,
    /// It is carried out; the answer's body breaks off in the middle.
    Truncate,
    /// It is carried out; the answer's body is bytes that are no text.
    Garbage,
    /// Nothing is ever answered, and it is not carried out; the connection stays open.
    Stall,
    /// It is carried out; in the middle of its body, the answer stops coming. The connection stays open.
    StallBody,
    /// The service behaves in a way of its own; see the module of each for the names.
    Act(String),
}

/// An answer made up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status, 200 to 599.
    pub status: u16,
    /// The body: a string is sent as plain text, anything else as JSON; nothing, if left out.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// When to come again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryAfter>,
}

/// How a service says when to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// `Retry-After` in seconds.
    Seconds(u64),
    /// `Retry-After` as a date, so many seconds from now.
    DateIn(u64),
    /// `retry-after-ms` in milliseconds.
    Milliseconds(u64),
}

impl Fault {
    /// Hits the next request, whatever it is.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self { path: String::new(), method: None, query: None, after: 0, times: 1, effect }
    }

    /// Only requests whose path begins so.
    #[must_use]
    pub fn on(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    /// Only requests whose query has this pair, as sent.
    #[must_use]
    pub fn query(self, pair: &str) -> Self {
        Self { query: Some(pair.to_owned()), ..self }
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn after(self, requests: u32) -> Self {
        Self { after: requests, ..self }
    }

    /// Hits so many requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    fn matches(&self, method: &Method, uri: &Uri) -> bool {
        let method_fits =
            self.method.as_deref().is_none_or(|name| name.eq_ignore_ascii_case(method.as_str()));
        let has = |wanted: &str| uri.query().unwrap_or_default().split('&').any(|pair| pair == wanted);
        method_fits && uri.path().starts_with(&self.path) && self.query.as_deref().is_none_or(has)
    }
}

impl Effect {
    /// An answer of this status and no body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer(Answer { status, ..Answer::default() })
    }

    /// Whether the request is not carried out.
    pub(super) fn keeps_from_the_work(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::Reset | Self::Stall)
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Answer(answer) => format!("answer {}", answer.status),
            Self::DelayMs(delay) => format!("delay {delay} ms"),
            Self::Reset => "reset".to_owned(),
            Self::LoseAnswer => "lose_answer".to_owned(),
            Self::Truncate => "truncate".to_owned(),
            Self::Garbage => "garbage".to_owned(),
            Self::Stall => "stall".to_owned(),
            Self::StallBody => "stall_body".to_owned(),
            Self::Act(name) => format!("act {name}"),
        }
    }
}

impl Answer {
    pub(super) fn reply(&self) -> Reply {
        let mut reply = match &self.body {
            Value::Null => reply::text(self.status, ""),
            Value::String(text) => reply::text(self.status, text),
            body => reply::json(self.status, body),
        };
        for (name, value) in &self.headers {
            reply::set(&mut reply, name, value);
        }
        match self.retry_after {
            None => {}
            Some(RetryAfter::Seconds(seconds)) => {
                reply::set(&mut reply, "retry-after", &seconds.to_string());
            }
            Some(RetryAfter::DateIn(seconds)) => {
                let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds));
                reply::set(&mut reply, "retry-after", &date);
            }
            Some(RetryAfter::Milliseconds(milliseconds)) => {
                reply::set(&mut reply, "retry-after-ms", &milliseconds.to_string());
            }
        }
        reply
    }
}

/// The faults still to come; a handle that can be cloned.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Adds one. Of several that match a request, the one added first happens to it, alone.
    pub fn add(&self, fault: Fault) {
        self.change(|faults| faults.push(fault));
    }

    /// Those still to come.
    #[must_use]
    pub fn pending(&self) -> Vec<Fault> {
        self.change(|faults| faults.clone())
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.change(Vec::clear);
    }

    /// The effect on a request, taken off the list.
    pub(super) fn take(&self, method: &Method, uri: &Uri) -> Option<Effect> {
        self.change(|faults| {
            faults.retain(|fault| fault.times > 0);
            let fault = faults.iter_mut().find(|fault| fault.matches(method, uri))?;
            if fault.after > 0 {
                fault.after -= 1;
                return None;
            }
            fault.times -= 1;
            let effect = fault.effect.clone();
            faults.retain(|fault| fault.times > 0);
            Some(effect)
        })
    }

    fn change<T>(&self, f: impl FnOnce(&mut Vec<Fault>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn once() -> u32 {
    1
}
