//! What was acknowledged outlives the process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use serene_tests::{Server, documents, request, workspace};

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
/// The server dies once so many uploads were acknowledged, with others under way.
const KILL_AFTER: usize = 12;

#[test]
fn a_kill_in_the_middle_of_uploads_loses_nothing_acknowledged_and_resume_finishes_the_rest() {
    let state = tempfile::tempdir().unwrap();
    let pdf = std::fs::read(workspace().join("examples/data/handbook.pdf")).unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let server = Server::start(state.path(), &[]);
        let base = format!("{}/v1/relationships/r", server.url());
        let (stop, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
        let stored = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..4)
                .map(|client| {
                    let (base, pdf, stop, answers) = (&base, &pdf, &stop, &answers);
                    scope.spawn(move || {
                        let mut stored = Vec::new();
                        for n in 0.. {
                            if stop.load(Ordering::Relaxed) {
                                break;
                            }
                            let id = format!("k{round}-{client}-{n}");
                            let (path, url, headers, body) = if client % 2 == 0 {
                                (
                                    format!("handbooks/r/{id}.pdf"),
                                    format!("{base}/handbooks/{id}"),
                                    PDF,
                                    pdf.clone(),
                                )
                            } else {
                                let transcript = documents::transcript(5 + n).to_string().into_bytes();
                                (
                                    format!("transcripts/r/{id}.json"),
                                    format!("{base}/conflicts/{id}/transcript"),
                                    JSON,
                                    transcript,
                                )
                            };
                            // The killed server answers no more: that ends this client.
                            let Ok(answer) =
                                std::panic::catch_unwind(|| request("PUT", &url, headers, &body))
                            else {
                                break;
                            };
                            if matches!(answer.status, 201 | 202) {
                                stored.push((path, body));
                                answers.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                        stored
                    })
                })
                .collect();
            while answers.load(Ordering::Relaxed) < KILL_AFTER {
                std::thread::sleep(Duration::from_millis(5));
            }
            server.kill();
            stop.store(true, Ordering::Relaxed);
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(stored.len() >= KILL_AFTER, "round {round}");
        acknowledged.extend(stored);
    }

    let server = Server::start(state.path(), &[]);
    for (path, bytes) in &acknowledged {
        let file = request("GET", &format!("{}/v1/files?path={path}", server.url()), &[], &[]);
        assert!(file.status == 200 && file.body == *bytes, "{path} was acknowledged and is lost");
    }
    let list = format!("{}/v1/relationships/r/documents?limit=1000", server.url());
    let unfinished = |document: &Value| document["status"] != "indexed";
    let documents = request("GET", &list, &[], &[]).expect(200)["documents"].as_array().unwrap().clone();
    for document in documents.iter().filter(|d| unfinished(d)) {
        let resume = format!("{}{}", server.url(), document["links"]["resume"].as_str().unwrap());
        let answer = request("POST", &resume, &[], &[]);
        // 409: its upload never completed, and nobody was told that it had.
        assert!(matches!(answer.status, 200 | 409), "{}", answer.text());
    }
    let documents = request("GET", &list, &[], &[]).expect(200)["documents"].as_array().unwrap().clone();
    assert!(documents.len() >= acknowledged.len());
    assert!(!documents.iter().any(unfinished));
}
