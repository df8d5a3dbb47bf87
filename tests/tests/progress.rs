//! Progress: one event for each stage that is done, then the document.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serde_json::{Value, json};
use serene_tests::{Answer, Server, documents, request, workspace};

const EVENTS: (&str, &str) = ("accept", "text/event-stream");
const PDF: (&str, &str) = ("content-type", "application/pdf");
const JSON: (&str, &str) = ("content-type", "application/json");

/// The events of an answer: the stages that it names, sorted, and the last event.
fn events(answer: &Answer) -> (Vec<String>, (String, Value)) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let text = answer.text();
    let mut events: Vec<(String, Value)> = text
        .strip_suffix("\n\n")
        .unwrap()
        .split("\n\n")
        .map(|event| {
            let (name, data) = event.split_once('\n').unwrap();
            let data = data.strip_prefix("data: ").unwrap();
            (name.strip_prefix("event: ").unwrap().to_owned(), serde_json::from_str(data).unwrap())
        })
        .collect();
    let last = events.pop().unwrap();
    let elapsed: Vec<_> = events.iter().map(|(_, data)| data["elapsed_ms"].as_u64().unwrap()).collect();
    assert!(elapsed.is_sorted(), "{text}");
    let mut stages: Vec<_> = events
        .iter()
        .map(|(name, data)| {
            assert_eq!(name, "stage");
            data["stage"].as_str().unwrap().to_owned()
        })
        .collect();
    stages.sort_unstable();
    (stages, last)
}

serene_tests::with_reused_and_with_fresh_instances! {
    an_upload_reports_each_stage_and_then_the_document
    progress_is_reported_only_when_asked_for_by_name
    what_is_refused_before_any_stage_is_done_keeps_its_own_status
}

fn an_upload_reports_each_stage_and_then_the_document(arguments: &[&str]) {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), arguments);
    let v1 = format!("{}/v1/relationships/r", server.url());
    let pdf = std::fs::read(workspace().join("examples/data/handbook.pdf")).unwrap();
    let indexed = ["chunker", "embedder", "object-store", "record-store", "transformer", "vector-index"];

    let url = format!("{v1}/handbooks/h");
    let (stages, (name, handbook)) = events(&request("PUT", &url, &[PDF, EVENTS], &pdf));
    assert_eq!(
        stages,
        [&indexed[..2], &["extractor"], &indexed[2..]].concat(),
        "every stage of a PDF's way, once"
    );
    assert_eq!((name.as_str(), &handbook["status"]), ("document", &json!("indexed")));
    let own = format!("{}{}", server.url(), handbook["links"]["self"].as_str().unwrap());
    let read = request("GET", &own, &[], &[]).expect(200);
    assert_eq!((&read["id"], &read["revision"]), (&handbook["id"], &handbook["revision"]));
    let (_, (name, again)) = events(&request("PUT", &url, &[PDF, EVENTS], &pdf));
    assert_eq!((name.as_str(), &again), ("document", &read), "the same bytes do no work");
    let resume = format!("{}{}", server.url(), handbook["links"]["resume"].as_str().unwrap());
    assert_eq!(events(&request("POST", &resume, &[EVENTS], &[])), (vec![], ("document".to_owned(), read)));

    let conflict = format!("{v1}/conflicts/c");
    let transcript = documents::transcript(20).to_string();
    let put = request("PUT", &format!("{conflict}/transcript"), &[JSON, EVENTS], transcript.as_bytes());
    assert_eq!(events(&put).0, indexed);
    let (stages, (name, analysis)) =
        events(&request("POST", &format!("{conflict}/analysis"), &[EVENTS], &[]));
    assert_eq!(stages, [&indexed[..2], &["generator"], &indexed[2..]].concat());
    assert_eq!((name.as_str(), &analysis["kind"]), ("document", &json!("analysis")));
    let plan = request("POST", &format!("{conflict}/repair-plans/partner_a"), &[EVENTS], &[]);
    assert_eq!(events(&plan).0, ["generator", "object-store", "record-store"]);
}

fn progress_is_reported_only_when_asked_for_by_name(arguments: &[&str]) {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), arguments);
    let url = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
    let transcript = documents::transcript(2).to_string();
    for accept in ["*/*", "application/json", "text/*", "text/event-stream;q=0"] {
        let answer = request("PUT", &url, &[JSON, ("accept", accept)], transcript.as_bytes());
        assert_eq!(answer.header("content-type"), "application/json", "{accept}");
    }
    let accept = ("accept", "application/json;q=0.5, Text/Event-Stream");
    assert_eq!(events(&request("PUT", &url, &[JSON, accept], transcript.as_bytes())).1.0, "document");
    // What takes no way through the stages has no progress to report.
    let listed = request("GET", &format!("{}/v1/relationships/r/documents", server.url()), &[EVENTS], &[]);
    assert_eq!(listed.header("content-type"), "application/json");
}

fn what_is_refused_before_any_stage_is_done_keeps_its_own_status(arguments: &[&str]) {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), arguments);
    let v1 = format!("{}/v1/relationships/r", server.url());
    let locked = documents::pdf("BT /F 10 Tf 50 700 Td (Read me aloud) Tj ET", true);
    let cases = [
        (request("PUT", &format!("{v1}/handbooks/h"), &[PDF, EVENTS], &locked), 400),
        (request("PUT", &format!("{v1}/handbooks/h"), &[JSON, EVENTS], b"{}"), 415),
        (request("POST", &format!("{v1}/conflicts/c/analysis"), &[EVENTS], &[]), 404),
    ];
    for (answer, status) in cases {
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.expect(status)["status"], status);
    }
    let listed = request("GET", &format!("{v1}/documents"), &[], &[]).expect(200);
    assert_eq!(listed["documents"], json!([]));
}
