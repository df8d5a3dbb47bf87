//! What is stored, in which requests, and when it counts as stored.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::rc::Rc;
use std::time::Duration;

use common::{Sent, World, answer, asked, index, paths, pinecone, stored, upsert, vector, with_header};
use pinecone::Vector;
use serde_json::{Value, json};
use upstream::{ErrorKind, Platform};

/// A Pinecone that shows each write at once.
fn prompt() -> Rc<World> {
    pinecone(|sent| {
        if sent.uri.ends_with("/vectors/upsert") {
            return with_header(200, "x-pinecone-request-lsn", 7, stored(sent));
        }
        with_header(200, "x-pinecone-max-indexed-lsn", 7, json!({"matches": []}))
    })
}

fn requests(world: &World) -> Vec<Value> {
    asked(world).into_iter().filter(|(path, _)| path == "/vectors/upsert").map(|(_, body)| body).collect()
}

#[test]
fn vectors_go_out_with_length_one_and_their_metadata() {
    let world = prompt();
    let metadata = r#"{"text": "Hello", "page": 3, "tags": ["a", "b"], "seen": true}"#;
    upsert(&world, &[vector("b", metadata), vector("a", "{}")]).unwrap();
    assert_eq!(
        requests(&world),
        [json!({"namespace": "profiles", "vectors": [
            {"id": "a", "values": [0.6, 0.8]},
            {"id": "b", "values": [0.6, 0.8], "metadata": {"text": "Hello", "page": 3, "tags": ["a", "b"], "seen": true}},
        ]})]
    );
}

#[test]
fn requests_stay_under_two_million_bytes() {
    let world = prompt();
    let metadata = json!({"text": "x".repeat(40_000)}).to_string();
    let vectors: Vec<Vector> = (0..200).map(|n| vector(&format!("{n:04}"), &metadata)).collect();
    upsert(&world, &vectors).unwrap();
    let sent = world.sent.borrow();
    let bodies: Vec<usize> =
        sent.iter().filter(|sent| sent.uri.ends_with("upsert")).map(|sent| sent.body.len()).collect();
    assert!(bodies.iter().all(|bytes| *bytes < 2_000_000) && bodies.len() == 5, "{bodies:?}");
    let ids: usize = requests(&world).iter().map(|body| body["vectors"].as_array().unwrap().len()).sum();
    assert_eq!(ids, 200);
}

