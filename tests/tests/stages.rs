//! The shipped local stages keep the contract, and a stage of one's own gets into Serene by the commands.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::process::Output;

use serde_json::{Value, json};
use serene_tests::stages::{manifest, other};
use serene_tests::{Server, request, serene};

/// What a command wrote to standard output; it must succeed.
#[track_caller]
fn succeeds(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = serene(&[&["stage"], arguments].concat());
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{arguments:?}: {out}{err}");
    out
}

#[test]
fn every_local_stage_keeps_the_contract() {
    let list: Value = serde_json::from_str(&succeeds(&["list", "--json"])).unwrap();
    let stages = list.as_array().unwrap();
    assert_eq!(stages.len(), 9);
    for stage in stages {
        let file = stage["file"].as_str().unwrap();
        let reports: Value = serde_json::from_str(&succeeds(&["check", file, "--format", "json"])).unwrap();
        let cases = reports[0]["cases"].as_array().unwrap();
        assert!(cases.len() >= 20, "{reports}");
        assert_eq!(reports[0]["interface"], stage["export"]);
    }
}

#[test]
fn every_local_stage_does_all_the_work_that_is_timed() {
    let list: Value = serde_json::from_str(&succeeds(&["list", "--json"])).unwrap();
    for stage in list.as_array().unwrap() {
        let bench =
            ["bench", stage["file"].as_str().unwrap(), "--rounds", "1", "--time", "1", "--format", "json"];
        let report: Value = serde_json::from_str(&succeeds(&bench)).unwrap();
        assert_eq!(report["interface"], stage["export"]);
        assert_eq!(report["stage"]["file"], report["against"]["file"], "the shipped one beside itself");
        let workloads = report["workloads"].as_array().unwrap();
        assert!(workloads.len() >= 3, "{report}");
        for workload in workloads {
            assert!(workload["measured"].is_object(), "{workload}");
        }
    }
}

#[test]
fn a_stage_that_is_wrapped_and_swapped_in_shows_its_effect_until_that_is_undone() {
    let state = tempfile::tempdir().unwrap();
    let spin_toml = manifest(state.path(), |_| {});
    let before = std::fs::read_to_string(&spin_toml).unwrap();
    let from = spin_toml.to_str().unwrap();
    let wrapped = state.path().join("wrapped.wasm");
    let (outer, inner) = (other("transformer-brackets"), other("transformer-digits"));
    let wrap = ["wrap", outer.to_str().unwrap(), inner.to_str().unwrap(), "-o", wrapped.to_str().unwrap()];
    succeeds(&wrap);
    let said = succeeds(&["swap", "transformer", wrapped.to_str().unwrap(), "--from", from]);
    assert!(said.contains("It may use nothing outside of itself") && !said.contains("not built"), "{said}");
    let found = |server: &Server| {
        let url = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
        let segments = json!({ "segments": [{ "speaker": "partner_a", "text": "Late 17 times." }] });
        let headers = [("content-type", "application/json")];
        let answer = request("PUT", &url, &headers, segments.to_string().as_bytes());
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        let search = format!("{}/v1/relationships/r/search", server.url());
        let found = request("POST", &search, &headers, b"{\"query\": \"late\"}").expect(200);
        found["passages"][0]["text"].as_str().unwrap().to_owned()
    };
    let text = found(&Server::start(state.path(), &["--from", from]));
    assert!(text.contains("[Late ## times.]"), "{text}");
    succeeds(&["swap", "transformer", "--undo", "--from", from]);
    assert_eq!(std::fs::read_to_string(&spin_toml).unwrap(), before);
    let text = found(&Server::start(state.path(), &["--from", from]));
    assert!(text.contains("Late 17 times."), "{text}");
}
