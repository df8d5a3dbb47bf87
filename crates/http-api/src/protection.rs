//! What every answer tells browsers, so that nothing that is stored or said here runs, is framed, or is kept by them.

use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response, StatusCode};

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Loads nothing, runs nothing, and stands in nobody's frame.
const NOTHING_RUNS: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// The same, in an origin of its own.
const SANDBOXED: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
);

/// The policy under which a stored file of this media type is opened. Of a PDF nothing runs in this origin, and Chromium shows none in a sandbox.
#[must_use]
pub fn policy_for_file(content_type: &str) -> HeaderValue {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/pdf") { NOTHING_RUNS } else { SANDBOXED }
}

/// Gives an answer the headers that protect it, and leaves those that it has: `X-Content-Type-Options`, `Content-Security-Policy`, `Referrer-Policy`,
/// `Cross-Origin-Resource-Policy`, and `Cache-Control: no-store`, since what is answered is somebody's own.
///
/// A 304 keeps what it has: its headers take the place of those that the client holds with its copy (RFC 9111, section 3.2).
pub fn protect<B>(response: &mut Response<B>) {
    if response.status() == StatusCode::NOT_MODIFIED {
        return;
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CONTENT_SECURITY_POLICY, NOTHING_RUNS),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ] {
        headers.entry(name).or_insert(value);
    }
}
