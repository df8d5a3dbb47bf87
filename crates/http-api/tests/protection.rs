//! What every answer tells browsers.

use http::{Response, StatusCode};
use http_api::content_disposition::download_headers;
use http_api::problem::{Problem, ProblemKind};
use http_api::protection::protect;

const SET: [&str; 5] = [
    "x-content-type-options",
    "content-security-policy",
    "referrer-policy",
    "cross-origin-resource-policy",
    "cache-control",
];

#[test]
fn an_answer_is_neither_guessed_at_nor_run_framed_or_kept() {
    let mut problem = Problem::new(ProblemKind::Invalid, "<script>alert(1)</script>").into_response();
    protect(&mut problem);
    for name in SET {
        assert_eq!(problem.headers().get_all(name).iter().count(), 1, "{name}");
    }
    assert_eq!(problem.headers()["x-content-type-options"], "nosniff");
    assert_eq!(problem.headers()["cache-control"], "no-store");
    let policy = problem.headers()["content-security-policy"].to_str().expect("text");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
}

#[test]
fn what_a_route_says_of_its_own_answer_stays() {
    for (content_type, is_sandboxed) in [
        ("application/pdf", false),
        ("APPLICATION/PDF; x=y", false),
        ("text/html", true),
        ("application/json", true),
        ("", true),
    ] {
        let mut file = Response::new(());
        file.headers_mut().extend(download_headers(content_type, "name"));
        file.headers_mut().insert("cache-control", "private, no-cache".parse().expect("a value"));
        protect(&mut file);
        let policy = file.headers()["content-security-policy"].to_str().expect("text");
        assert_eq!(policy.contains("sandbox"), is_sandboxed, "{content_type}");
        assert!(policy.contains("default-src 'none'"), "{content_type}");
        assert_eq!(file.headers()["cache-control"], "private, no-cache");
        assert_eq!(file.headers()["x-content-type-options"], "nosniff");
    }
}

#[test]
fn an_answer_that_stands_for_a_copy_does_not_change_the_copys_headers() {
    let mut unchanged = Response::new(());
    *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
    protect(&mut unchanged);
    assert!(unchanged.headers().is_empty());
}
