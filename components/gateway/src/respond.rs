//! Responses.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use http_api::problem::{Problem, ProblemKind};
use pipeline::{Document, Durability, Error, ErrorKind, Outcome};
use serde_json::{Value, json};
use spin_sdk::http::{BoxBody, FullBody, Response, box_body};

/// A response of bytes that are all here.
pub fn bytes(status: StatusCode, content_type: &'static str, bytes: impl Into<Bytes>) -> Response<BoxBody> {
    let mut response = Response::new(box_body(FullBody::new(bytes.into())));
    *response.status_mut() = status;
    if !content_type.is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

/// A JSON response.
pub fn json(status: StatusCode, value: &Value) -> Response<BoxBody> {
    bytes(status, "application/json", value.to_string())
}

/// Done, and nothing to say.
pub fn no_content() -> Response<BoxBody> {
    bytes(StatusCode::NO_CONTENT, "", Bytes::new())
}

/// A problem as a response.
pub fn problem(problem: Problem) -> Response<BoxBody> {
    let (parts, body) = problem.into_response().into_parts();
    Response::from_parts(parts, box_body(FullBody::new(Bytes::from(body))))
}

/// A flow's or stage's error as a problem.
pub fn error(error: Error) -> Problem {
    let kind = match &error.kind {
        ErrorKind::Invalid => match error.extra("reason") {
            Some("unsupported-media-type") => ProblemKind::UnsupportedMediaType,
            Some("range-not-satisfiable") => ProblemKind::RangeNotSatisfiable,
            _ => ProblemKind::Invalid,
        },
        ErrorKind::NotFound => ProblemKind::NotFound,
        ErrorKind::Conflict => ProblemKind::Conflict,
        ErrorKind::Denied => ProblemKind::Denied,
        ErrorKind::TooLarge => ProblemKind::TooLarge,
        ErrorKind::RateLimited { .. } => ProblemKind::RateLimited,
        ErrorKind::Unavailable { .. } => ProblemKind::Unavailable,
        ErrorKind::TimedOut => ProblemKind::TimedOut,
        ErrorKind::Misconfigured => ProblemKind::Misconfigured,
        ErrorKind::Failed => ProblemKind::Failed,
        ErrorKind::Other { code, retryable, http_status } => {
            return finish(Problem::open(code, *http_status, *retryable, &error.message), &error);
        }
    };
    finish(Problem::new(kind, &error.message), &error)
}

fn finish(mut problem: Problem, error: &Error) -> Problem {
    if let Some(stage) = error.stage {
        problem = problem.with_stage(stage.as_str());
    }
    if let Some(delay) = error.retry_after_ms() {
        problem = problem.with_retry_after(Duration::from_millis(delay));
    }
    if let Some(status) = error.provider_status {
        problem = problem.with_extension("provider_status", status);
    }
    for (name, value) in &error.extras {
        problem = problem.with_extension(name, value.as_str());
    }
    problem
}

/// An error that is a part of an answer.
pub fn error_fields(error: &Error) -> Value {
    json!({
        "stage": error.stage.map(pipeline::Stage::as_str),
        "code": error.code(),
        "message": error.message,
        "retryable": error.is_retryable(),
    })
}

/// A document as clients see it: its row in the ledger and where to go from there.
pub fn document(document: &Document) -> Value {
    let mut value = json!(document);
    let own = own_path(document);
    if let Some(members) = value.as_object_mut() {
        // Bookkeeping of the ledger's own.
        members.remove("attempt");
        let path = url::form_urlencoded::byte_serialize(document.key.as_bytes()).collect::<String>();
        members.insert(
            "links".to_owned(),
            json!({ "self": own, "file": format!("/v1/files?path={path}"), "resume": format!("{own}/resume") }),
        );
    }
    value
}

fn own_path(document: &Document) -> String {
    format!("/v1/relationships/{}/documents/{}", document.relationship_id, document.id)
}

/// What became of an upload: 201 or 200 when everything is done, 202 when the file is safe and something else is not.
pub fn outcome(outcome: &Outcome) -> Response<BoxBody> {
    let status = match (&outcome.durability, outcome.created) {
        (Durability::Stored { .. }, _) => StatusCode::ACCEPTED,
        (Durability::Complete, true) => StatusCode::CREATED,
        (Durability::Complete, false) => StatusCode::OK,
    };
    let mut response = json(status, &document(&outcome.document));
    if let Ok(location) = HeaderValue::try_from(own_path(&outcome.document)) {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Durability::Stored { error } = &outcome.durability
        && let Some(delay) = error.retry_after_ms()
    {
        response.headers_mut().insert(http::header::RETRY_AFTER, delay.div_ceil(1000).into());
    }
    response
}
