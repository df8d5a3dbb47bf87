//! What a newcomer does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::cell::Cell;

use pipeline::schemas::Schema;
use serde_json::json;

use crate::{Server, request, workspace};

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(workspace().join("examples/data").join(name)).unwrap()
}

/// The tour of the README, each request to the next of the servers: they must be one service.
///
/// # Panics
/// When an answer is not the one promised.
pub fn tour(servers: &[&Server]) {
    tour_of(servers, "demo");
}

/// The same, as another relationship than the README's.
///
/// # Panics
/// When an answer is not the one promised.
pub fn tour_of(servers: &[&Server], relationship: &str) {
    let turn = Cell::new(0);
    let base = || {
        turn.set(turn.get() + 1);
        servers[turn.get() % servers.len()].url()
    };
    let v1 = || format!("{}/v1/relationships/{relationship}", base());
    assert_eq!(request("GET", &format!("{}/healthz", base()), &[], &[]).expect(200)["status"], "ok");
    let ready = request("GET", &format!("{}/readyz", base()), &[], &[]).expect(200);
    assert_eq!(ready["stages"].as_object().unwrap().len(), 9);

    let pdf = sample("handbook.pdf");
    let handbook = request("POST", &format!("{}/handbooks?filename=handbook.pdf", v1()), PDF, &pdf);
    assert!(
        handbook.header("server-timing").contains("embedder;dur="),
        "{}",
        handbook.header("server-timing")
    );
    let location = handbook.header("location").to_owned();
    let handbook = handbook.expect(201);
    assert_eq!((&handbook["status"], &handbook["filename"]), (&json!("indexed"), &json!("handbook.pdf")));
    assert_eq!(request("GET", &format!("{}{location}", base()), &[], &[]).expect(200)["id"], handbook["id"]);

    let transcript = sample("transcript.json");
    let conflict = || format!("{}/conflicts/c1", v1());
    let _ = request("PUT", &format!("{}/transcript", conflict()), JSON, &transcript).expect(201);
    let again = request("PUT", &format!("{}/transcript", conflict()), JSON, &transcript).expect(200);
    assert_eq!(again["attempts"], 1, "the same bytes do no work");
    let _ = request("POST", &format!("{}/analysis", conflict()), &[], &[]).expect(201);
    let analysis = request("GET", &format!("{}/analysis", conflict()), &[], &[]).expect(200);
    Schema::Analysis.validate(&analysis["content"]).unwrap();
    let path = format!("analysis/{relationship}/c1_analysis.json");
    let file = request("GET", &format!("{}/v1/files?path={path}", base()), &[], &[]).expect(200);
    assert_eq!(file, analysis, "it lies where the layout says");
    for partner in ["partner_a", "partner_b"] {
        let _ = request("POST", &format!("{}/repair-plans/{partner}", conflict()), &[], &[]).expect(201);
        let plan = request("GET", &format!("{}/repair-plans/{partner}", conflict()), &[], &[]).expect(200);
        Schema::RepairPlan.validate(&plan["content"]).unwrap();
        let path = format!("repair_plans/{relationship}/c1_repair_{partner}.json");
        let file = request("GET", &format!("{}/v1/files?path={path}", base()), &[], &[]).expect(200);
        assert_eq!(file, plan, "it lies where the layout says");
    }

    let query = json!({ "query": "how long should a pause last?", "kinds": ["handbook"] }).to_string();
    let found = request("POST", &format!("{}/search", v1()), JSON, query.as_bytes()).expect(200);
    let best = &found["passages"][0];
    assert_eq!((&best["page"], &best["document"]["id"]), (&json!(2), &handbook["id"]), "{found:#}");
    assert!(best["text"].as_str().unwrap().contains("A pause lasts at least twenty minutes"));
    let read = request("GET", best["url"].as_str().unwrap(), &[], &[]);
    assert_eq!((read.status, read.body), (200, pdf));

    let listed = request("GET", &format!("{}/documents", v1()), &[], &[]).expect(200);
    let kinds: Vec<_> = listed["documents"].as_array().unwrap().iter().map(|d| d["kind"].clone()).collect();
    assert_eq!(kinds, ["handbook", "transcript", "analysis", "repair-plan", "repair-plan"]);
    let other = format!("{}/v1/relationships/other/documents", base());
    assert_eq!(request("GET", &other, &[], &[]).expect(200)["documents"], json!([]));

    for document in listed["documents"].as_array().unwrap() {
        let own = format!("{}{}", base(), document["links"]["self"].as_str().unwrap());
        assert_eq!(request("DELETE", &own, &[], &[]).status, 204);
        assert_eq!(request("GET", &own, &[], &[]).status, 404);
        let file = format!("{}{}", base(), document["links"]["file"].as_str().unwrap());
        assert_eq!(request("GET", &file, &[], &[]).status, 404);
    }
    assert_eq!(
        request("POST", &format!("{}/search", v1()), JSON, query.as_bytes()).expect(200)["passages"],
        json!([])
    );
}
