//! What an emulator was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

/// Headers whose values are secrets.
const SECRETS: [&str; 6] =
    ["authorization", "api-key", "apikey", "x-api-key", "cookie", "proxy-authorization"];

/// The most calls remembered; the oldest go first.
const MAX_CALLS: usize = 10_000;
/// The most bytes of bodies remembered.
const MAX_BODY_BYTES: usize = 64 << 20;
/// Larger bodies are not remembered, only their size.
const MAX_ONE_BODY: usize = 8 << 20;

/// Whether a request brought a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Credential {
    /// The right one.
    Right,
    /// Another one.
    Wrong,
    /// None.
    Missing,
}

/// A request, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// From 1, over the life of the emulator.
    pub number: u64,
    /// The method.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The query as sent.
    pub query: String,
    /// Name, in lower case, and value; `(secret)` for a value that is one.
    pub headers: Vec<(String, String)>,
    /// Whether the key was right.
    pub credential: Credential,
    /// The body's size in bytes; what was read of it, where it did not arrive whole.
    pub bytes: usize,
    /// The body, where it is JSON of at most 8 MiB.
    pub body: Option<Value>,
    /// The status answered; none where the connection was cut first, or while the answer is being made.
    pub status: Option<u16>,
    /// The [`Effect`](super::Effect) that was played on it.
    pub fault: Option<String>,
}

impl Call {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The record of calls; a handle that can be cloned.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    calls: VecDeque<Call>,
    next: u64,
    body_bytes: usize,
}

impl Calls {
    /// All calls, oldest first; the last 10,000, or fewer where their bodies come to more than 64 MiB.
    #[must_use]
    pub fn all(&self) -> Vec<Call> {
        self.lock().calls.iter().cloned().collect()
    }

    /// Those whose path begins so.
    #[must_use]
    pub fn to(&self, prefix: &str) -> Vec<Call> {
        self.lock().calls.iter().filter(|call| call.path.starts_with(prefix)).cloned().collect()
    }

    /// Forgets them.
    pub fn clear(&self) {
        let mut record = self.lock();
        record.calls.clear();
        record.body_bytes = 0;
    }

    pub(super) fn begin(&self, mut call: Call, body: &[u8]) -> u64 {
        if body.len() <= MAX_ONE_BODY {
            call.body = serde_json::from_slice(body).ok();
        }
        let mut record = self.lock();
        record.next += 1;
        call.number = record.next;
        record.body_bytes += kept(&call);
        record.calls.push_back(call);
        while record.calls.len() > MAX_CALLS || record.body_bytes > MAX_BODY_BYTES {
            let Some(oldest) = record.calls.pop_front() else { break };
            record.body_bytes -= kept(&oldest);
        }
        record.next
    }

    pub(super) fn end(&self, number: u64, status: u16) {
        let mut record = self.lock();
        if let Some(call) = record.calls.iter_mut().rev().find(|call| call.number == number) {
            call.status = Some(status);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kept(call: &Call) -> usize {
    if call.body.is_some() { call.bytes } else { 0 }
}

pub(super) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |name: &str, value: &http::HeaderValue| {
        if SECRETS.contains(&name) {
            return "(secret)".to_owned();
        }
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), shown(name.as_str(), value))).collect()
}
