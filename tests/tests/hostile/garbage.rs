//! Stages that return what the contract does not allow.

use serde_json::json;
use serene_tests::request;

use super::{Hostile, JSON, PDF};

serene_tests::with_reused_and_with_fresh_instances! {
    texts_that_are_not_those_asked_for_go_no_further
    what_an_error_says_is_bounded_and_stays_in_its_place
    pages_out_of_order_are_not_indexed
    vectors_that_are_none_are_not_stored
    what_a_generator_returns_is_no_document_unless_it_fits
}

fn texts_that_are_not_those_asked_for_go_no_further(arguments: &[&str]) {
    let hostile = Hostile::start("transformer", arguments);
    for deed in ["returns-a-text-too-many", "returns-nothing", "returns-100-mb", "returns-a-book-for-a-line"]
    {
        let answer = hostile.beside_others(|| hostile.search(deed, "Hello"));
        let problem = hostile.problem(answer, 502, true);
        assert_eq!(problem["type"], "/problems/failed", "{deed}: {problem}");
    }
    let answer = hostile.beside_others(|| hostile.search("returns-more-than-fits", "Hello"));
    hostile.problem(answer, 502, false);
    hostile.stop();
}

fn what_an_error_says_is_bounded_and_stays_in_its_place(arguments: &[&str]) {
    let hostile = Hostile::start("transformer", arguments);
    for deed in ["fails-at-length", "fails-with-many-facts"] {
        hostile.problem(hostile.search(deed, "Hello"), 502, true);
    }
    let answer = hostile.search("fails-with-lines-of-its-own", "Hello");
    assert_eq!(answer.header("x-injected"), "");
    let problem = hostile.problem(answer, 502, true);
    assert!(!problem["detail"].as_str().unwrap().contains(char::is_control), "{problem}");
    let answer = hostile.search("fails-with-a-status-of-its-own", "Hello");
    let problem = hostile.problem(answer, 500, false);
    assert_eq!(problem["type"], "about:blank");
    let problem = hostile.problem(hostile.search("poses-as-another", "Hello"), 502, true);
    assert_eq!((&problem["status"], &problem["type"]), (&json!(502), &json!("/problems/failed")));
    let answer = hostile.search("sends-away-for-ever", "Hello");
    assert_eq!(answer.header("retry-after"), "86400");
    hostile.problem(answer, 429, true);
    // What is kept of it is as bounded.
    let kept = hostile.put_transcript("fails-at-length", "Hello");
    assert!(kept.body.len() < 10_000, "{} bytes", kept.body.len());
    assert_eq!(kept.expect(202)["failed_stage"], "transformer");
    hostile.stop();
}

fn pages_out_of_order_are_not_indexed(arguments: &[&str]) {
    let hostile = Hostile::start("extractor", arguments);
    let put = |relationship: &str| {
        let url = hostile.url(&format!("/v1/relationships/{relationship}/handbooks/h"));
        request("PUT", &url, PDF, b"%PDF-1.7 of a kind")
    };
    for deed in ["turns-pages-round", "numbers-pages-wrongly", "leaves-a-page-out"] {
        let stored = hostile.beside_others(|| put(deed)).expect(202);
        assert_eq!(stored["failed_stage"], "extractor", "{deed}");
    }
    assert_eq!(put("somebody-else").expect(201)["status"], "indexed");
    hostile.stop();
}

fn vectors_that_are_none_are_not_stored(arguments: &[&str]) {
    let hostile = Hostile::start("embedder", arguments);
    for deed in [
        "returns-no-numbers",
        "returns-the-infinite",
        "returns-no-direction",
        "returns-other-dimensions",
        "returns-a-vector-too-few",
    ] {
        let answer = hostile.beside_others(|| hostile.search(deed, "Hello"));
        hostile.problem(answer, 502, true);
        assert_eq!(hostile.put_transcript(deed, "Hello").expect(202)["failed_stage"], "embedder", "{deed}");
    }
    for deed in ["has-no-dimensions", "takes-no-tokens"] {
        hostile.problem(hostile.put_transcript(deed, "Hello"), 502, true);
    }
    assert_eq!(hostile.put_transcript("takes-no-texts", "Hello").expect(201)["status"], "indexed");
    hostile.stop();
}

fn what_a_generator_returns_is_no_document_unless_it_fits(arguments: &[&str]) {
    let hostile = Hostile::start("generator", arguments);
    for deed in ["returns-no-json", "returns-depths", "returns-what-does-not-fit"] {
        assert_eq!(hostile.put_transcript(deed, "Hello").status, 201);
        let url = hostile.url(&format!("/v1/relationships/{deed}/conflicts/c/analysis"));
        let answer = hostile.beside_others(|| request("POST", &url, JSON, b""));
        let problem = hostile.problem(answer, 502, true);
        assert!(problem["reason"].is_string(), "{problem}");
        assert_eq!(request("GET", &url, &[], b"").status, 404, "{deed}");
    }
    hostile.stop();
}
