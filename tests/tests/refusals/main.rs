//! Bad input: each gets a problem that says what was wrong, and leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod cases;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};
use serene_tests::{Server, assert_nothing_is_left, documents, request, workspace};

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn problem(answer: serene_tests::Answer, status: u16, slug: &str) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    let problem = answer.expect(status);
    assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem:#}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem:#}");
    problem
}

#[test]
fn bad_input_is_a_problem_and_leaves_no_state() {
    bad_input(&[]);
}

#[test]
fn bad_input_is_a_problem_and_leaves_no_state_where_every_request_has_an_instance_of_its_own() {
    bad_input(&["--max-instance-reuse-count", "1"]);
}

fn bad_input(arguments: &[&str]) {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), arguments);
    for case in cases::all() {
        let headers = [("content-type", case.content_type)];
        let headers = if case.content_type.is_empty() { &[][..] } else { &headers };
        let answer = request(case.method, &format!("{}{}", server.url(), case.path), headers, &case.body);
        let is_method = case.status == 405;
        assert_eq!(answer.header("allow").contains("PUT"), is_method, "{}", case.what);
        assert_eq!(answer.status, case.status, "{}: {}", case.what, answer.text());
        let problem = problem(answer, case.status, case.problem);
        assert_eq!(problem["reason"].as_str().unwrap_or_default(), case.reason, "{}: {problem:#}", case.what);
        assert_nothing_is_left(state.path(), case.what);
    }
}

/// `docs/bad-input.md` has what was tried, and what it got. `SERENE_WRITE_DOCS=1` writes the table.
#[test]
fn what_is_tried_is_listed_with_what_it_gets() {
    let path = workspace().join("docs/bad-input.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- cases -->\n", "<!-- end of cases -->\n");
    let (before, rest) = text.split_once(begin).unwrap();
    let (table, after) = rest.split_once(end).unwrap();
    let mut expected = "| tried | where | got | `reason` |\n|---|---|---|---|\n".to_owned();
    for case in cases::all() {
        let path = if case.path.len() > 60 { format!("{}…", &case.path[..60]) } else { case.path };
        let reason = if case.reason.is_empty() { String::new() } else { format!("`{}`", case.reason) };
        let (what, method, status, problem) = (case.what, case.method, case.status, case.problem);
        expected.push_str(&format!("| {what} | `{method} {path}` | {status} `{problem}` | {reason} |\n"));
    }
    if std::env::var_os("SERENE_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(table, expected, "run this test with SERENE_WRITE_DOCS=1");
}

#[test]
fn ids_that_are_none_are_refused_wherever_they_stand() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let base = server.url();
    let v1 = format!("{base}/v1/relationships/r");
    let (good_pdf, good_json) =
        (documents::pdf("BT /F 10 Tf (Words) Tj ET", false), documents::transcript(2).to_string());
    for id in ["..", "..%2Fx", ".%2e", "a%2Fb", "a%5Cb", "%00", "a%0Ab", "%FF"] {
        let of = format!("{base}/v1/relationships/{id}");
        for (method, url, headers, body) in [
            ("POST", format!("{of}/handbooks"), PDF, &good_pdf[..]),
            ("PUT", format!("{v1}/profiles/{id}"), PDF, &good_pdf),
            ("PUT", format!("{v1}/conflicts/{id}/transcript"), JSON, good_json.as_bytes()),
            ("POST", format!("{v1}/conflicts/{id}/analysis"), &[], &[]),
            ("POST", format!("{v1}/conflicts/c/repair-plans/{id}"), &[], &[]),
            ("DELETE", format!("{v1}/documents/{id}"), &[], &[]),
        ] {
            let answer = request(method, &url, headers, body);
            // A client may take dot segments out of an address by itself: then there is no such route.
            assert!(matches!(answer.status, 400 | 404 | 405), "{method} {url}: {}", answer.status);
        }
    }
    assert_nothing_is_left(state.path(), "ids that lead elsewhere");
}

