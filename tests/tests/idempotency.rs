//! Requests that are sent again: with an `Idempotency-Key` they are done once and answered the same; without one the same bytes do no work.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::path::Path;

use auth::{NewApiKey, Scope};
use rusqlite::Connection;
use serde_json::{Value, json};
use serene_tests::{Answer, Server, documents, request, workspace};

const PDF: (&str, &str) = ("content-type", "application/pdf");
const JSON: (&str, &str) = ("content-type", "application/json");
const EVENTS: (&str, &str) = ("accept", "text/event-stream");

fn handbook() -> Vec<u8> {
    std::fs::read(workspace().join("examples/data/handbook.pdf")).unwrap()
}

/// A server and where its clients work.
struct Service {
    server: Server,
    state: tempfile::TempDir,
}

impl Service {
    fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        Self { server: Server::start(state.path(), &[]), state }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        request(method, &format!("{}/v1/relationships/{path}", self.server.url()), headers, body)
    }

    /// Uploads a handbook with a key.
    fn upload(&self, relationship: &str, key: &str, body: &[u8]) -> Answer {
        self.send("POST", &format!("{relationship}/handbooks"), &[PDF, ("idempotency-key", key)], body)
    }

    fn documents(&self, relationship: &str) -> Vec<Value> {
        let listed = self.send("GET", &format!("{relationship}/documents"), &[], &[]).expect(200);
        listed["documents"].as_array().unwrap().clone()
    }

    fn sql(&self, sql: &str) -> usize {
        database(self.state.path()).execute(sql, []).unwrap()
    }
}

fn database(state: &Path) -> Connection {
    let database = Connection::open(state.join("sqlite_db.db")).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    database
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

/// Holds an answer to be the one that was given before.
#[track_caller]
fn assert_replayed(answer: &Answer, first: &Answer) {
    assert!(is_replayed(answer) && !is_replayed(first), "{}", answer.text());
    assert_eq!((answer.status, answer.text()), (first.status, first.text()));
    for name in ["content-type", "location"] {
        assert_eq!(answer.header(name), first.header(name), "{name}");
    }
}

#[track_caller]
fn assert_reused(answer: Answer) {
    assert_eq!(answer.expect(422)["type"], "/problems/idempotency-key-reused");
}

#[test]
fn an_upload_that_is_sent_again_is_answered_byte_for_byte_and_stored_once() {
    let service = Service::start();
    let first = service.upload("r", "k", &handbook());
    assert_eq!(first.status, 201, "{}", first.text());
    let again = service.upload("r", "k", &handbook());
    assert_replayed(&again, &first);
    let timing = again.header("server-timing");
    assert!(timing.contains("record-store") && !timing.contains("embedder"), "{timing}");

    assert_reused(service.upload("r", "k", b"another body"));
    assert_reused(service.upload("r", "k", &[&handbook()[..], b"\n"].concat()));
    let key = ("idempotency-key", "k");
    assert_reused(service.send("POST", "r/handbooks?filename=other.pdf", &[PDF, key], &handbook()));
    assert_reused(service.send("POST", "r/profiles", &[PDF, key], &handbook()));
    assert_reused(service.send("PUT", "r/handbooks/h", &[PDF, key], &handbook()));
    assert_eq!(service.documents("r").len(), 1);

    // Of another tenant it is another key.
    let elsewhere = service.upload("elsewhere", "k", &handbook());
    assert!(elsewhere.status == 201 && !is_replayed(&elsewhere));
    assert_eq!(elsewhere.json()["relationship_id"], "elsewhere");

    // It outlives the process.
    let Service { server, state } = service;
    let _ = server.stop();
    let server = Server::start(state.path(), &[]);
    let service = Service { server, state };
    assert_replayed(&service.upload("r", "k", &handbook()), &first);
    assert_eq!(service.documents("r").len(), 1);
}

#[test]
fn a_form_that_is_sent_again_may_have_another_boundary() {
    let service = Service::start();
    let form = |boundary: &str, pdf: &[u8]| {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n"
        );
        let body = [head.as_bytes(), pdf, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let headers = [("content-type", content_type.as_str()), ("idempotency-key", "k")];
        service.send("POST", "r/profiles", &headers, &body)
    };
    let first = form("one", &handbook());
    assert_eq!(first.status, 201, "{}", first.text());
    assert_replayed(&form("another-boundary", &handbook()), &first);
    assert_reused(form("one", &documents::pdf("BT /F 12 Tf (other) Tj ET", false)));
}

#[test]
fn of_twins_one_works_and_the_others_wait_or_are_told_what_it_was_answered() {
    let service = Service::start();
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let twins: Vec<_> = (0..6).map(|_| scope.spawn(|| service.upload("r", "k", &handbook()))).collect();
        twins.into_iter().map(|twin| twin.join().unwrap()).collect()
    });
    let mut worked = 0;
    for answer in &answers {
        match answer.status {
            201 => worked += usize::from(!is_replayed(answer)),
            409 => {
                assert_eq!(answer.json()["type"], "/problems/idempotency-key-in-use");
                assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
            }
            status => panic!("{status}: {}", answer.text()),
        }
    }
    assert_eq!((worked, service.documents("r").len()), (1, 1));
    assert!(is_replayed(&service.upload("r", "k", &handbook())));
}

