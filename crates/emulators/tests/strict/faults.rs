//! Faults on demand, and the record of calls.

use std::time::{Duration, SystemTime};

use emulators::{Answer, Credential, Effect, Fault, RetryAfter, Server, voyage};
use serde_json::{Value, json};

use crate::common::{self, post, send};

const PATH: &str = "/v1/embeddings";

async fn start() -> (Server, String) {
    let options = voyage::Options::default();
    let key = options.key.clone();
    (voyage::start(options).await.unwrap(), key)
}

fn body() -> Value {
    json!({ "model": "voyage-3", "input": ["a text"] })
}

/// Whether a good request fares well, or what breaks.
async fn try_once(server: &Server, key: &str) -> Result<common::Answer, String> {
    let authorization = format!("Bearer {key}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    send("POST", &format!("{}{PATH}", server.url()), &headers, body().to_string()).await
}

#[tokio::test]
async fn an_answer_is_given_as_often_as_asked_and_only_where_asked() {
    let (server, key) = start().await;
    let answer = Answer { status: 503, body: json!({ "detail": "busy" }), ..Answer::default() };
    server.faults().add(Fault::new(Effect::Answer(answer)).on(PATH).method("POST").after(1).times(2));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(try_once(&server, &key).await.unwrap().status);
        assert_eq!(common::get(&format!("{}/v1/rerank", server.url()), &key).await.status, 405);
    }
    assert_eq!(seen, [200, 503, 503, 200]);
    assert!(server.faults().pending().is_empty());
}

#[tokio::test]
async fn retry_after_comes_in_seconds_as_a_date_and_in_milliseconds() {
    let (server, key) = start().await;
    for retry_after in [RetryAfter::Seconds(7), RetryAfter::DateIn(60), RetryAfter::Milliseconds(250)] {
        let answer = Answer { status: 429, retry_after: Some(retry_after), ..Answer::default() };
        server.faults().add(Fault::new(Effect::Answer(answer)));
    }
    let seconds = try_once(&server, &key).await.unwrap();
    assert_eq!((seconds.status, seconds.header("retry-after")), (429, Some("7")));
    let date = try_once(&server, &key).await.unwrap();
    let date = httpdate::parse_http_date(date.header("retry-after").unwrap()).unwrap();
    assert!(date > SystemTime::now() && date < SystemTime::now() + Duration::from_secs(61));
    assert_eq!(try_once(&server, &key).await.unwrap().header("retry-after-ms"), Some("250"));
}

#[tokio::test]
async fn connections_are_reset_before_and_after_the_work() {
    let (server, key) = start().await;
    for effect in [Effect::Reset, Effect::LoseAnswer] {
        server.faults().add(Fault::new(effect));
        let error = try_once(&server, &key).await.unwrap_err();
        assert!(error.contains("ConnectionReset"), "{error}");
    }
    assert_eq!(server.calls().all().len(), 2);
    assert!(server.calls().all().iter().all(|call| call.status.is_none()));
}

#[tokio::test]
async fn bodies_break_off_or_are_garbage() {
    let (server, key) = start().await;
    server.faults().add(Fault::new(Effect::Truncate));
    server.faults().add(Fault::new(Effect::Garbage));
    let error = try_once(&server, &key).await.unwrap_err();
    assert!(error.contains("IncompleteMessage") || error.contains("UnexpectedEof"), "{error}");
    let garbage = try_once(&server, &key).await.unwrap();
    assert_eq!(garbage.status, 200);
    assert!(std::str::from_utf8(&garbage.bytes).is_err());
}

#[tokio::test]
async fn a_stall_answers_nothing_and_a_delay_answers_in_the_end() {
    let (server, key) = start().await;
    let patience = Duration::from_millis(200);
    for effect in [Effect::Stall, Effect::StallBody] {
        server.faults().add(Fault::new(effect));
        assert!(tokio::time::timeout(patience, try_once(&server, &key)).await.is_err());
    }
    server.faults().add(Fault::new(Effect::DelayMs(50)));
    assert_eq!(try_once(&server, &key).await.unwrap().status, 200);
}

#[tokio::test]
async fn faults_and_calls_are_reached_over_http() {
    let (server, key) = start().await;
    let faults = format!("{}/_emulator/faults", server.url());
    let calls = format!("{}/_emulator/calls", server.url());
    let given = json!([
        { "path": PATH, "effect": { "answer": { "status": 429, "retry_after": { "seconds": 1 } } } },
        { "times": 2, "effect": "reset" },
    ]);
    let answer = post(&faults, "", &given).await;
    assert_eq!(answer.json()["faults"].as_array().unwrap().len(), 2);
    assert_eq!(try_once(&server, &key).await.unwrap().status, 429);
    assert_eq!(send("DELETE", &faults, &[], "").await.unwrap().status, 200);
    assert_eq!(try_once(&server, &key).await.unwrap().status, 200);
    let seen = send("GET", &calls, &[], "").await.unwrap().json();
    assert_eq!(seen["calls"].as_array().unwrap().len(), 2);
    assert_eq!(seen["calls"][0]["fault"], "answer 429");
    assert_eq!(seen["calls"][1]["body"], body());
    send("DELETE", &calls, &[], "").await.unwrap();
    assert!(server.calls().all().is_empty());

    let wrong = [
        json!({ "effect": { "act": "refusal" } }),
        json!({ "effect": { "answer": { "status": 99 } } }),
        json!({ "effect": "explode" }),
        json!({ "effect": "reset", "path_prefix": "/" }),
    ];
    for fault in wrong {
        assert_eq!(post(&faults, "", &fault).await.status, 400, "{fault}");
    }
}

#[tokio::test]
async fn a_call_is_remembered_without_its_key() {
    let (server, key) = start().await;
    try_once(&server, &key).await.unwrap();
    try_once(&server, "another-key").await.unwrap();
    send("POST", &format!("{}{PATH}?a=b", server.url()), &[], "no JSON").await.unwrap();
    let calls = server.calls().to(PATH);
    let credentials: Vec<_> = calls.iter().map(|call| call.credential).collect();
    assert_eq!(credentials, [Credential::Right, Credential::Wrong, Credential::Missing]);
    assert_eq!(calls[0].status, Some(200));
    assert_eq!(calls[0].header("Authorization"), Some("(secret)"));
    assert_eq!((calls[2].query.as_str(), calls[2].bytes, &calls[2].body), ("a=b", 7, &None));
    let all = format!("{calls:?}{}", serde_json::to_string(&calls).unwrap());
    assert!(!all.contains(&key) && !all.contains("another-key"));
}

#[tokio::test]
async fn an_emulator_listens_on_loopback_only_and_ends_when_dropped() {
    let options = voyage::Options { address: "0.0.0.0:0".parse().unwrap(), ..voyage::Options::default() };
    let error = voyage::start(options).await.unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
    let (server, key) = start().await;
    let url = format!("{}{PATH}", server.url());
    drop(server);
    tokio::task::yield_now().await;
    assert!(send("POST", &url, &[("authorization", &key)], "").await.is_err());
}
