//! Uploads as browsers and FastAPI clients send them: `multipart/form-data`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serde_json::json;
use serene_tests::{Answer, Server, request, workspace};

const BOUNDARY: &str = "------------------------d74496d66958873e";

/// A part of a form.
fn field(disposition: &str, value: &[u8]) -> Vec<u8> {
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), value, b"\r\n"].concat()
}

fn post(server: &Server, relationship: &str, form: &[u8]) -> Answer {
    let url = format!("{}/v1/relationships/{relationship}/profiles", server.url());
    request("POST", &url, &[("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"))], form)
}

fn documents(server: &Server, relationship: &str) -> Vec<serde_json::Value> {
    let url = format!("{}/v1/relationships/{relationship}/documents", server.url());
    request("GET", &url, &[], b"").expect(200)["documents"].as_array().unwrap().clone()
}

serene_tests::with_reused_and_with_fresh_instances! {
    a_form_stores_its_file_under_its_name_and_partner_only_when_it_is_whole
}

fn a_form_stores_its_file_under_its_name_and_partner_only_when_it_is_whole(arguments: &[&str]) {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), arguments);
    let pdf = std::fs::read(workspace().join("examples/data/handbook.pdf")).unwrap();
    let file = field("name=\"file\"; filename=\"anna.pdf\"", &pdf);
    let partner = field("name=\"partner_id\"", b"partner_b");
    let end = format!("--{BOUNDARY}--\r\n").into_bytes();

    let stored = post(&server, "r", &[&partner[..], &file, &end].concat()).expect(201);
    assert_eq!(
        (&stored["filename"], &stored["partner_id"], &stored["size"]),
        (&json!("anna.pdf"), &json!("partner_b"), &json!(pdf.len()))
    );
    let key = stored["key"].as_str().unwrap();
    let read = request("GET", &format!("{}/v1/files?path={key}", server.url()), &[], b"");
    assert_eq!((read.status, read.body), (200, pdf));
    let alone = post(&server, "alone", &[&file[..], &end].concat()).expect(201);
    assert_eq!(alone.get("partner_id"), Some(&json!(null)));

    for (form, says) in [
        (vec![&file[..], &partner, &end], "'partner_id' after its file"),
        (vec![&file[..]], "broken"),
        (vec![&file[..file.len() / 2]], "broken"),
        (vec![&partner[..], &end], "no file"),
        (vec![&field("name=\"colour\"", b"red")[..], &file, &end], "'colour' before its file"),
        (vec![&field("name=\"partner_id\"", b"partner_c")[..], &file, &end], "partner"),
    ] {
        let problem = post(&server, "refused", &form.concat()).expect(400);
        assert_eq!(problem["type"], "/problems/invalid");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{says}: {problem}");
        assert!(documents(&server, "refused").is_empty(), "{says}");
    }
}
