//! Which keys are taken, and what makes two requests the same.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use http::{HeaderMap, HeaderValue, StatusCode};
use http_api::idempotency::{BodyHasher, IDEMPOTENCY_KEY, MAX_KEY_CHARS, is_kept, key};
use http_api::problem::Problem;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn headers(values: &[&[u8]]) -> HeaderMap {
    let values = values.iter().map(|value| HeaderValue::from_bytes(value).unwrap());
    values.map(|value| (http::HeaderName::from_static(IDEMPOTENCY_KEY), value)).collect()
}

#[test]
fn a_key_is_one_of_1_to_255_visible_characters() {
    assert_eq!(key(&HeaderMap::new()).unwrap(), None);
    for taken in ["k", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "a!~", &"x".repeat(MAX_KEY_CHARS)] {
        assert_eq!(key(&headers(&[taken.as_bytes()])).unwrap(), Some(taken));
    }
    let long = "x".repeat(MAX_KEY_CHARS + 1);
    let refused: [&[&[u8]]; 6] =
        [&[b""], &[b"a b"], &[b"a\tb"], &["schl\u{fc}ssel".as_bytes()], &[long.as_bytes()], &[b"a", b"a"]];
    for values in refused {
        let problem = Problem::from(key(&headers(values)).unwrap_err());
        assert_eq!(problem.status(), 400);
        assert_eq!(problem.to_json()["header"], "Idempotency-Key");
        assert!(problem.to_json()["detail"].as_str().unwrap().contains("Idempotency-Key"));
    }
}

#[test]
fn what_may_be_another_answer_the_next_time_is_not_kept() {
    for kept in [200, 201, 202, 204, 400, 413, 422] {
        assert!(is_kept(StatusCode::from_u16(kept).unwrap()), "{kept}");
    }
    for not in [304, 401, 403, 404, 408, 409, 412, 415, 429, 500, 502, 503, 504] {
        assert!(!is_kept(StatusCode::from_u16(not).unwrap()), "{not}");
    }
}

fn hash(boundary: Option<&str>, body: &[u8], piece: usize) -> (String, u64) {
    let mut hasher = BodyHasher::new(boundary);
    for piece in body.chunks(piece) {
        hasher.update(piece);
    }
    hasher.finish()
}

fn form(boundary: &str, file: &str) -> Vec<u8> {
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"";
    format!("--{boundary}\r\n{head}\r\n\r\n{file}\r\n--{boundary}--\r\n").into_bytes()
}

#[test]
fn a_body_is_hashed_as_it_is() {
    let (sha256, size) = hash(None, b"abc--abc", 3);
    assert_eq!((sha256, size), (hex::encode(Sha256::digest(b"abc--abc")), 8));
}

#[test]
fn two_tries_of_a_form_are_the_same_whatever_their_boundaries_and_two_forms_are_not() {
    let first = hash(Some("one"), &form("one", "alpha"), 7);
    assert_eq!(hash(Some("------another2"), &form("------another2", "alpha"), 64), first);
    assert_ne!(hash(Some("one"), &form("one", "bravo"), 7), first);
    assert_ne!(hash(Some("one"), &form("one", "alpha--"), 7), first);
    assert_ne!(hash(None, &form("one", "alpha"), 7), first);
}

proptest! {
    #[test]
    fn how_a_body_is_cut_makes_no_difference(
        file in "[-ab]{0,40}", boundary in "[-ab]{1,4}", piece in 1_usize..20, other in 1_usize..20,
    ) {
        let body = form(&boundary, &file);
        prop_assert_eq!(hash(Some(&boundary), &body, piece), hash(Some(&boundary), &body, other));
    }
}
