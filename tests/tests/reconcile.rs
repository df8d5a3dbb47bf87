//! Stores that drifted apart are brought to agree: over HTTP, by the command, and by the script for schedules.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::path::Path;
use std::process::{Command, Output};

use rusqlite::Connection;
use serde_json::{Value, json};
use serene_tests::{Server, documents, request, serene, workspace};

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn database(state: &Path) -> Connection {
    Connection::open(state.join("sqlite_db.db")).unwrap()
}

/// Makes everything look as if it had been written long ago.
fn age(database: &Connection) {
    database
        .execute_batch(
            "UPDATE documents SET updated_at = '2020-01-01T00:00:00.000000Z';
             UPDATE serene_objects SET modified_ms = 0;
             UPDATE profiles SET updated_at = '2020-01-01T00:00:00.000000Z';
             UPDATE conflicts SET updated_at = '2020-01-01T00:00:00.000000Z';",
        )
        .unwrap();
}

fn reconcile(arguments: &[&str]) -> Output {
    serene(&[&["reconcile"], arguments].concat())
}

fn text(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn script(url: &str) -> Output {
    let script = workspace().join("deploy/spinkube/reconcile.sh");
    Command::new("sh").arg(script).arg(url).output().unwrap()
}

/// Every finding of a run over HTTP, in pages of two.
fn over_http(url: &str, dry_run: bool) -> Vec<Value> {
    let mut findings = Vec::new();
    let mut body = json!({ "dry_run": dry_run, "limit": 2 });
    loop {
        let answer = request("POST", &format!("{url}/v1/reconcile"), JSON, body.to_string().as_bytes());
        let page = answer.expect(200);
        findings.extend(page["findings"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => body["cursor"] = json!(cursor),
            None => return findings,
        }
    }
}

fn drifts(findings: &[Value]) -> Vec<(&str, &str)> {
    let mut drifts: Vec<_> = findings
        .iter()
        .map(|finding| (finding["drift"].as_str().unwrap(), finding["resolution"].as_str().unwrap()))
        .collect();
    drifts.sort_unstable();
    // The vectors of one document may lie on two pages.
    drifts.dedup();
    drifts
}

fn search(url: &str, query: &str) -> Value {
    let query = json!({ "query": query }).to_string();
    request("POST", &format!("{url}/v1/relationships/r/search"), JSON, query.as_bytes()).expect(200)
}

#[test]
fn drift_planted_in_the_database_is_told_healed_and_gone() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let base = format!("{}/v1/relationships/r", server.url());
    let handbook = std::fs::read(workspace().join("examples/data/handbook.pdf")).unwrap();
    for id in ["unindexed", "unlisted", "halfdeleted", "unknown"] {
        let _ = request("PUT", &format!("{base}/handbooks/{id}"), PDF, &handbook).expect(201);
    }
    let transcript = documents::transcript(3).to_string().into_bytes();
    let _ = request("PUT", &format!("{base}/conflicts/c/transcript"), JSON, &transcript).expect(201);
    assert_eq!(over_http(server.url(), false), Vec::<Value>::new(), "all of it is too young to be touched");

    let database = database(state.path());
    database
        .execute_batch(
            "DELETE FROM serene_vectors WHERE document_id = (SELECT id FROM documents WHERE pdf_id = 'unindexed');
             DELETE FROM profiles WHERE id = 'unlisted';
             UPDATE documents SET status = 'deleting' WHERE pdf_id = 'halfdeleted';
             DELETE FROM documents WHERE pdf_id = 'unknown';
             UPDATE documents SET status = 'receiving' WHERE conflict_id = 'c';
             INSERT INTO profiles (relationship_id, kind, id, file_path) VALUES ('r', 'handbook', 'ghost', 's3://serene-relationship-mediator/handbooks/r/ghost.pdf');",
        )
        .unwrap();
    age(&database);

    let told = [
        ("dangling-row", "planned"),
        ("missing-row", "planned"),
        ("missing-vectors", "planned"),
        ("orphan-vectors", "planned"),
        ("unfinished", "planned"),
        ("unfinished-delete", "planned"),
        ("unknown-object", "planned"),
    ];
    assert_eq!(drifts(&over_http(server.url(), true)), told);
    let dry = reconcile(&["--url", server.url(), "--dry-run"]);
    assert_eq!(dry.status.code(), Some(1), "{}", text(&dry));
    for (drift, _) in told {
        assert!(text(&dry).contains(drift), "{}", text(&dry));
    }
    assert!(text(&dry).contains("handbooks/r/unknown.pdf"), "{}", text(&dry));

    // The vectors of the file without a row are its own again once it is adopted.
    let healed = over_http(server.url(), false);
    let expected: Vec<_> = told
        .iter()
        .filter(|(drift, _)| *drift != "orphan-vectors")
        .map(|(drift, _)| (*drift, "healed"))
        .collect();
    assert_eq!(drifts(&healed), expected, "{healed:#?}");

    age(&database);
    let clean = reconcile(&["--url", server.url()]);
    assert_eq!(clean.status.code(), Some(0), "{}", text(&clean));
    assert!(text(&clean).contains("The stores agree."), "{}", text(&clean));
    let listed = request("GET", &format!("{base}/documents"), &[], &[]).expect(200);
    let listed = listed["documents"].as_array().unwrap();
    assert_eq!(listed.len(), 4);
    assert!(listed.iter().all(|document| document["status"] == "indexed"), "{listed:#?}");
    let gone =
        request("GET", &format!("{}/v1/files?path=handbooks/r/halfdeleted.pdf", server.url()), &[], &[]);
    assert_eq!(gone.status, 404);
    let found = search(server.url(), "how long should a pause last?");
    let of = |pdf: &str| found["passages"].as_array().unwrap().iter().any(|p| p["document"]["pdf_id"] == pdf);
    assert!(of("unindexed") && of("unknown") && !of("halfdeleted"), "{found:#}");
}

#[test]
fn what_is_left_for_a_person_is_named_and_makes_the_command_and_the_script_fail() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let handbook = std::fs::read(workspace().join("examples/data/handbook.pdf")).unwrap();
    let base = format!("{}/v1/relationships/r", server.url());
    for id in ["kept", "lost"] {
        let _ = request("PUT", &format!("{base}/handbooks/{id}"), PDF, &handbook).expect(201);
    }
    let good = script(server.url());
    assert_eq!(good.status.code(), Some(0), "{}", text(&good));
    let database = database(state.path());
    database
        .execute("DELETE FROM serene_objects WHERE key = CAST('handbooks/r/lost.pdf' AS BLOB)", [])
        .unwrap();
    age(&database);

    let run = reconcile(&["--url", server.url()]);
    assert_eq!(run.status.code(), Some(1), "{}", text(&run));
    assert!(text(&run).contains("handbooks/r/lost.pdf") && text(&run).contains("gone"), "{}", text(&run));
    age(&database);
    let run = script(server.url());
    assert_eq!(run.status.code(), Some(1), "{}", text(&run));
    assert!(text(&run).contains("missing-object"), "{}", text(&run));
    let bad = script(&format!("{}/elsewhere", server.url()));
    assert!(bad.status.code().is_some_and(|code| code > 1), "{}", text(&bad));
    let other = reconcile(&["--url", server.url(), "--relationship", "another"]);
    assert_eq!(other.status.code(), Some(0), "{}", text(&other));
    let refused = reconcile(&["--url", server.url(), "--relationship", "../r"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("relationship id"), "{}", text(&refused));
}

#[test]
fn after_a_kill_the_command_alone_brings_everything_back_to_agreement() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let base = format!("{}/v1/relationships/r", server.url());
    let handbook = std::fs::read(workspace().join("examples/data/handbook.pdf")).unwrap();
    let acknowledged = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..3)
            .map(|client| {
                let (base, handbook) = (&base, &handbook);
                scope.spawn(move || {
                    let mut acknowledged = Vec::new();
                    for n in 0.. {
                        let id = format!("{client}-{n}");
                        let url = format!("{base}/handbooks/{id}");
                        // The killed server answers no more: that ends this client.
                        match std::panic::catch_unwind(|| request("PUT", &url, PDF, handbook).status) {
                            Ok(201 | 202) => acknowledged.push(id),
                            Ok(_) => {}
                            Err(_) => return acknowledged,
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(1200));
        server.kill();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    age(&database(state.path()));
    let arguments = ["--no-build", "--state-dir", state.path().to_str().unwrap()];
    let run = reconcile(&arguments);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run));

    let server = Server::start(state.path(), &[]);
    let list = format!("{}/v1/relationships/r/documents?limit=1000", server.url());
    let listed = request("GET", &list, &[], &[]).expect(200)["documents"].as_array().unwrap().clone();
    assert!(listed.iter().all(|document| document["status"] == "indexed"), "{listed:#?}");
    assert!(!acknowledged.is_empty());
    for id in acknowledged {
        assert!(listed.iter().any(|document| document["pdf_id"] == id), "{id} was acknowledged and is lost");
    }
}
