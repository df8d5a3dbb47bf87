//! What every answer tells browsers, whatever route it is from; and what is in no log.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use auth::{NewApiKey, Scope};
use serde_json::json;
use serene_tests::{Answer, Server, documents, request};

/// A server for one key.
struct Service {
    server: Server,
    key: NewApiKey,
    _state: tempfile::TempDir,
}

impl Service {
    fn start(variables: &[(&str, &str)]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let key = NewApiKey::new("backend", Scope::Admin, &[7; 32]).unwrap();
        let variables = [&[("auth_mode", "api-key"), ("api_keys", key.entry.as_str())], variables].concat();
        let server = Server::start_with(state.path(), &variables);
        Self { server, key, _state: state }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let credentials = format!("Bearer {}", self.key.key);
        let headers = [&[("authorization", credentials.as_str())], headers].concat();
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.server.url()) };
        request(method, &url, &headers, body)
    }
}

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// Method, path, headers, body, and the status of the answer.
type Exchange<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], u16);

#[test]
fn no_answer_is_guessed_at_run_framed_or_kept_and_no_log_shows_a_key_or_a_signature() {
    let service = Service::start(&[]);
    let pdf = documents::pdf("BT /F 10 Tf 50 700 Td (Read me aloud) Tj ET", false);
    let transcript = documents::transcript(4).to_string();
    let v1 = "/v1/relationships/r";
    let file = "/v1/files?path=profiles/r/p.pdf";
    let sign = json!({ "path": "profiles/r/p.pdf" }).to_string();
    let signed = service.send("POST", "/v1/files/url", JSON, sign.as_bytes()).expect(200);
    let signed = signed["url"].as_str().unwrap();
    let forged = format!("{signed}0");
    let stream = [("content-type", "application/json"), ("accept", "text/event-stream")];
    let stored =
        service.send("PUT", &format!("{v1}/conflicts/c/transcript"), JSON, transcript.as_bytes()).expect(201);
    let document = format!("{v1}/documents/{}", stored["id"].as_str().unwrap());
    let exchanges: &[Exchange<'_>] = &[
        ("GET", "/healthz", &[], b"", 200),
        ("GET", "/readyz", &[], b"", 200),
        ("GET", "/openapi.json", &[], b"", 200),
        ("GET", "/schemas/analysis", &[], b"", 200),
        ("GET", "/nothing", &[], b"", 404),
        ("PATCH", file, &[], b"", 405),
        ("GET", "/v1/doctor", &[], b"", 200),
        ("POST", "/v1/reconcile", JSON, b"{}", 200),
        ("POST", &format!("{v1}/handbooks"), PDF, &pdf, 201),
        ("POST", &format!("{v1}/handbooks"), PDF, b"<script>", 400),
        ("PUT", &format!("{v1}/profiles/q"), &[("content-type", "text/html")], b"x", 415),
        ("GET", &format!("{v1}/documents"), &[], b"", 200),
        ("GET", &document, &[], b"", 200),
        ("GET", &format!("{v1}/conflicts/c/transcript"), &[], b"", 200),
        ("POST", &format!("{v1}/conflicts/c/analysis"), &stream, b"", 200),
        ("POST", &format!("{v1}/search"), JSON, br#"{"query": "money"}"#, 200),
        ("PUT", file, &[("content-type", "text/html")], b"<script>alert(1)</script>", 201),
        ("HEAD", file, &[], b"", 200),
        ("GET", file, &[("range", "bytes=0-2")], b"", 206),
        ("GET", file, &[("range", "bytes=99-")], b"", 416),
        ("GET", signed, &[], b"", 200),
        ("GET", &forged, &[], b"", 403),
        ("DELETE", file, &[], b"", 204),
        ("DELETE", &document, &[], b"", 204),
    ];
    for (method, path, headers, body, status) in exchanges {
        let answer = service.send(method, path, headers, body);
        let route = path.split('?').next().unwrap();
        assert_eq!(answer.status, *status, "{method} {route}: {}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {route}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{method} {route}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{method} {route}"
        );
        let cache = answer.header("cache-control");
        assert!(cache == "no-store" || cache == "private, no-cache", "{method} {route}: {cache}");
    }

    // What a browser would run is saved, and would run in no origin of ours.
    let _ =
        service.send("PUT", file, &[("content-type", "text/html")], b"<script>alert(1)</script>").expect(201);
    let html = service.send("GET", file, &[], b"");
    assert!(
        html.header("content-disposition").starts_with("attachment"),
        "{}",
        html.header("content-disposition")
    );
    assert!(html.header("content-security-policy").ends_with("sandbox"));

    let log = service.server.log();
    let signature = signed.rsplit(['=', '&']).next().unwrap();
    assert!(signature.len() > 20 && !log.contains(signature), "the log shows a signed URL:\n{log}");
    assert!(!log.contains(&service.key.key), "the log shows a key:\n{log}");
}
