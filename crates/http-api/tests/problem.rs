//! Problems as clients see them.

use std::collections::HashSet;
use std::time::Duration;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Response};
use http_api::problem::{Problem, ProblemKind};
use http_api::routes::match_route;
use proptest::prelude::*;
use serde_json::{Value, json};

fn body(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).expect("a problem's body is JSON")
}

#[test]
fn a_problem_has_the_members_of_rfc_9457_and_ours() {
    let response =
        Problem::new(ProblemKind::RateLimited, "The embedder asks for fewer calls; wait and repeat.")
            .with_instance("/v1/relationships/r/search")
            .with_stage("embedder")
            .with_retry_after(Duration::from_millis(1001))
            .with_extension("provider-status", 429)
            .into_response();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[RETRY_AFTER], "2");
    let expected = json!({
        "type": "/problems/rate-limited",
        "title": "Too many requests",
        "status": 429,
        "detail": "The embedder asks for fewer calls; wait and repeat.",
        "instance": "/v1/relationships/r/search",
        "stage": "embedder",
        "retryable": true,
        "retry_after": 2,
        "provider_status": 429,
    });
    assert_eq!(body(&response), expected);
}

#[test]
fn what_is_not_known_is_left_out() {
    let response = Problem::new(ProblemKind::NotFound, "No such document.").into_response();
    assert_eq!(response.headers().get(RETRY_AFTER), None);
    let members = body(&response);
    for absent in ["instance", "stage", "retry_after"] {
        assert_eq!(members.get(absent), None);
    }
    assert_eq!(members["retryable"], false);
}

#[test]
fn whole_seconds_are_sent_as_they_are() {
    let wait = |delay| {
        Problem::new(ProblemKind::Unavailable, "").with_retry_after(delay).to_json()["retry_after"].clone()
    };
    assert_eq!(wait(Duration::from_secs(30)), 30);
    assert_eq!(wait(Duration::ZERO), 0);
    assert_eq!(wait(Duration::MAX), u64::MAX);
}

#[test]
fn every_kind_has_its_own_type_and_an_error_status() {
    let mut slugs = HashSet::new();
    for kind in ProblemKind::ALL {
        assert!(slugs.insert(kind.slug()), "{kind:?}");
        assert!(kind.status().is_client_error() || kind.status().is_server_error(), "{kind:?}");
        let name: String = format!("{kind:?}").to_lowercase();
        assert_eq!(kind.slug().replace('-', ""), name);
        // Any other conflict waits for somebody to change something; this one passes by itself.
        let transient = matches!(kind.status().as_u16(), 429 | 502 | 503 | 504)
            || kind == ProblemKind::IdempotencyKeyInUse;
        assert_eq!(kind.retryable(), transient, "{kind:?}");
    }
}

#[test]
fn a_stages_own_kind_is_passed_on_and_cannot_pass_for_success() {
    let open = |code: &str, status| Problem::open(code, status, true, "why");
    let problem = open("quota-exhausted", 402).to_json();
    assert_eq!(problem["type"], "/problems/quota-exhausted");
    assert_eq!((&problem["status"], &problem["title"]), (&json!(402), &json!("Payment Required")));
    assert_eq!(problem["retryable"], true);
    for status in [0, 200, 304, 600, 999, 65535] {
        assert_eq!(open("x", status).into_response().status(), 500, "{status}");
    }
    assert_eq!(open("x", 599).into_response().status(), 599);
    for code in ["", "Quota", "a b", "../x", "1a", "é", &"a".repeat(65)] {
        assert_eq!(open(code, 500).to_json()["type"], "about:blank", "{code}");
    }
}

#[test]
fn extensions_never_replace_members_and_have_names_of_the_standard() {
    let problem = Problem::new(ProblemKind::Invalid, "why")
        .with_extension("status", "forged")
        .with_extension("request-id", "r-1")
        .with_extension("9lives", 9)
        .with_extension("", true)
        .to_json();
    assert_eq!(problem["status"], 400);
    assert_eq!(problem["x_status"], "forged");
    assert_eq!(problem["request_id"], "r-1");
    assert_eq!(problem["x_9lives"], 9);
    assert_eq!(problem["x_"], true);
}

#[test]
fn a_request_without_a_route_is_a_problem() {
    let problem = |method: Method, path| {
        Problem::from(match_route(&method, path).expect_err("no route")).into_response()
    };
    assert_eq!(body(&problem(Method::GET, "/nowhere"))["type"], "/problems/not-found");
    let response = problem(Method::PATCH, "/v1/files");
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()[ALLOW], "GET, HEAD, PUT, DELETE");
    let response = problem(Method::GET, "/v1/relationships/a%20b/documents");
    assert_eq!(response.status(), 400);
    assert_eq!(body(&response)["parameter"], "relationship_id");
}

#[test]
fn headers_go_with_the_answer_but_do_not_change_what_it_is() {
    let response = Problem::new(ProblemKind::Unauthorized, "Send a key.")
        .with_header(http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        .with_header(CONTENT_TYPE, HeaderValue::from_static("text/html"))
        .into_response();
    assert_eq!(response.headers()[http::header::WWW_AUTHENTICATE], "Bearer");
    let types: Vec<_> = response.headers().get_all(CONTENT_TYPE).iter().collect();
    assert_eq!(types, ["application/problem+json"]);
}

proptest! {
    #[test]
    fn any_texts_make_a_well_formed_problem(detail: String, stage: String, name: String, code: String, status: u16) {
        let response = Problem::open(&code, status, false, detail.clone())
            .with_stage(stage.clone())
            .with_extension(&name, 1)
            .into_response();
        let members = body(&response);
        prop_assert_eq!(&members["detail"], &json!(detail));
        prop_assert_eq!(&members["stage"], &json!(stage));
        prop_assert_eq!(&members["status"], &json!(response.status().as_u16()));
        prop_assert_eq!(members.as_object().map(serde_json::Map::len), Some(7));
    }
}