#[test]
fn a_request_that_broke_off_is_done_by_the_next_once_its_time_is_over_and_creates_nothing_else() {
    let service = Service::start();
    let first = service.upload("r", "k", &handbook()).expect(201);
    // As if the process had died before it could answer.
    let claimed = "UPDATE idempotency_keys SET status = NULL, body_sha256 = NULL, body_size = NULL, body = NULL, headers = NULL";
    assert_eq!(service.sql(claimed), 1);
    assert_eq!(service.upload("r", "k", &handbook()).expect(409)["type"], "/problems/idempotency-key-in-use");
    assert_eq!(service.sql("UPDATE idempotency_keys SET claimed_at = '2026-01-01T00:00:00.000000Z'"), 1);
    let taken_over = service.upload("r", "k", &handbook());
    assert!(!is_replayed(&taken_over));
    assert_eq!(taken_over.expect(200)["id"], first["id"]);
    assert!(is_replayed(&service.upload("r", "k", &handbook())));
    assert_eq!(service.documents("r").len(), 1);
}

#[test]
fn a_key_that_ran_out_is_removed_by_reconcile_and_is_a_new_one() {
    let service = Service::start();
    let first = service.upload("r", "k", &handbook()).expect(201);
    let _ = service.upload("r", "other", &handbook()).expect(201);
    let expire =
        "UPDATE idempotency_keys SET expires_at = '2026-01-01T00:00:00.000000Z' WHERE body LIKE '%' || ";
    assert_eq!(service.sql(&format!("{expire} '{}' || '%'", first["id"].as_str().unwrap())), 1);
    let reconcile = format!("{}/v1/reconcile", service.server.url());
    let page = request("POST", &reconcile, &[JSON], json!({ "limit": 1000 }).to_string().as_bytes());
    let page = page.expect(200);
    assert_eq!((&page["looked_at"]["keys"], &page["next_cursor"]), (&json!(1), &Value::Null), "{page:#}");
    let again = service.upload("r", "k", &handbook());
    assert!(again.status == 201 && !is_replayed(&again) && again.json()["id"] != first["id"]);
}

#[test]
fn what_is_generated_with_a_key_is_generated_once() {
    let service = Service::start();
    let analyse = |key: &str, body: &str| {
        service.send("POST", "r/conflicts/c/analysis", &[JSON, ("idempotency-key", key)], body.as_bytes())
    };
    // Nothing was done, so the answer may be another the next time.
    let missing = analyse("k", "{\"again\": true}");
    assert_eq!(missing.status, 404);
    let transcript = documents::transcript(6).to_string();
    let stored = service.send("PUT", "r/conflicts/c/transcript", &[JSON], transcript.as_bytes());
    assert_eq!(stored.status, 201);
    let first = analyse("k", "{\"again\": true}");
    assert!(first.status == 201 && !is_replayed(&first), "{}", first.text());
    let again = analyse("k", "{\"again\": true}");
    assert_replayed(&again, &first);
    assert!(!again.header("server-timing").contains("generator"));
    assert_reused(analyse("k", "{}"));
    let anew = analyse("new", "{\"again\": true}");
    assert!(anew.status == 200 && anew.header("server-timing").contains("generator"));

    let resume = format!("r/documents/{}/resume", first.json()["id"].as_str().unwrap());
    let resumed = service.send("POST", &resume, &[("idempotency-key", "resume")], &[]);
    assert_eq!(resumed.status, 200);
    assert_replayed(&service.send("POST", &resume, &[("idempotency-key", "resume")], &[]), &resumed);
}

#[test]
fn a_put_or_a_delete_that_is_sent_again_late_undoes_nothing() {
    let service = Service::start();
    let transcript = |turns: usize, key: &str| {
        let body = documents::transcript(turns).to_string();
        let headers = [JSON, ("idempotency-key", key)];
        service.send("PUT", "r/conflicts/c/transcript", &headers, body.as_bytes())
    };
    let delete = || service.send("DELETE", "r/conflicts/c/transcript", &[("idempotency-key", "gone")], &[]);
    let first = transcript(2, "a");
    let deleted = delete();
    assert_eq!((first.status, deleted.status), (201, 204));
    let newest = transcript(4, "b").expect(201);
    assert_replayed(&transcript(2, "a"), &first);
    assert_replayed(&delete(), &deleted);
    let stored = service.documents("r");
    assert_eq!(stored[0]["sha256"], newest["sha256"]);
}

