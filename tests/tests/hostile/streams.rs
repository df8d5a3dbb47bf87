//! Stages that never end a stream, or never read one.

use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpStream;

use serene_tests::request;

use super::{Hostile, PDF};

serene_tests::with_reused_and_with_fresh_instances! {
    a_file_that_never_begins_or_is_not_what_was_said_is_a_problem
    a_file_that_breaks_off_is_cut_short
    an_upload_that_nobody_reads_ends_in_time
}

const SIZE: usize = 200_000;

fn file(hostile: &Hostile, relationship: &str) -> String {
    hostile.url(&format!("/v1/files?path=profiles/{relationship}/p.pdf"))
}

fn a_file_that_never_begins_or_is_not_what_was_said_is_a_problem(arguments: &[&str]) {
    let hostile = Hostile::in_a_hurry("object-store", arguments);
    let get = |relationship: &str| request("GET", &file(&hostile, relationship), &[], b"");
    let whole = get("somebody-else");
    assert_eq!((whole.status, whole.body.len()), (200, SIZE));
    let answer = hostile.beside_others(|| get("sends-nothing"));
    hostile.problem(answer, 504, true);
    hostile.problem(get("says-another-length"), 502, true);
    hostile.stop();
}

/// What comes back on the wire for a request of this head, of whose body so much is sent.
fn on_the_wire(hostile: &Hostile, head: &str, body: &[u8]) -> String {
    let mut connection = TcpStream::connect(hostile.server.authority()).unwrap();
    let head = format!("{head}\r\nHost: localhost\r\nConnection: close\r\n");
    let mut writer = connection.try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Whoever is refused is not read to the end.
            let _ = writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(body));
        });
        let mut answer = Vec::new();
        // A connection that is reset has ended, too.
        let _ = connection.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    })
}

/// What comes of an upload of which a part arrives: the rest is for somebody to ask for.
fn upload(hostile: &Hostile, path: &str) -> String {
    let head =
        format!("PUT {path} HTTP/1.1\r\nContent-Type: application/pdf\r\nContent-Length: {}", 64 << 20);
    let body = [b"\r\n%PDF-1.7\n".to_vec(), vec![b'x'; 1 << 20]].concat();
    on_the_wire(hostile, &head, &body)
}

fn a_file_that_breaks_off_is_cut_short(arguments: &[&str]) {
    let hostile = Hostile::in_a_hurry("object-store", arguments);
    for deed in [
        "sends-less",
        "sends-more",
        "stops-sending",
        "drops-the-outcome",
        "never-says-how-it-ended",
        "never-says-whether-it-is-whole",
        "panics-midway",
        "computes-midway",
    ] {
        let answer = hostile.beside_others(|| {
            let path = format!("/v1/files?path=profiles/{deed}/p.pdf");
            on_the_wire(&hostile, &format!("GET {path} HTTP/1.1"), b"\r\n")
        });
        // Nothing at all when it broke off before the head was on its way.
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            assert_eq!(answer, "", "{deed}");
            continue;
        };
        if head.starts_with("HTTP/1.1 200") {
            assert!(head.contains(&format!("content-length: {SIZE}")), "{deed}: {head}");
            assert!(body.len() < SIZE, "{deed}: {} bytes pass for the whole", body.len());
        } else {
            assert!(
                head.contains("application/problem+json") && body.contains("object-store"),
                "{deed}: {answer}"
            );
        }
    }
    hostile.stop();
}

fn an_upload_that_nobody_reads_ends_in_time(arguments: &[&str]) {
    let ended = |hostile: &Hostile, path: &str, status: u16| {
        let answer = hostile.beside_others(|| upload(hostile, path));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        let stage = format!("\"stage\":\"{}\"", hostile.stage);
        assert!(answer.contains("application/problem+json") && answer.contains(&stage), "{path}: {answer}");
    };
    let hostile = Hostile::in_a_hurry("object-store", arguments);
    for (deed, status) in [("never-reads", 504), ("stops-reading", 504), ("panics-while-reading", 502)] {
        ended(&hostile, &format!("/v1/files?path=profiles/{deed}/p.pdf"), status);
    }
    hostile.stop();
    let hostile = Hostile::in_a_hurry("extractor", arguments);
    ended(&hostile, "/v1/relationships/never-reads/handbooks/h", 504);
    // All of it was read, and the store waits to be told whether to keep it.
    let url = hostile.url("/v1/relationships/waits-for-ever/handbooks/h");
    let answer = hostile.beside_others(|| request("PUT", &url, PDF, b"%PDF-1.7 of a kind"));
    hostile.problem(answer, 504, true);
    hostile.stop();
}
