//! The tour of the README, and what a newcomer does next.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::process::Command;

use pipeline::schemas::Schema;
use serde_json::{Value, json};
use serene_tests::{Server, Shown, commands, documents, request, tour, tour_of, workspace};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

#[test]
fn the_tour_works_with_instances_reused_many_times_at_once() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    tour(&[&server]);
    std::thread::scope(|scope| {
        for guest in 0..8 {
            let server = &server;
            scope.spawn(move || tour_of(&[server], &format!("guest-{guest}")));
        }
    });
    let report = server.stop();
    let count = |name: &str| report[name].as_u64().unwrap();
    assert!(count("requests") > 200 && count("instances") < count("requests") / 4, "{report:#}");
    let timings = report["timings"].as_object().unwrap();
    assert_eq!(timings.len(), 9, "{report:#}");
    for (stage, timing) in timings {
        let figure = |name: &str| timing[name].as_f64().unwrap();
        assert!(figure("requests") >= 9.0 && figure("longest_ms") <= figure("total_ms"), "{stage}: {timing}");
    }
}

#[test]
fn the_tour_works_with_a_fresh_instance_a_request() {
    let state = tempfile::tempdir().unwrap();
    tour(&[&Server::start(state.path(), &["--max-instance-reuse-count", "1"])]);
}

#[test]
fn the_commands_of_the_readmes_tour_do_what_it_says() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(workspace().join("examples"), folder.path().join("examples")).unwrap();
    let run = |shown: &Shown| {
        let command = shown.command.replace("http://127.0.0.1:3000", server.url());
        let output = Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && !said.contains("/problems/"), "{command}: {said}");
        said
    };
    let said: Vec<String> = commands(&workspace().join("README.md"), "A tour").iter().map(run).collect();
    let [handbook, transcript, analysis, written, plan, found, downloaded, listed, progress] =
        said.as_slice()
    else {
        panic!("the tour has other commands: {said:#?}")
    };
    let json = |said: &str| serde_json::from_str::<Value>(said).unwrap();
    for stored in [handbook, transcript, analysis, written] {
        assert_eq!(json(stored)["status"], "indexed", "{stored}");
    }
    Schema::RepairPlan.validate(&json(plan)["content"]).unwrap();
    assert_eq!(json(found)["passages"][0]["page"], 2, "{found}");
    let sent = std::fs::read(workspace().join("examples/data/transcript.json")).unwrap();
    assert!(downloaded.is_empty() && std::fs::read(folder.path().join("transcript.json")).unwrap() == sent);
    assert_eq!(json(listed)["documents"].as_array().unwrap().len(), 4, "{listed}");
    assert!(progress.contains("event: stage\n") && progress.contains("event: document\n"), "{progress}");
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
    for path in [
        "transcripts/r/long.json",
        "analysis/r/long_analysis.json",
        "repair_plans/r/long_repair_partner_a.json",
        "repair_plans/r/long_repair_partner_b.json",
    ] {
        let file = format!("{}/v1/files?path={path}", server.url());
        assert_eq!(request("HEAD", &file, &[], &[]).status, 200, "{path}");
    }
    let query = json!({ "query": "This is remark 1234.", "limit": 5 }).to_string();
    let found =
        request("POST", &format!("{}/v1/relationships/r/search", server.url()), JSON, query.as_bytes());
    let found = found.expect(200);
    let (first, last) = (&found["passages"][0]["turn"], &found["passages"][0]["end_turn"]);
    assert!(first.as_u64().unwrap() <= 1235 && 1235 <= last.as_u64().unwrap(), "{found:#}");
}