#[test]
fn a_pdf_that_holds_no_text_to_read_is_refused_with_its_reason_and_leaves_nothing() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let v1 = format!("{}/v1/relationships/r", server.url());
    let words = "BT /F 10 Tf 50 700 Td (Read me aloud) Tj ET";
    let picture = "q 600 0 0 800 0 0 cm /Im0 Do Q";
    for (id, content, encrypted, reason, advice) in
        [("locked", words, true, "encrypted", "password"), ("scan", picture, false, "no-text", "OCR")]
    {
        let pdf = documents::pdf(content, encrypted);
        for (method, url) in
            [("PUT", format!("{v1}/handbooks/{id}")), ("POST", format!("{v1}/profiles?filename={id}.pdf"))]
        {
            let refused = problem(request(method, &url, PDF, &pdf), 400, "invalid");
            assert_eq!(
                (&refused["reason"], &refused["stage"], &refused["retryable"]),
                (&json!(reason), &json!("extractor"), &json!(false))
            );
            assert!(refused["detail"].as_str().unwrap().contains(advice), "{refused:#}");
        }
        let file = format!("{}/v1/files?path=handbooks/r/{id}.pdf", server.url());
        problem(request("GET", &file, &[], &[]), 404, "not-found");
    }
    assert_nothing_is_left(state.path(), "PDFs without text");

    // The same file with words that can be read is taken: nothing else stood in its way.
    let readable = documents::pdf(words, false);
    let _ = request("PUT", &format!("{v1}/handbooks/locked"), PDF, &readable).expect(201);
    problem(
        request("PUT", &format!("{v1}/handbooks/locked"), PDF, &documents::pdf(picture, false)),
        400,
        "invalid",
    );
    let kept = request("GET", &format!("{}/v1/files?path=handbooks/r/locked.pdf", server.url()), &[], &[]);
    assert_eq!((kept.status, kept.body), (200, readable), "a refused file leaves the one before it");
}

#[test]
fn a_body_over_its_limit_is_refused_whether_or_not_its_length_is_said() {
    let state = tempfile::tempdir().unwrap();
    std::fs::write(state.path().join("env"), "SPIN_VARIABLE_MAX_PDF_BYTES=1000\nSPIN_VARIABLE_MAX_TRANSCRIPT_BYTES=1000\nSPIN_VARIABLE_MAX_FILE_BYTES=2000\n").unwrap();
    let env = state.path().join("env").display().to_string();
    let server = Server::start(state.path(), &["--env-file", &env]);
    let v1 = format!("{}/v1/relationships/r", server.url());
    let pdf = [b"%PDF-".as_slice(), &[b'x'; 1500]].concat();
    let refused = problem(request("POST", &format!("{v1}/handbooks"), PDF, &pdf), 413, "too-large");
    assert_eq!(refused["limit"], "1000");
    problem(request("PUT", &format!("{v1}/conflicts/c/transcript"), JSON, &[b' '; 1500]), 413, "too-large");
    problem(
        request("PUT", &format!("{}/v1/files?path=profiles/r/p.pdf", server.url()), &[], &[0; 3000]),
        413,
        "too-large",
    );
    assert_nothing_is_left(state.path(), "bodies over their limits");
}

#[test]
fn an_upload_whose_client_hangs_up_leaves_nothing() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let mut connection = TcpStream::connect(server.authority()).unwrap();
    let path = "/v1/relationships/r/handbooks/h";
    write!(
        connection,
        "PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\nContent-Length: 100000\r\n\r\n%PDF-1.4 {}",
        "x".repeat(5000)
    )
    .unwrap();
    connection.shutdown(Shutdown::Write).unwrap();
    let _ = connection.read_to_end(&mut Vec::new());
    let documents = format!("{}/v1/relationships/r/documents", server.url());
    let file = format!("{}/v1/files?path=handbooks/r/h.pdf", server.url());
    for _ in 0..100 {
        if request("GET", &documents, &[], &[]).expect(200)["documents"] == json!([]) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // What the host cut off before the flow could clean up is no acknowledged document: resume says so and removes it.
    for document in request("GET", &documents, &[], &[]).expect(200)["documents"].as_array().unwrap() {
        assert_eq!(document["status"], "receiving");
        let resume = format!("{}{}", server.url(), document["links"]["resume"].as_str().unwrap());
        problem(request("POST", &resume, &[], &[]), 409, "conflict");
    }
    assert_eq!(request("GET", &file, &[], &[]).status, 404);
    assert_nothing_is_left(state.path(), "a client that hung up");
}

#[test]
fn a_refused_small_upload_is_answered_even_where_its_body_comes_late_and_its_connection_goes_on() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let mut connection = TcpStream::connect(server.authority()).unwrap();
    let refused = "POST /v1/relationships/r/profiles?partner_id=nobody HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\nContent-Length: 1000\r\n\r\n";
    connection.write_all(refused.as_bytes()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    connection.write_all(&[b'x'; 1000]).unwrap();
    connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answers = String::new();
    connection.read_to_string(&mut answers).unwrap();
    let statuses: Vec<_> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["400", "200"], "{answers}");
}
