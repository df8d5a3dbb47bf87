//! Every stage, replaced by another one through its one line of the manifest, and what that changes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::path::Path;

use serde_json::{Value, json};
use serene_tests::stages::{other, swapped, with_cloud_stage};
use serene_tests::{Emulated, Server, request};

const PDF: (&str, &str) = ("content-type", "application/pdf");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Serene with one stage replaced by the crate of that name in `tests/stages/`.
fn start(state: &Path, stage: &str, name: &str) -> Server {
    let manifest = swapped(state, stage, &other(name));
    let server = Server::start(state, &["--from", manifest.to_str().unwrap()]);
    let ready = request("GET", &format!("{}/readyz", server.url()), &[], &[]).expect(200);
    for (each, info) in ready["stages"].as_object().unwrap() {
        assert_eq!(info["name"] == name, each == stage, "{each}: {info}");
    }
    server
}

fn put_transcript(server: &Server, texts: &[&str]) -> Value {
    let segments: Vec<_> = texts.iter().map(|text| json!({ "speaker": "partner_a", "text": text })).collect();
    let url = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
    let body = json!({ "segments": segments }).to_string();
    let answer = request("PUT", &url, &[JSON], body.as_bytes());
    assert!(matches!(answer.status, 200..=202), "{}", answer.text());
    answer.json()
}

fn search(server: &Server, query: &str) -> Value {
    let url = format!("{}/v1/relationships/r/search", server.url());
    request("POST", &url, &[JSON], json!({ "query": query }).to_string().as_bytes()).expect(200)
}

fn texts(found: &Value) -> Vec<String> {
    let passages = found["passages"].as_array().unwrap().iter();
    passages.map(|passage| passage["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_transformer_that_hides_digits_hides_them_from_searches_and_not_from_the_file() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path(), "transformer", "transformer-digits");
    put_transcript(&server, &["You were late 17 times since May."]);
    let found = texts(&search(&server, "late since May"));
    assert!(found[0].contains("late ## times"), "{found:?}");
    let file = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
    assert!(request("GET", &file, &[], &[]).text().contains("late 17 times"));
}

#[test]
fn a_chunker_by_paragraphs_makes_a_passage_of_each() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path(), "chunker", "chunker-paragraphs");
    put_transcript(&server, &["The kitchen.\n\nThe garden.", "The car."]);
    let mut found = texts(&search(&server, "the garden"));
    assert_eq!(found[0], "The garden.");
    found.sort();
    assert_eq!(found, ["The car.", "The garden.", "The kitchen."]);
}

#[test]
fn a_reranker_that_reverses_puts_the_nearest_last() {
    let state = tempfile::tempdir().unwrap();
    let words = ["alone in the evening", "the money and the car", "half an hour on Sunday"];
    let stored = |server: &Server| {
        for (n, text) in words.iter().enumerate() {
            let url = format!("{}/v1/relationships/r/conflicts/c{n}/transcript", server.url());
            let body = json!({ "segments": [{ "speaker": "partner_a", "text": text }] }).to_string();
            let answer = request("PUT", &url, &[JSON], body.as_bytes());
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        }
        search(server, "half an hour on Sunday")
    };
    let before = stored(&Server::start(state.path(), &[]));
    // The same data: a reranker is no part of what was computed.
    let after = stored(&start(state.path(), "reranker", "reranker-reverse"));
    let (mut before, after) = (texts(&before), (texts(&after), &after["models"]["reranker"]));
    assert_eq!(before.len(), 3);
    assert!(before[0].contains(words[2]), "{before:?}");
    before.reverse();
    assert_eq!(after, (before, &json!("reversed")));
}

