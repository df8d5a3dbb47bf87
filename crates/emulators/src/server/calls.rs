//! What an emulator was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use http::request::Parts;
use serde::Serialize;
use serde_json::Value;

/// Headers whose values are secrets.
const SECRETS: [&str; 7] = [
    "authorization",
    "api-key",
    "apikey",
    "x-api-key",
    "cookie",
    "proxy-authorization",
    "x-amz-security-token",
];
/// Parameters of signed URLs whose values are secrets.
const SECRET_PARAMETERS: [&str; 2] = ["X-Amz-Signature", "X-Amz-Security-Token"];
/// What stands in a secret's place.
const SECRET: &str = "(secret)";

/// The most calls remembered; the oldest go first.
const MAX_CALLS: usize = 10_000;
/// The most bytes of bodies remembered.
const MAX_BODY_BYTES: usize = 64 << 20;

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
    /// One that the server behind a proxy judges.
    Brought,
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
    /// The query as sent, but for the secrets of signed URLs.
    pub query: String,
    /// Name, in lower case, and value; `(secret)` for a value that is one.
    pub headers: Vec<(String, String)>,
    /// Whether the key was right.
    pub credential: Credential,
    /// The body's size in bytes; what was read of it, while or where it did not arrive whole.
    pub bytes: usize,
    /// The body, where it is a JSON object or list of at most 8 MiB.
    pub body: Option<Value>,
    /// The status answered; none where the connection was cut first, or while the answer is being made.
    pub status: Option<u16>,
    /// The [`Effect`](super::Effect) that was played on it.
    pub fault: Option<String>,
}

impl Call {
    pub(super) fn new(head: &Parts, credential: Credential, fault: Option<String>) -> Self {
        Self {
            number: 0,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: query(head.uri.query().unwrap_or_default()),
            headers: headers(&head.headers),
            credential,
            bytes: 0,
            body: None,
            status: None,
            fault,
        }
    }

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

    /// Remembers a call, and gives its number.
    pub(super) fn begin(&self, mut call: Call) -> u64 {
        let mut record = self.lock();
        record.next += 1;
        call.number = record.next;
        record.calls.push_back(call);
        record.forget();
        record.next
    }

    /// So many bytes of a call's body have come.
    pub(super) fn arrived(&self, number: u64, bytes: usize) {
        if let Some(call) = self.lock().call(number) {
            call.bytes += bytes;
        }
    }

    /// What a call's body was.
    pub(super) fn remember(&self, number: u64, body: Value) {
        let mut record = self.lock();
        if let Some(call) = record.call(number) {
            call.body = Some(body);
            record.body_bytes += call.bytes;
            record.forget();
        }
    }

    pub(super) fn end(&self, number: u64, status: u16) {
        if let Some(call) = self.lock().call(number) {
            call.status = Some(status);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn call(&mut self, number: u64) -> Option<&mut Call> {
        self.calls.iter_mut().rev().find(|call| call.number == number)
    }

    fn forget(&mut self) {
        while self.calls.len() > MAX_CALLS || self.body_bytes > MAX_BODY_BYTES {
            let Some(oldest) = self.calls.pop_front() else { break };
            self.body_bytes -= kept(&oldest);
        }
    }
}

fn kept(call: &Call) -> usize {
    if call.body.is_some() { call.bytes } else { 0 }
}

fn query(query: &str) -> String {
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if SECRET_PARAMETERS.contains(&name) => format!("{name}={SECRET}"),
        _ => pair.to_owned(),
    };
    query.split('&').map(shown).collect::<Vec<_>>().join("&")
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |name: &str, value: &http::HeaderValue| {
        if SECRETS.contains(&name) {
            return SECRET.to_owned();
        }
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), shown(name.as_str(), value))).collect()
}
