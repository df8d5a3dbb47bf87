//! The tour of the README, and what a newcomer does next.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use pipeline::schemas::Schema;
use serde_json::json;
use serene_tests::{Server, documents, request, workspace};

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(workspace().join("examples/data").join(name)).unwrap()
}

fn tour(server: &Server) {
    let v1 = format!("{}/v1/relationships/demo", server.url());
    assert_eq!(request("GET", &format!("{}/healthz", server.url()), &[], &[]).expect(200)["status"], "ok");
    let ready = request("GET", &format!("{}/readyz", server.url()), &[], &[]).expect(200);
    assert_eq!(ready["stages"].as_object().unwrap().len(), 9);

    let pdf = sample("handbook.pdf");
    let handbook = request("POST", &format!("{v1}/handbooks?filename=handbook.pdf"), PDF, &pdf);
    assert!(
        handbook.header("server-timing").contains("embedder;dur="),
        "{}",
        handbook.header("server-timing")
    );
    let location = handbook.header("location").to_owned();
    let handbook = handbook.expect(201);
    assert_eq!((&handbook["status"], &handbook["filename"]), (&json!("indexed"), &json!("handbook.pdf")));
    assert_eq!(
        request("GET", &format!("{}{location}", server.url()), &[], &[]).expect(200)["id"],
        handbook["id"]
    );

    let transcript = sample("transcript.json");
    let conflict = format!("{v1}/conflicts/c1");
    let _ = request("PUT", &format!("{conflict}/transcript"), JSON, &transcript).expect(201);
    let again = request("PUT", &format!("{conflict}/transcript"), JSON, &transcript).expect(200);
    assert_eq!(again["attempts"], 1, "the same bytes do no work");
    let _ = request("POST", &format!("{conflict}/analysis"), &[], &[]).expect(201);
    let analysis = request("GET", &format!("{conflict}/analysis"), &[], &[]).expect(200);
    Schema::Analysis.validate(&analysis["content"]).unwrap();
    for partner in ["partner_a", "partner_b"] {
        let _ = request("POST", &format!("{conflict}/repair-plans/{partner}"), &[], &[]).expect(201);
        let plan = request("GET", &format!("{conflict}/repair-plans/{partner}"), &[], &[]).expect(200);
        Schema::RepairPlan.validate(&plan["content"]).unwrap();
        let path = format!("repair_plans/demo/c1_repair_{partner}.json");
        let file = request("GET", &format!("{}/v1/files?path={path}", server.url()), &[], &[]).expect(200);
        assert_eq!(file, plan, "it lies where the layout says");
    }

    let query = json!({ "query": "how long should a pause last?", "kinds": ["handbook"] }).to_string();
    let found = request("POST", &format!("{v1}/search"), JSON, query.as_bytes()).expect(200);
    let best = &found["passages"][0];
    assert_eq!((&best["page"], &best["document"]["id"]), (&json!(2), &handbook["id"]), "{found:#}");
    assert!(best["text"].as_str().unwrap().contains("A pause lasts at least twenty minutes"));
    let read = request("GET", best["url"].as_str().unwrap(), &[], &[]);
    assert_eq!((read.status, read.body), (200, pdf));

    let listed = request("GET", &format!("{v1}/documents"), &[], &[]).expect(200);
    let kinds: Vec<_> = listed["documents"].as_array().unwrap().iter().map(|d| d["kind"].clone()).collect();
    assert_eq!(kinds, ["handbook", "transcript", "analysis", "repair-plan", "repair-plan"]);
    let other = format!("{}/v1/relationships/other/documents", server.url());
    assert_eq!(request("GET", &other, &[], &[]).expect(200)["documents"], json!([]));

    for document in listed["documents"].as_array().unwrap() {
        let own = format!("{}{}", server.url(), document["links"]["self"].as_str().unwrap());
        assert_eq!(request("DELETE", &own, &[], &[]).status, 204);
        assert_eq!(request("GET", &own, &[], &[]).status, 404);
        let file = format!("{}{}", server.url(), document["links"]["file"].as_str().unwrap());
        assert_eq!(request("GET", &file, &[], &[]).status, 404);
    }
    assert_eq!(
        request("POST", &format!("{v1}/search"), JSON, query.as_bytes()).expect(200)["passages"],
        json!([])
    );
}

#[test]
fn the_tour_works_with_instances_reused_many_times_at_once() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    tour(&server);
    tour(&server);
}

#[test]
fn the_tour_works_with_a_fresh_instance_a_request() {
    let state = tempfile::tempdir().unwrap();
    tour(&Server::start(state.path(), &["--max-instance-reuse-count", "1"]));
}

#[test]
fn a_transcript_of_2000_turns_is_analysed_and_both_plans_fit_their_schema() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let conflict = format!("{}/v1/relationships/r/conflicts/long", server.url());
    let transcript = documents::transcript(2000).to_string();
    let _ = request("PUT", &format!("{conflict}/transcript"), JSON, transcript.as_bytes()).expect(201);
    let _ = request("POST", &format!("{conflict}/analysis"), &[], &[]).expect(201);
    let stored = request("GET", &format!("{conflict}/analysis"), &[], &[]).expect(200);
    Schema::Analysis.validate(&stored["content"]).unwrap();
    for partner in ["partner_a", "partner_b"] {
        let _ = request("POST", &format!("{conflict}/repair-plans/{partner}"), &[], &[]).expect(201);
        let stored = request("GET", &format!("{conflict}/repair-plans/{partner}"), &[], &[]).expect(200);
        Schema::RepairPlan.validate(&stored["content"]).unwrap();
    }
    let query = json!({ "query": "This is remark 1234.", "limit": 5 }).to_string();
    let found =
        request("POST", &format!("{}/v1/relationships/r/search", server.url()), JSON, query.as_bytes());
    let found = found.expect(200);
    let (first, last) = (&found["passages"][0]["turn"], &found["passages"][0]["end_turn"]);
    assert!(first.as_u64().unwrap() <= 1235 && 1235 <= last.as_u64().unwrap(), "{found:#}");
}