#[test]
fn an_embedder_of_another_size_finds_by_its_own_measure_and_does_not_mix_with_an_index_of_the_old_one() {
    let state = tempfile::tempdir().unwrap();
    let text = ["A jazz quiz puzzles zebras."];
    {
        let server = start(state.path(), "embedder", "embedder-letters");
        let document = put_transcript(&server, &text);
        assert_eq!(document["models"]["embedder"], "embedder-letters@0.1.0/letters-26");
        // Shares letters with the text, and no word.
        let found = search(&server, "zzzz qqq jjj");
        assert_eq!(found["models"]["embedder"], "letters-26");
        assert!(found["passages"][0]["score"].as_f64().unwrap() > 0.0);
        assert!(texts(&found)[0].contains("zebras"));
    }
    // Back to the shipped one, over vectors of 26 numbers: the file is safe, and the fault is named.
    let server = Server::start(state.path(), &[]);
    let url = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
    let body = json!({ "segments": [{ "speaker": "partner_a", "text": "Another text." }] }).to_string();
    let failed = request("PUT", &url, &[JSON], body.as_bytes()).expect(202);
    assert_eq!(
        (&failed["status"], &failed["failed_stage"], &failed["last_error"]["code"]),
        (&json!("failed"), &json!("vector-index"), &json!("misconfigured"))
    );
    assert_eq!(request("GET", &url, &[], &[]).json()["segments"][0]["text"], "Another text.");
}

#[test]
fn an_extractor_of_plain_text_reads_what_the_shipped_one_refuses() {
    let state = tempfile::tempdir().unwrap();
    let plain = "%PDF-plain\nA pause lasts at least twenty minutes.";
    {
        let server = Server::start(state.path(), &[]);
        let url = format!("{}/v1/relationships/r/handbooks/h", server.url());
        assert_eq!(request("PUT", &url, &[PDF], plain.as_bytes()).status, 400);
    }
    let server = start(state.path(), "extractor", "extractor-plain");
    let url = format!("{}/v1/relationships/r/handbooks/h", server.url());
    let document = request("PUT", &url, &[PDF], plain.as_bytes()).expect(201);
    assert_eq!(document["models"]["extractor"], "extractor-plain@0.1.0/plain");
    assert_eq!(texts(&search(&server, "how long is a pause?")), ["A pause lasts at least twenty minutes."]);
}

#[test]
fn a_generator_that_knows_one_word_writes_the_analysis_and_the_plan_with_it() {
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path(), "generator", "generator-constant");
    put_transcript(&server, &["Hello."]);
    let conflict = format!("{}/v1/relationships/r/conflicts/c", server.url());
    for document in ["analysis", "repair-plans/partner_a"] {
        let url = format!("{conflict}/{document}");
        let _ = request("POST", &url, &[], &[]).expect(201);
        let stored = request("GET", &url, &[], &[]).expect(200);
        assert_eq!(stored["content"]["summary"], "Pomegranate.");
        assert_eq!(stored["generator"]["model"], "constant");
    }
    // It writes every plan for the first partner it may name; the flow does not take that one for the other's.
    let answer = request("POST", &format!("{conflict}/repair-plans/partner_b"), &[], &[]);
    let problem = answer.expect(502);
    assert_eq!((&problem["stage"], &problem["reason"]), (&json!("generator"), &json!("schema")));
}

#[test]
fn each_store_is_replaced_by_the_clouds_while_the_others_stay_local() {
    let cloud = Emulated::start();
    for (stage, name) in [
        ("object-store", "object-store-s3"),
        ("record-store", "record-store-supabase"),
        ("vector-index", "vector-index-pinecone"),
    ] {
        let state = tempfile::tempdir().unwrap();
        let manifest = with_cloud_stage(state.path(), stage);
        let (manifest, variables) = (manifest.to_str().unwrap(), cloud.env_file().to_str().unwrap());
        let server = Server::start(state.path(), &["--from", manifest, "--env-file", variables]);
        let ready = request("GET", &format!("{}/readyz", server.url()), &[], &[]).expect(200);
        for (each, info) in ready["stages"].as_object().unwrap() {
            assert_eq!(info["name"] == name, each == stage, "{each}: {info}");
        }
        assert_eq!(
            put_transcript(&server, &["A pause lasts twenty minutes."])["status"],
            "indexed",
            "{name}"
        );
        assert!(texts(&search(&server, "how long is a pause?"))[0].contains("twenty minutes"), "{name}");
        let url = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
        assert!(request("GET", &url, &[], &[]).text().contains("twenty minutes"), "{name}");
        assert_eq!(request("DELETE", &url, &[], &[]).status, 204, "{name}");
        assert_eq!(request("GET", &url, &[], &[]).status, 404, "{name}");
        assert!(texts(&search(&server, "how long is a pause?")).is_empty(), "{name}");
    }
}
