//! Errors as `application/problem+json` (RFC 9457).
//!
//! `type` is a relative reference with the full path, such as `/problems/too-large`, as RFC 9457 (section 3.1.1) has it for types that live
//! under no domain of their own: Serene runs on many hosts and owns no domain, and a URL elsewhere would promise a page that nobody keeps. Clients compare
//! it as a string; it never changes once published.

mod kind;

use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

use crate::routes::RouteError;

pub use kind::ProblemKind;

/// The members that a problem has beside its extensions.
const MEMBERS: [&str; 8] =
    ["type", "title", "status", "detail", "instance", "stage", "retryable", "retry_after"];

/// One error as the client sees it. Nothing secret goes in: it is sent as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    kind: String,
    title: String,
    status: StatusCode,
    detail: Option<String>,
    instance: Option<String>,
    stage: Option<String>,
    retryable: bool,
    retry_after: Option<Duration>,
    extensions: Map<String, Value>,
    headers: HeaderMap,
}

impl Problem {
    /// A problem of a known kind. `detail` says what was wrong this time, where, and what to do about it.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{}", kind.slug()),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: Some(detail.into()),
            instance: None,
            stage: None,
            retryable: kind.retryable(),
            retry_after: None,
            extensions: Map::new(),
            headers: HeaderMap::new(),
        }
    }

    /// A problem of a kind that a stage brought: `code` is its stable kebab-case name. Any other text gets the type `about:blank` of
    /// RFC 9457; a status that is no error (below 400 or above 599) becomes 500.
    #[must_use]
    pub fn open(code: &str, status: u16, retryable: bool, detail: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let is_code = code.len() <= 64
            && code.starts_with(|c: char| c.is_ascii_lowercase())
            && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let kind = if is_code { format!("/problems/{code}") } else { "about:blank".to_owned() };
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        Self { kind, title, status, retryable, ..Self::new(ProblemKind::Internal, detail) }
    }

    /// This occurrence: a URI reference, such as the request's path.
    #[must_use]
    pub fn with_instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// The stage that failed, by its name in the contract, such as `embedder`.
    #[must_use]
    pub fn with_stage(mut self, stage: impl Into<String>) -> Self {
        self.stage = Some(stage.into());
        self
    }

    /// Whether the same request can succeed later without a change, where the kind's own answer does not fit.
    #[must_use]
    pub const fn with_retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// How long to wait before the next try. Sent in whole seconds, rounded up.
    #[must_use]
    pub const fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// A fact for programs. RFC 9457 wants letters, digits and `_` in names: any other character becomes `_`, and a name that
    /// is taken or does not start with a letter gets `x_` before it. A second value under one name replaces the first.
    #[must_use]
    pub fn with_extension(mut self, name: &str, value: impl Into<Value>) -> Self {
        let mut name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if MEMBERS.contains(&name.as_str()) || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            name.insert_str(0, "x_");
        }
        self.extensions.insert(name, value.into());
        self
    }

    /// A header that the answer carries, such as `Allow` or `WWW-Authenticate`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The problem's JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut members = self.extensions.clone();
        members.insert("type".into(), self.kind.as_str().into());
        members.insert("title".into(), self.title.as_str().into());
        members.insert("status".into(), self.status.as_u16().into());
        members.insert("retryable".into(), self.retryable.into());
        for (name, value) in [("detail", &self.detail), ("instance", &self.instance), ("stage", &self.stage)]
        {
            if let Some(value) = value {
                members.insert(name.into(), value.as_str().into());
            }
        }
        if let Some(delay) = self.retry_after {
            members.insert("retry_after".into(), whole_seconds(delay).into());
        }
        Value::Object(members)
    }

    /// The answer. It is never cached: what was wrong may be right a moment later.
    #[must_use]
    pub fn into_response(self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.to_json().to_string().into_bytes());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        *headers = self.headers;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(delay) = self.retry_after {
            headers.insert(RETRY_AFTER, whole_seconds(delay).into());
        }
        response
    }
}

const fn whole_seconds(delay: Duration) -> u64 {
    delay.as_secs().saturating_add((delay.subsec_nanos() > 0) as u64)
}

impl From<RouteError> for Problem {
    fn from(error: RouteError) -> Self {
        let detail = error.to_string();
        match error {
            RouteError::NotFound => Self::new(ProblemKind::NotFound, detail),
            RouteError::MethodNotAllowed { allow } => {
                let problem = Self::new(ProblemKind::MethodNotAllowed, detail);
                match HeaderValue::try_from(allow) {
                    Ok(allow) => problem.with_header(http::header::ALLOW, allow),
                    Err(_) => problem,
                }
            }
            RouteError::BadParameter { name, .. } => {
                Self::new(ProblemKind::Invalid, detail).with_extension("parameter", name)
            }
        }
    }
}
