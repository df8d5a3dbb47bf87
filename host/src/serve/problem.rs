//! Answers of the host itself: RFC 9457 problem details.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use wasmtime_wasi_http::WasiBody;

use crate::runtime::{Cause, Failure};

/// A body that is there already.
pub(super) fn full(bytes: impl Into<Bytes>) -> WasiBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A problem of this status, with a sentence for a person.
pub(super) fn problem(status: StatusCode, detail: &str, retryable: bool) -> Response<WasiBody> {
    problem_of("host", status, detail, retryable)
}

fn problem_of(stage: &str, status: StatusCode, detail: &str, retryable: bool) -> Response<WasiBody> {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = serde_json::json!({
        "type": "about:blank",
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "stage": stage,
        "retryable": retryable,
    });
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/problem+json"));
    response
}

/// What a client is told when the component gave no response. A stage that failed is the gateway's bad gateway, as an error of the stage would be.
pub(super) fn failed(failure: &Failure) -> Response<WasiBody> {
    let detail = failure.to_string();
    let (culprit, status, retryable) = match failure {
        Failure::TimedOut(_) => (None, StatusCode::GATEWAY_TIMEOUT, true),
        Failure::NoInstance(_) => (None, StatusCode::INTERNAL_SERVER_ERROR, true),
        Failure::Returned(_) => (None, StatusCode::INTERNAL_SERVER_ERROR, false),
        Failure::EndedByAnother(_, culprit) => (culprit.as_ref(), StatusCode::SERVICE_UNAVAILABLE, true),
        Failure::Ended(cause, culprit) | Failure::InstanceEnded(cause, culprit) => {
            let status = match cause {
                Cause::Busy(_) => StatusCode::GATEWAY_TIMEOUT,
                _ if culprit.as_ref().is_some_and(|culprit| culprit.is_dependency) => StatusCode::BAD_GATEWAY,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            // What needed too much memory needs it again.
            (
                culprit.as_ref(),
                status,
                !matches!((failure, cause), (Failure::Ended(..), Cause::OutOfMemory(_))),
            )
        }
    };
    problem_of(culprit.map_or("host", |culprit| &*culprit.name), status, &detail, retryable)
}
