//! Paths in requests, in all their forms, and signed URLs.

use auth::Scope;
use serde_json::{Value, json};
use serene_tests::{Answer, documents, request};

use super::tokens::{ANNA, BERT, Project, user};

/// A path as the value of a query's parameter.
fn encoded(path: &str) -> String {
    path.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// A project in which `mine` has a transcript `c`, and the text that gives it away.
fn with_transcript() -> (Project, String) {
    let project = Project::start();
    let anna = user(ANNA);
    let headers = [("content-type", "application/json"), ("authorization", anna.as_str())];
    let transcript = documents::transcript(4).to_string();
    let url = format!("{}/v1/relationships/mine/conflicts/c/transcript", project.server.url());
    let _ = request("PUT", &url, &headers, transcript.as_bytes()).expect(201);
    (project, transcript)
}

impl Project {
    fn file(&self, method: &str, path: &str, kind: Option<&str>, user: &str, body: &[u8]) -> Answer {
        let kind = kind.map(|kind| format!("&kind={kind}")).unwrap_or_default();
        let url = format!("{}/v1/files?path={}{kind}", self.server.url(), encoded(path));
        request(method, &url, &[("authorization", user)], body)
    }

    fn sign(&self, body: Value, credentials: &str) -> Answer {
        let headers = [("content-type", "application/json"), ("authorization", credentials)];
        request("POST", &format!("{}/v1/files/url", self.server.url()), &headers, body.to_string().as_bytes())
    }
}

const FORMS: &[(&str, Option<&str>)] = &[
    ("s3://serene-relationship-mediator/transcripts/mine/c.json", None),
    ("S3://serene-relationship-mediator/transcripts/mine/c.json", None),
    ("transcripts/mine/c.json", None),
    ("/transcripts/mine/c.json", None),
    ("mine/c.json", Some("transcript")),
    ("https://abcdefgh.supabase.co/storage/v1/object/public/transcripts/mine/c.json", None),
    ("https://abcdefgh.supabase.co/storage/v1/object/public/files/transcripts/mine/c.json?download=", None),
    ("https://abcdefgh.supabase.co/storage/v1/object/authenticated/files/transcripts%2Fmine%2Fc.json", None),
    ("/object/sign/files/transcripts/mine/c.json?token=x", None),
    ("/storage/v1/object/files/mine/c.json", Some("transcript")),
];

#[test]
fn every_form_of_a_path_opens_to_members_and_to_nobody_else() {
    let (project, transcript) = with_transcript();
    let (anna, bert) = (user(ANNA), user(BERT));
    for (path, kind) in FORMS {
        let answer = project.file("GET", path, *kind, &anna, &[]);
        assert_eq!((answer.status, answer.text()), (200, transcript.clone()), "{path}");
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let answer = project.file(method, path, *kind, &bert, &[]);
            assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
        }
        for method in ["GET", "PUT"] {
            let body = json!({ "path": path, "kind": kind, "method": method });
            assert_eq!(project.sign(body, &bert).status, 403, "sign {method} {path}");
        }
    }
    assert_eq!(project.file("GET", FORMS[0].0, None, &anna, &[]).text(), transcript, "nothing was changed");
}

#[test]
fn no_path_that_pretends_to_be_of_ones_own_relationship_leads_into_anothers() {
    let (project, transcript) = with_transcript();
    let bert = user(BERT);
    for path in [
        "transcripts/theirs/../mine/c.json",
        "transcripts/theirs/./../mine/c.json",
        "transcripts/theirs%2F..%2Fmine/c.json",
        "transcripts/theirs/%2e%2e/mine/c.json",
        "transcripts/theirs/..%2fmine%2fc.json",
        "transcripts\\mine\\c.json",
        "transcripts/theirs\\..\\mine/c.json",
        "transcripts/theirs/c.json/../../mine/c.json",
        "transcripts//mine/c.json",
        "transcripts/mine/c.json\0",
        "transcripts/theirs\0/mine/c.json",
        "transcripts/theirs/c.json#/../../mine/c.json",
        "transcripts/theirs/c.json?x=/transcripts/mine/c.json",
        "TRANSCRIPTS/mine/c.json",
        "s3://other/transcripts/mine/c.json",
        "s3://serene-relationship-mediator/transcripts/theirs/../mine/c.json",
        "s3://serene-relationship-mediator@other/transcripts/mine/c.json",
        "s3:///transcripts/mine/c.json",
        "file:///transcripts/mine/c.json",
        "https://abcdefgh.supabase.co/storage/v1/object/public/files/transcripts/theirs/%2e%2e/mine/c.json",
        "https://abcdefgh.supabase.co/storage/v1/object/public/files/transcripts/theirs/%252e%252e/mine/c.json",
        "https://abcdefgh.supabase.co/storage/v1/object/public/theirs/../../transcripts/mine/c.json",
        "/object/sign/files/transcripts/theirs/c.json?token=e30.eyJ1cmwiOiJmaWxlcy90cmFuc2NyaXB0cy9taW5lL2MuanNvbiJ9.x",
    ] {
        for kind in [None, Some("transcript"), Some("profile")] {
            let answer = project.file("GET", path, kind, &bert, &[]);
            assert!(
                [400, 403, 404].contains(&answer.status),
                "{path} {kind:?}: {} {}",
                answer.status,
                answer.text()
            );
            assert!(!answer.text().contains(&transcript[..40]), "{path}");
            let signed = project.sign(json!({ "path": path, "kind": kind }), &bert);
            let leads = signed.status == 200 && signed.json()["url"].as_str().unwrap().contains("mine");
            assert!(!leads, "{path} {kind:?}: {}", signed.text());
        }
    }
}

#[test]
fn a_signed_url_is_for_one_method_on_one_file_for_a_while_and_needs_no_more() {
    let (project, transcript) = with_transcript();
    let (anna, reader) = (user(ANNA), project.service(Scope::Read));
    let path = "transcripts/mine/c.json";
    let signed = project.sign(json!({ "path": path }), &reader).expect(200);
    let url = signed["url"].as_str().unwrap();
    assert_eq!(request("GET", url, &[], &[]).text(), transcript);
    for (method, url) in [
        ("PUT", url.to_owned()),
        ("GET", url.replace("mine%2Fc.json", "theirs%2Fc.json")),
        ("GET", url.replace("mine%2Fc.json", "mine%2Fd.json")),
        ("GET", url.replace("mine%2F", "theirs%2F..%2Fmine%2F")),
        ("GET", url.split('?').next().unwrap().to_owned()),
    ] {
        let answer = request(method, &url, &[], b"x");
        assert!([400, 403].contains(&answer.status), "{method} {url}: {}", answer.status);
    }
    let put = json!({ "path": "handbooks/mine/p.pdf", "method": "PUT" });
    assert_eq!(project.sign(put.clone(), &reader).status, 403, "who may not write gets no URL to write with");
    let signed = project.sign(put, &anna).expect(200);
    let url = signed["url"].as_str().unwrap();
    assert_eq!(request("GET", url, &[], &[]).status, 403);
    assert_eq!(request("PUT", url, &[], b"x").status, 201);

    for seconds in [0, 3601, 604_800] {
        let answer = project.sign(json!({ "path": path, "expires_in": seconds }), &anna);
        assert_eq!((answer.status, answer.json()["limit"].as_u64()), (400, Some(3600)), "{seconds}");
    }
    let _ = project.sign(json!({ "path": path, "expires_in": 3600 }), &anna).expect(200);
    assert_eq!(project.sign(json!({ "path": path, "method": "DELETE" }), &anna).status, 400);
}
