//! The `traceparent` header (W3C Trace Context, level 2): which trace a request belongs to.

use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

/// The header's name.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The bits of the flags that this version gives a meaning: sampled, and random trace id.
const KNOWN_FLAGS: u8 = 0x03;

/// A span in a trace: what the caller of a service hands over, and what the service hands to those it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: u128,
    span_id: u64,
    flags: u8,
}

/// A string that is no valid `traceparent`. Start a new trace, as the standard says, and drop `tracestate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a traceparent looks like 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
pub struct TraceParentError;

impl TraceParent {
    /// A new trace of 24 random bytes: 16 for the trace, 8 for its first span. Neither id may be zero; a zero becomes one.
    #[must_use]
    pub fn root(random: [u8; 24], sampled: bool) -> Self {
        let (mut trace, mut span) = ([0; 16], [0; 8]);
        trace.copy_from_slice(&random[..16]);
        span.copy_from_slice(&random[16..]);
        let flags = 0x02 | u8::from(sampled);
        Self { trace_id: u128::from_be_bytes(trace).max(1), span_id: u64::from_be_bytes(span).max(1), flags }
    }

    /// A child span in the same trace, of 8 random bytes.
    #[must_use]
    pub const fn child(self, random: [u8; 8]) -> Self {
        let span_id = match u64::from_be_bytes(random) {
            0 => 1,
            id => id,
        };
        Self { span_id, ..self }
    }

    /// The one of a request; `None` when it has none, several, or no valid one.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let (value, None) = (values.next()?, values.next()) else { return None };
        value.to_str().ok()?.parse().ok()
    }

    /// The trace's id: 32 lower-case hex digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// The span's id: 16 lower-case hex digits.
    #[must_use]
    pub fn span_id(&self) -> String {
        format!("{:016x}", self.span_id)
    }

    /// Whether the caller may have recorded the trace.
    #[must_use]
    pub const fn sampled(&self) -> bool {
        self.flags & 0x01 != 0
    }

    /// The header's value.
    #[must_use]
    pub fn to_header(&self) -> HeaderValue {
        // Hex digits and hyphens always make a header value.
        HeaderValue::try_from(self.to_string()).unwrap_or(HeaderValue::from_static(""))
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

impl FromStr for TraceParent {
    type Err = TraceParentError;

    /// Reads version 00, and of a higher version the part that it must share with 00. Flags without a meaning are dropped.
    fn from_str(text: &str) -> Result<Self, TraceParentError> {
        let mut parts = text.splitn(5, '-');
        let mut hex = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            let is_hex = part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if is_hex { u128::from_str_radix(part, 16).ok() } else { None }
        };
        let fields = (|| {
            let version = u8::try_from(hex(2)?).ok()?;
            Some((version, hex(32)?, u64::try_from(hex(16)?).ok()?, u8::try_from(hex(2)?).ok()?))
        })();
        match (fields, parts.next()) {
            (Some((0, ..)), Some(_)) | (Some((0xff, ..)), _) => Err(TraceParentError),
            (Some((_, trace_id, span_id, flags)), _) if trace_id != 0 && span_id != 0 => {
                Ok(Self { trace_id, span_id, flags: flags & KNOWN_FLAGS })
            }
            _ => Err(TraceParentError),
        }
    }
}