#[test]
fn of_two_vectors_with_one_id_the_last_is_kept() {
    let world = prompt();
    upsert(&world, &[vector("a", r#"{"n": 1}"#), vector("a", r#"{"n": 2}"#)]).unwrap();
    assert_eq!(requests(&world)[0]["vectors"].as_array().unwrap().len(), 1);
    assert_eq!(requests(&world)[0]["vectors"][0]["metadata"], json!({"n": 2}));
}

#[test]
fn no_vector_is_no_request() {
    let world = prompt();
    upsert(&world, &[]).unwrap();
    assert_eq!(world.tries(), 0);
}

#[test]
fn what_breaks_a_rule_names_its_vector_and_is_not_sent() {
    use ErrorKind::{Invalid, TooLarge};
    let text = |bytes: usize| json!({"text": "y".repeat(bytes)}).to_string();
    assert!(upsert(&prompt(), &[vector("edge", &text(40_960 - 11))]).is_ok());
    let bad = |metadata: &str| vector("doc1.p2", metadata);
    let cases = [
        (bad(&text(40_960 - 10)), TooLarge),
        (bad("[]"), Invalid),
        (bad("{"), Invalid),
        (bad(r#"{"a": null}"#), Invalid),
        (bad(r#"{"a": {"b": 1}}"#), Invalid),
        (bad(r#"{"a": [1, 2]}"#), Invalid),
        (bad(r#"{"$a": 1}"#), Invalid),
        (bad(r#"{"a": 9007199254740993}"#), Invalid),
        (bad(r#"{"a": -9007199254740993}"#), Invalid),
        (Vector { values: Vec::new(), ..bad("{}") }, Invalid),
        (Vector { values: vec![0.0, 0.0], ..bad("{}") }, Invalid),
        (Vector { values: vec![1.0, f32::NAN], ..bad("{}") }, Invalid),
        (Vector { values: vec![1.0; 3], ..bad("{}") }, Invalid),
    ];
    for (vector_, kind) in cases {
        let world = prompt();
        let error = upsert(&world, &[vector("fine", "{}"), vector_]).unwrap_err();
        assert_eq!((error.kind, error.extra("id"), world.tries()), (kind, Some("doc1.p2"), 0), "{error}");
        assert!(error.message.contains("The vector doc1.p2"), "{error}");
        assert!(!error.message.contains("yyy"), "{error}");
    }
    for id in ["", "a b", "é", &"x".repeat(513)] {
        assert_eq!(upsert(&prompt(), &[vector(id, "{}")]).unwrap_err().kind, Invalid, "{id}");
    }
    let many = vec![vector("a", "{}"); 1001];
    let error = upsert(&prompt(), &many).unwrap_err();
    assert_eq!(
        (error.kind, error.extra("limit"), error.extra("actual")),
        (TooLarge, Some("1000"), Some("1001"))
    );
    let world = prompt();
    let error = world.run(index(&world).upsert(&world.call(60), &"n".repeat(513), &[])).unwrap_err();
    assert_eq!(error.kind, Invalid);
}

/// A Pinecone whose queries see a write, the number 7, from the `seen`th query on.
fn lagging(seen: usize, write: &'static str, read: &'static str) -> Rc<World> {
    let mut queries = 0;
    pinecone(move |sent: &Sent| {
        if sent.uri.ends_with("/vectors/upsert") {
            return with_header(200, write, 7, stored(sent));
        }
        queries += 1;
        let (lsn, found) =
            if queries < seen { (6, json!([])) } else { (7, json!([{"id": "a", "score": 1.0}])) };
        with_header(200, read, lsn, json!({"matches": found}))
    })
}

#[test]
fn an_upsert_returns_when_a_query_sees_it() {
    for (write, read) in [
        ("x-pinecone-request-lsn", "x-pinecone-max-indexed-lsn"),
        ("x-pinecone-lsn-committed", "x-pinecone-lsn-reconciled"),
        // Numbers that do not compare: then finding the vector is what counts.
        ("x-unknown", "x-pinecone-max-indexed-lsn"),
        ("x-pinecone-request-lsn", "x-unknown"),
        ("x-unknown", "x-unknown"),
    ] {
        for seen in [1, 4] {
            let world = lagging(seen, write, read);
            upsert(&world, &[vector("a", "{}")]).unwrap();
            let queries = paths(&world).iter().filter(|path| *path == "/query").count();
            assert_eq!(queries, seen, "{write} {read}");
        }
    }
}

#[test]
fn the_newest_write_of_a_call_is_waited_for() {
    let (mut write, mut seen) = (10, 10);
    let world = pinecone(move |sent| {
        if sent.uri.ends_with("/vectors/upsert") {
            write += 1;
            return with_header(200, "x-pinecone-request-lsn", write, stored(sent));
        }
        seen += 1;
        with_header(200, "x-pinecone-max-indexed-lsn", seen, json!({"matches": []}))
    });
    let metadata = json!({"text": "x".repeat(40_000)}).to_string();
    let vectors: Vec<Vector> = (0..100).map(|n| vector(&format!("{n:04}"), &metadata)).collect();
    upsert(&world, &vectors).unwrap();
    let paths = paths(&world);
    assert_eq!(paths.iter().filter(|path| *path == "/vectors/upsert").count(), 3);
    assert_eq!(paths.iter().filter(|path| *path == "/query").count(), 3);
}

#[test]
fn a_namespace_that_is_not_there_yet_is_waited_for() {
    let mut queries = 0;
    let world = pinecone(move |sent| {
        if sent.uri.ends_with("/vectors/upsert") {
            return with_header(200, "x-pinecone-request-lsn", 1, stored(sent));
        }
        queries += 1;
        if queries < 3 {
            return answer(404, json!({"code": 5, "message": "Namespace not found", "details": []}));
        }
        with_header(200, "x-pinecone-max-indexed-lsn", 1, json!({"matches": []}))
    });
    upsert(&world, &[vector("a", "{}")]).unwrap();
}

#[test]
fn what_is_stored_and_not_seen_in_time_is_said_to_be_so() {
    for (seconds, waited) in [(600, 30), (5, 5)] {
        let world = lagging(usize::MAX, "x-pinecone-request-lsn", "x-pinecone-max-indexed-lsn");
        let index = index(&world);
        let error =
            world.run(index.upsert(&world.call(seconds), "profiles", &[vector("a", "{}")])).unwrap_err();
        assert_eq!((error.kind, error.extra("reason")), (ErrorKind::TimedOut, Some("not-visible-yet")));
        let waited = Duration::from_secs(waited);
        assert!(world.monotonic() <= waited && world.monotonic() + Duration::from_secs(2) > waited);
        assert!(paths(&world).len() < 40);
    }
}

#[test]
fn a_count_other_than_what_was_sent_is_a_failure() {
    let world = pinecone(|_| answer(200, json!({"upsertedCount": 0})));
    let error = upsert(&world, &[vector("a", "{}")]).unwrap_err();
    assert_eq!((error.kind, paths(&world).len()), (ErrorKind::Failed, 1));
}
