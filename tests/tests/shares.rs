//! What one caller and one relationship may take of an instance.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use auth::{NewApiKey, Scope};
use serene_tests::{Answer, Server, documents, request};

fn assert_over(answer: Answer, limit: u64) {
    let retry_after = answer.header("retry-after").to_owned();
    let problem = answer.expect(429);
    assert_eq!(
        (problem["type"].as_str(), problem["limit"].as_u64(), problem["retryable"].as_bool()),
        (Some("/problems/rate-limited"), Some(limit), Some(true))
    );
    assert_eq!(retry_after, "1", "{problem}");
}

#[test]
fn a_key_that_sends_too_much_is_told_when_to_come_again_and_others_are_served() {
    let state = tempfile::tempdir().unwrap();
    let keys = [1, 2].map(|n| NewApiKey::new(&format!("backend-{n}"), Scope::Read, &[n; 32]).unwrap());
    let entries = keys.each_ref().map(|key| key.entry.as_str()).join(",");
    let server = Server::start_with(
        state.path(),
        &[("auth_mode", "api-key"), ("api_keys", &entries), ("max_requests_per_minute", "60")],
    );
    let list = |key: &NewApiKey| {
        let credentials = format!("Bearer {}", key.key);
        let url = format!("{}/v1/relationships/r/documents", server.url());
        request("GET", &url, &[("authorization", &credentials)], b"")
    };
    let mut let_through = 0;
    let over = loop {
        let answer = list(&keys[0]);
        if answer.status != 200 {
            break answer;
        }
        let_through += 1;
        assert!(let_through < 20, "60 a minute let {let_through} through at once");
    };
    assert_over(over, 60);
    assert!(let_through >= 5, "a burst of five is a twelfth of a minute's; {let_through} came through");
    assert_eq!(list(&keys[1]).status, 200);
    assert_eq!(request("GET", &format!("{}/healthz", server.url()), &[], b"").status, 200);
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(list(&keys[0]).status, 200);
}

#[test]
fn a_relationship_waits_for_its_own_work_and_for_nobody_elses() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start_with(state.path(), &[("max_concurrent_work", "1")]);
    let search = |relationship: &str| {
        let url = format!("{}/v1/relationships/{relationship}/search", server.url());
        request("POST", &url, &[("content-type", "application/json")], br#"{"query": "x"}"#)
    };
    assert_eq!(search("r").status, 200);
    let pdf = documents::pdf("BT /F 10 Tf 50 700 Td (Read me aloud) Tj ET", false);
    let mut upload = TcpStream::connect(server.authority()).unwrap();
    let head = format!(
        "PUT /v1/relationships/r/handbooks/h HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        pdf.len()
    );
    upload.write_all(head.as_bytes()).unwrap();
    upload.write_all(&pdf[..100]).unwrap();
    std::thread::sleep(Duration::from_millis(500));

    assert_over(search("r"), 1);
    assert_eq!(search("other").status, 200);
    let documents = format!("{}/v1/relationships/r/documents", server.url());
    assert_eq!(request("GET", &documents, &[], b"").status, 200, "reading is no work");

    upload.write_all(&pdf[100..]).unwrap();
    let mut answer = String::new();
    upload.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(search("r").status, 200);
}
