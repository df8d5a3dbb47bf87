//! Files: whole, in part, large, and by signed URLs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serde_json::json;
use serene_tests::{Server, request};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

serene_tests::with_reused_and_with_fresh_instances! {
    a_file_is_read_whole_in_part_and_only_when_it_changed
    a_signed_url_grants_one_method_on_one_file_until_it_expires
    an_empty_file_is_a_file
}

fn a_file_is_read_whole_in_part_and_only_when_it_changed(arguments: &[&str]) {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), arguments);
    let url = format!("{}/v1/files?path=profiles/r/p.pdf", server.url());
    let stored = request("PUT", &url, &[("content-type", "application/pdf")], b"0123456789");
    let etag = stored.header("etag").to_owned();
    assert_eq!(stored.expect(201)["path"], "s3://serene-relationship-mediator/profiles/r/p.pdf");

    let whole = request("GET", &url, &[], &[]);
    assert_eq!((whole.status, whole.body.as_slice()), (200, &b"0123456789"[..]));
    assert_eq!(
        (whole.header("content-type"), whole.header("x-content-type-options")),
        ("application/pdf", "nosniff")
    );
    let part = request("GET", &url, &[("range", "bytes=2-4")], &[]);
    assert_eq!(
        (part.status, part.text().as_str(), part.header("content-range")),
        (206, "234", "bytes 2-4/10")
    );
    assert_eq!(request("GET", &url, &[("range", "bytes=-3")], &[]).text(), "789");
    assert_eq!(
        request("GET", &url, &[("range", "bytes=20-")], &[]).expect(416)["type"],
        "/problems/range-not-satisfiable"
    );
    assert_eq!(request("GET", &url, &[("if-none-match", &etag)], &[]).status, 304);
    let head = request("HEAD", &url, &[], &[]);
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, "10", 0));

    let _ = request("PUT", &url, &[("if-none-match", "*")], b"other").expect(412);
    let _ = request("PUT", &url, &[("if-match", "\"nonsense\"")], b"other").expect(412);
    let _ = request("PUT", &url, &[("if-match", &etag)], b"other").expect(200);
    for path in [
        "s3://serene-relationship-mediator/profiles/r/p.pdf",
        "https://x.supabase.co/storage/v1/object/public/b/profiles/r/p.pdf",
    ] {
        let by_path =
            format!("{}/v1/files?path={}", server.url(), path.replace(':', "%3A").replace('/', "%2F"));
        assert_eq!(request("GET", &by_path, &[], &[]).text(), "other", "{path}");
    }
    assert_eq!(request("DELETE", &url, &[], &[]).status, 204);
    assert_eq!(request("GET", &url, &[], &[]).status, 404);
}

fn an_empty_file_is_a_file(arguments: &[&str]) {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), arguments);
    let url = format!("{}/v1/files?path=profiles/r/empty.pdf", server.url());
    let _ = request("PUT", &url, &[("content-type", "application/pdf")], b"").expect(201);
    for method in ["GET", "HEAD"] {
        let answer = request(method, &url, &[], &[]);
        assert_eq!((answer.status, answer.header("content-length"), answer.body.len()), (200, "0", 0));
    }
}

fn a_signed_url_grants_one_method_on_one_file_until_it_expires(arguments: &[&str]) {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), arguments);
    let sign = |method: &str, seconds: u32| {
        let body = json!({ "path": "profiles/r/p.pdf", "method": method, "expires_in": seconds }).to_string();
        let signed =
            request("POST", &format!("{}/v1/files/url", server.url()), JSON, body.as_bytes()).expect(200);
        signed["url"].as_str().unwrap().to_owned()
    };
    let _ = request("PUT", &sign("PUT", 60), &[], b"bytes").expect(201);
    let url = sign("GET", 60);
    assert_eq!(request("GET", &url, &[], &[]).text(), "bytes");
    let _ = request("PUT", &url, &[], b"mine").expect(403);
    let _ = request("GET", &url.replace("p.pdf", "q.pdf"), &[], &[]).expect(403);
    let _ = request("GET", &url.replace("expires=", "expires=9"), &[], &[]).expect(403);
    let short = sign("GET", 1);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert_eq!(request("GET", &short, &[], &[]).expect(403)["stage"], "object-store");
    let body = json!({ "path": "profiles/r/p.pdf", "expires_in": 0 }).to_string();
    let _ = request("POST", &format!("{}/v1/files/url", server.url()), JSON, body.as_bytes()).expect(400);
}

#[test]
fn a_300_mb_file_streams_in_and_out_in_less_than_64_mib_of_guest_memory() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let url = format!("{}/v1/files?path=profiles/r/large.pdf", server.url());
    // Not a pattern that repeats by any power of two.
    let bytes: Vec<u8> = (0..300_000_000_u64).map(|n| (n.wrapping_mul(2_654_435_761) >> 16) as u8).collect();
    assert_eq!(request("PUT", &url, &[], &bytes).expect(201)["size"], 300_000_000);
    let back = request("GET", &url, &[], &[]);
    assert_eq!(back.status, 200);
    assert!(back.body == bytes, "the bytes differ");
    let report = server.stop();
    let peak = report["peak_linear_memory_bytes"].as_u64().unwrap();
    println!("peak guest memory: {:.1} MiB", peak as f64 / f64::from(1 << 20));
    assert!(peak < 64 << 20, "{report}");
}
