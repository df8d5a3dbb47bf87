//! The example stages in Python, JavaScript and C: built by their own toolchains, tested by their own test runners, and swapped in by their one line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use serene_tests::documents::pdf;
use serene_tests::languages::Project;
use serene_tests::stages::{other, swapped};
use serene_tests::{Server, request, serene};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Serene with one stage replaced, which calls itself `name`.
fn start(state: &Path, stage: &str, component: &Path, name: &str) -> Server {
    let manifest = swapped(state, stage, component);
    let server = Server::start(state, &["--from", manifest.to_str().unwrap()]);
    let ready = request("GET", &format!("{}/readyz", server.url()), &[], &[]).expect(200);
    assert_eq!(ready["stages"][stage]["name"], name, "{ready}");
    server
}

/// Builds an example, which is as small as docs/stages.md says and keeps the contract.
fn built(example: &Project, max_bytes: u64) -> PathBuf {
    let component = example.build();
    let bytes = component.metadata().unwrap().len();
    assert!(
        bytes <= max_bytes,
        "{} has {bytes} bytes, and at most {max_bytes} are promised",
        component.display()
    );
    let said = example.run(&format!("serene stage check {}", component.display()));
    assert!(said.contains(" passed, 0 failed"), "{said}");
    component
}

fn put_transcript(server: &Server, conflict: &str, turns: &[(&str, &str)]) {
    let segments: Vec<_> =
        turns.iter().map(|(speaker, text)| json!({ "speaker": speaker, "text": text })).collect();
    let url = format!("{}/v1/relationships/r/conflicts/{conflict}/transcript", server.url());
    let answer = request("PUT", &url, &[JSON], json!({ "segments": segments }).to_string().as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.json()["status"], "indexed");
}

fn search(server: &Server, query: &str) -> Value {
    let url = format!("{}/v1/relationships/r/search", server.url());
    request("POST", &url, &[JSON], json!({ "query": query }).to_string().as_bytes()).expect(200)
}

fn texts(found: &Value) -> Vec<&str> {
    found["passages"].as_array().unwrap().iter().map(|passage| passage["text"].as_str().unwrap()).collect()
}

#[test]
fn redaction_in_python_keeps_people_from_searches_and_from_the_generator_and_the_file_as_it_is() {
    let example = Project::example("redaction-python");
    let _ = example.run("python3 -m unittest --quiet");
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path(), "transformer", &built(&example, 22_000_000), "transformer-redaction");
    let turns = [
        (
            "partner_a",
            "My name is Xaverl Quandt. Call me at +49 30 901820, or write to x.quandt@example.com.",
        ),
        ("partner_b", "Xaverl was late again, and Quandt says half an hour is nothing."),
    ];
    put_transcript(&server, "c", &turns);
    let found = search(&server, "late again half an hour");
    let shown = texts(&found).join("\n");
    for hidden in ["Xaverl", "Quandt", "901820", "example.com"] {
        assert!(!shown.contains(hidden), "{hidden} is in {shown}");
    }
    for kept in ["My name is [name].", "[phone]", "[email]", "[name] was late again, and [name] says"] {
        assert!(shown.contains(kept), "{kept} is not in {shown}");
    }
    let conflict = format!("{}/v1/relationships/r/conflicts/c", server.url());
    let analysis = format!("{conflict}/analysis");
    let _ = request("POST", &analysis, &[], &[]).expect(201);
    let analysis = request("GET", &analysis, &[], &[]).expect(200)["content"].to_string();
    assert!(!analysis.contains("Xaverl") && !analysis.contains("901820"), "{analysis}");
    assert!(analysis.contains("[name]"), "{analysis}");
    let file = request("GET", &format!("{conflict}/transcript"), &[], &[]).text();
    assert!(file.contains("Xaverl Quandt") && file.contains("+49 30 901820"), "{file}");
}

