//! Answers of the host itself: RFC 9457 problem details.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use wasmtime_wasi_http::WasiBody;

use crate::runtime::Failure;

/// A body that is there already.
pub(super) fn full(bytes: impl Into<Bytes>) -> WasiBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A problem of this status, with a sentence for a person.
pub(super) fn problem(status: StatusCode, detail: &str, retryable: bool) -> Response<WasiBody> {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = serde_json::json!({
        "type": "about:blank",
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "stage": "host",
        "retryable": retryable,
    });
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/problem+json"));
    response
}

/// What a client is told when the component gave no response.
pub(super) fn failed(failure: &Failure) -> Response<WasiBody> {
    let status = match failure {
        Failure::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let retryable = matches!(failure, Failure::TimedOut(_) | Failure::InstanceEnded | Failure::NoInstance(_));
    problem(status, &failure.to_string(), retryable)
}