#[test]
fn what_is_refused_for_what_it_is_is_refused_the_same_again() {
    let service = Service::start();
    let first = service.upload("r", "k", b"no PDF");
    assert_eq!(first.status, 400);
    assert_replayed(&service.upload("r", "k", b"no PDF"), &first);
    assert_reused(service.upload("r", "k", &handbook()));
    let long = "x".repeat(256);
    for key in ["", "a b", long.as_str()] {
        let problem = service.upload("r", key, &handbook()).expect(400);
        assert_eq!(problem["header"], "Idempotency-Key", "{problem:#}");
    }
    assert!(service.documents("r").is_empty());
}

#[test]
fn progress_is_reported_once_and_its_end_again() {
    let service = Service::start();
    let with_events =
        || service.send("POST", "r/handbooks", &[PDF, EVENTS, ("idempotency-key", "k")], &handbook());
    let first = with_events();
    assert!(first.text().contains("event: stage") && !is_replayed(&first));
    let document = first.text().lines().rev().find_map(|line| line.strip_prefix("data: ").map(str::to_owned));
    let document = document.unwrap();
    let again = with_events();
    assert!(is_replayed(&again));
    assert_eq!(again.text(), format!("event: document\ndata: {document}\n\n"));
    let plain = service.upload("r", "k", &handbook());
    assert_eq!((plain.status, is_replayed(&plain), plain.text()), (201, true, document));
}

#[test]
fn an_answer_is_for_the_caller_who_was_given_it() {
    let keys = [("anna", Scope::Write), ("bert", Scope::Write), ("anna", Scope::Write), ("eve", Scope::Read)];
    let keys: Vec<NewApiKey> = (1..)
        .zip(keys)
        .map(|(seed, (name, scope))| NewApiKey::new(name, scope, &[seed; 32]).unwrap())
        .collect();
    let entries: Vec<&str> = keys.iter().map(|key| key.entry.as_str()).collect();
    let state = tempfile::tempdir().unwrap();
    let variables = [("auth_mode", "api-key"), ("api_keys", &entries.join(","))];
    let server = Server::start_with(state.path(), &variables);
    let service = Service { server, state };
    let upload = |key: &NewApiKey| {
        let authorization = format!("Bearer {}", key.key);
        let headers = [PDF, ("idempotency-key", "k"), ("authorization", authorization.as_str())];
        service.send("POST", "r/handbooks", &headers, &handbook())
    };
    let [anna, bert, annas_next, eve] = &keys[..] else { panic!("four keys") };
    let first = upload(anna);
    assert_eq!(first.status, 201);
    let berts = upload(bert);
    assert!(berts.status == 201 && !is_replayed(&berts), "{}", berts.text());
    assert_ne!(berts.json()["id"], first.json()["id"], "and one's document is not replaced by the other's");
    assert_replayed(&upload(annas_next), &first);
    let refused = upload(eve);
    assert!(refused.status == 403 && !is_replayed(&refused));
    assert!(!refused.text().contains(first.json()["id"].as_str().unwrap()));

    // What is kept names neither who asked nor the key, and no address that opens a file.
    let rows: String = database(service.state.path())
        .prepare("SELECT group_concat(id || target_sha256 || headers || body, ' ') FROM idempotency_keys")
        .unwrap()
        .query_row([], |row| row.get(0))
        .unwrap();
    for secret in ["anna", "Bearer", "serene_", "signature", "X-Amz", "presigned"] {
        assert!(!rows.contains(secret), "{secret}: {rows}");
    }
}

#[test]
fn without_a_key_the_same_bytes_do_no_work_and_a_new_name_only_that() {
    let service = Service::start();
    let put =
        |query: &str| service.send("PUT", &format!("r/handbooks/h{query}"), &[PDF, EVENTS], &handbook());
    let document = |answer: &Answer| -> Value {
        let text = answer.text();
        serde_json::from_str(text.lines().rev().find_map(|line| line.strip_prefix("data: ")).unwrap())
            .unwrap()
    };
    let first = put("?filename=one.pdf");
    assert!(first.text().contains("\"embedder\""));
    let stored = service.documents("r");
    let again = put("?filename=one.pdf");
    assert_eq!(service.documents("r"), stored, "not even the time of the last change is another");
    let renamed = put("?filename=two.pdf");
    for answer in [&again, &renamed] {
        let text = answer.text();
        let stages =
            ["object-store", "embedder", "vector-index"].map(|stage| format!("\"stage\":\"{stage}\""));
        assert!(!stages.iter().any(|stage| text.contains(stage)), "{text}");
    }
    let renamed = document(&renamed);
    assert_eq!((&renamed["filename"], &renamed["status"]), (&json!("two.pdf"), &json!("indexed")));
    assert_eq!(renamed["revision"], document(&first)["revision"]);
    let stored: String = database(service.state.path())
        .query_row("SELECT filename FROM profiles", [], |row| row.get(0))
        .unwrap();
    assert_eq!(stored, "two.pdf");
}