#[test]
fn turns_in_javascript_are_the_passages() {
    let example = Project::example("turns-javascript");
    let _ = example.run("node --test");
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path(), "chunker", &built(&example, 1_500_000), "chunker-turns");
    let turns = [
        ("partner_a", "The kitchen – again."),
        ("partner_a", "And the dishes."),
        ("partner_b", "The garden is mine."),
        ("partner_a", "The car is not."),
    ];
    put_transcript(&server, "c", &turns);
    let found = search(&server, "the garden");
    assert_eq!(texts(&found)[0], "The garden is mine.");
    let mut passages: Vec<_> = found["passages"].as_array().unwrap().iter().collect();
    passages.sort_by_key(|passage| passage["turn"].as_u64());
    let places: Vec<_> =
        passages.iter().map(|p| json!([p["text"], p["turn"], p["start"], p["end_turn"], p["end"]])).collect();
    assert_eq!(
        places,
        [
            json!(["The kitchen – again.\nAnd the dishes.", 1, 0, 2, 15]),
            json!(["The garden is mine.", 3, 0, 3, 19]),
            json!(["The car is not.", 4, 0, 4, 15]),
        ]
    );
}

#[test]
fn overlap_in_c_puts_the_passage_first_that_shares_the_rare_words() {
    let example = Project::example("overlap-c");
    let _ = example.run("sh test.sh");
    let state = tempfile::tempdir().unwrap();
    let component = built(&example, 16_000);
    let server = start(state.path(), "reranker", &component, "reranker-overlap");
    for (n, text) in
        ["alone in the evening", "the money and the car", "the GARDEN in the evening"].iter().enumerate()
    {
        put_transcript(&server, &format!("c{n}"), &[("partner_a", text)]);
    }
    let found = search(&server, "who waters the garden?");
    assert_eq!(found["models"]["reranker"], "word-overlap-1");
    let scores: Vec<f64> =
        found["passages"].as_array().unwrap().iter().map(|p| p["score"].as_f64().unwrap()).collect();
    assert_eq!(scores.len(), 3);
    assert!(texts(&found)[0].contains("GARDEN"), "{found}");
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] < 1.0 && scores[0] > scores[1], "{scores:?}");
}

#[test]
fn pypdf_in_python_reads_documents_as_they_stream_in() {
    let example = Project::example("pypdf-python");
    let component = built(&example, 55_000_000);
    // What the build has put in place is what is tested.
    let _ = example.run("PYTHONPATH=build/packages python3 -m unittest --quiet");
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path(), "extractor", &component, "extractor-pypdf");
    let put = |id: &str, pdf: &[u8]| {
        let url = format!("{}/v1/relationships/r/handbooks/{id}", server.url());
        request("PUT", &url, &[("content-type", "application/pdf")], pdf)
    };
    let lines = (0..4_000).map(|n| format!("BT /F 12 Tf 40 {} Td (Line {n}.) Tj ET\n", 4_000 - n));
    let stored = put("long", &pdf(&lines.collect::<String>(), false)).expect(201);
    assert_eq!(stored["models"]["extractor"], "extractor-pypdf@0.1.0/pypdf-7.1.1");
    // The last line came through, so all of the stream did.
    assert!(texts(&search(&server, "line 3999")).iter().any(|text| text.contains("Line 3999.")));
    for (id, reason, bytes) in [
        ("locked", "encrypted", pdf("BT /F 12 Tf (Secret.) Tj ET", true)),
        ("blank", "no-text", pdf("", false)),
        ("broken", "broken", b"%PDF-1.7 and nothing else".to_vec()),
    ] {
        assert_eq!(put(id, &bytes).expect(400)["reason"], reason);
    }
}

#[test]
fn a_stage_built_without_async_is_refused_with_what_to_build_it_with() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = swapped(folder.path(), "transformer", &other("transformer-sync"));
    let output =
        serene(&["up", "--no-build", "--listen", "127.0.0.1:0", "--from", manifest.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it started");
    for words in [
        "`serene:transformer`",
        "transformer_sync.wasm",
        "`describe`, `transform` without `async`",
        "componentize-py",
    ] {
        assert!(said.contains(words), "{words} is not in: {said}");
    }
}
