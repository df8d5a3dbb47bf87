//! The real host in the cloud profile, killed again and again amid traffic while its providers misbehave on the wire:
//! nothing that was acknowledged is lost, and reconcile brings the stores to agree.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod client;
mod known;
mod report;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use client::Client;
use fastrand::Rng;
use report::Report;
use serde_json::Value;
use serene_tests::{Emulated, Server, request, serene};

/// Clients at once, each with a relationship of its own.
const CLIENTS: usize = 3;
/// The longest a host lives, in milliseconds from the moment it serves.
const LIFE_MS: u64 = 1500;
/// What a request may take, and how old something must be before reconcile touches it.
const SECONDS: u64 = 5;

#[test]
fn a_few_kills_amid_faults_lose_nothing_that_was_acknowledged() {
    run(8, 4, 7);
}

#[test]
#[ignore = "takes half an hour: CHAOS_REPORT=report.md cargo serene test -- -p serene-tests --test chaos -- --ignored"]
fn five_hundred_kills_amid_faults_lose_nothing_that_was_acknowledged() {
    let report = run(500, 50, 500);
    println!("{report}");
    if let Some(path) = std::env::var_os("CHAOS_REPORT") {
        std::fs::write(path, report).unwrap();
    }
}

/// So many kills, with a checkup after so many each; `seed` decides what is tried, though not how it interleaves.
fn run(kills: usize, between_checkups: usize, seed: u64) -> String {
    let emulated = Emulated::start();
    let seconds = SECONDS.to_string();
    let variables = [("request_timeout_seconds", &*seconds), ("reconcile_after_seconds", &*seconds)];
    let env_file = emulated.env_file_with(&variables);
    let state = tempfile::tempdir().unwrap();
    let start =
        || Server::start(state.path(), &["--profile", "cloud", "--env-file", env_file.to_str().unwrap()]);

    let mut rng = Rng::with_seed(seed);
    let mut report = Report::new(seed);
    let mut clients: Vec<_> = (0..CLIENTS).map(|n| Client::new(&format!("r{n}"), rng.fork())).collect();
    for kill in 1..=kills {
        wire::disturb(&emulated, &mut rng, &mut report);
        live(start(), &mut clients, rng.u64(..LIFE_MS), &mut report);
        if kill % between_checkups == 0 || kill == kills {
            wire::heal(&emulated);
            checkup(&start(), &mut clients, &mut report);
            eprintln!("{kill} kills: {}", report.summary());
        }
    }
    report.to_markdown()
}

/// Clients at work on a host that is killed after some time.
fn live(server: Server, clients: &mut [Client], millis: u64, report: &mut Report) {
    let is_over = AtomicBool::new(false);
    let url = server.url().to_owned();
    std::thread::scope(|scope| {
        for client in clients.iter_mut() {
            scope.spawn(|| client.work(&url, &is_over));
        }
        std::thread::sleep(Duration::from_millis(millis));
        is_over.store(true, Ordering::Relaxed);
        server.kill();
    });
    report.kills += 1;
}

/// Brings the stores to agree and holds them to what the clients know.
fn checkup(server: &Server, clients: &mut [Client], report: &mut Report) {
    reconcile(server, report);
    let again = reconcile(server, report);
    assert!(again.is_empty(), "the stores still disagree after a run of reconcile: {again:#?}");
    for client in clients {
        report.compared += client.compare(server.url());
        report.count(client.take_answers());
    }
    report.checkups += 1;
}

/// What a run of the command finds, once everything is old enough to be touched.
fn reconcile(server: &Server, report: &mut Report) -> Vec<Value> {
    std::thread::sleep(Duration::from_secs(SECONDS + 1));
    let output = serene(&["reconcile", "--url", server.url(), "--json"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let ended = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "reconcile did not end clean: {said}{ended}");
    // A page a line.
    let pages = said.lines().map(|page| serde_json::from_str::<Value>(page).unwrap());
    let findings: Vec<Value> = pages.flat_map(|page| page["findings"].as_array().unwrap().clone()).collect();
    report.found(&findings);
    findings
}

/// Every document that a relationship has, by its key.
fn listed(url: &str, relationship: &str) -> Vec<Value> {
    let mut documents = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = format!("{url}/v1/relationships/{relationship}/documents?limit=100{cursor}");
        let page = request("GET", &page, &[], &[]).expect(200);
        documents.extend(page["documents"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return documents,
        }
    }
}
