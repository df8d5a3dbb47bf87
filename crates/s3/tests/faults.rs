//! What goes wrong between the client and a real server heals, or leaves nothing behind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use common::servers::Server;
use common::{Fate, Seen, World, answer, body, bytes, holds_no_secret, options, read};
use futures_util::{StreamExt, stream};
use http::Method;
use s3::{ByteRange, ObjectInfo, PutOptions, WriteCondition};
use upstream::{Call, Error, ErrorKind, TransportFault};

on_each_server! {
    a_part_that_fails_is_sent_again_alone
    a_part_that_keeps_failing_ends_the_upload_and_leaves_nothing
    an_upload_whose_end_fails_under_a_200_is_ended_again
    writes_whose_answers_were_lost_are_known_again
    a_write_that_lost_to_another_is_a_conflict
    a_sender_that_gives_up_leaves_nothing
    downloads_that_break_off_can_be_read_on
    damaged_downloads_are_told
}

const PART: usize = 8 * 1024 * 1024;
const SIZE: usize = 2 * PART + 5;

/// Fails the first exchange that `what` fits, and lets the others pass.
fn first(what: impl Fn(&Seen) -> bool + 'static, fate: impl Fn() -> Fate + 'static) -> Rc<World> {
    let done = Cell::new(false);
    World::new(move |seen| if what(seen) && !done.replace(true) { fate() } else { Fate::Pass })
}

async fn a_part_that_fails_is_sent_again_alone(server: &Server) {
    let fates: [fn() -> Fate; 5] = [
        || answer(500, "InternalError"),
        || answer(503, "SlowDown"),
        || answer(400, "RequestTimeout"),
        || Fate::Cut,
        || Fate::Lost,
    ];
    for fate in fates {
        let world = first(|seen| seen.is_part(2), fate);
        let client = server.client_in(&world, &[]);
        client.put(&world.call(), "k", body(bytes(SIZE)), &options()).await.unwrap();
        let parts = [1, 2, 3].map(|number| world.count(|seen| seen.is_part(number)));
        assert_eq!(parts, [1, 2, 1]);
        let object = client.get(&world.call(), "k", None, None).await.unwrap();
        assert!(read(object).await.unwrap() == bytes(SIZE));
    }
}

async fn a_part_that_keeps_failing_ends_the_upload_and_leaves_nothing(server: &Server) {
    let world = World::new(|seen| if seen.is_part(2) { answer(500, "InternalError") } else { Fate::Pass });
    let client = server.client_in(&world, &[]);
    let error = client.put(&world.call(), "k", body(bytes(SIZE)), &options()).await.unwrap_err();
    holds_no_secret(&error);
    assert_eq!((error.kind, world.count(|seen| seen.is_part(2))), (ErrorKind::Unavailable, 5));
    assert!(world.count(Seen::is_abort) > 0);
    assert_eq!(client.head(&world.call(), "k").await.unwrap_err().kind, ErrorKind::NotFound);
    if server.is_complete {
        let left = server.boto3(&serde_json::json!([{"do": "uploads", "with": {}}]));
        assert_eq!(left[0], 0, "no parts are left behind");
    }
}

async fn an_upload_whose_end_fails_under_a_200_is_ended_again(server: &Server) {
    let bodies = ["<Error><Code>InternalError</Code></Error>", " \n <CompleteMultipartUploadRes", ""];
    for text in bodies {
        let world = first(Seen::is_complete, move || Fate::Answer(200, Vec::new(), text.to_owned()));
        let client = server.client_in(&world, &[]);
        let put = client.put(&world.call(), "k", body(bytes(SIZE)), &options()).await.unwrap();
        assert_eq!((put.size, world.count(Seen::is_complete)), (SIZE as u64, 2));
        assert_eq!(client.head(&world.call(), "k").await.unwrap().etag, put.etag);
    }
    let world = World::new(|seen| match seen.is_complete() {
        true => Fate::Answer(200, Vec::new(), "<Error><Code>InternalError</Code></Error>".to_owned()),
        false => Fate::Pass,
    });
    let client = server.client_in(&world, &[]);
    let error = client.put(&world.call(), "other", body(bytes(SIZE)), &options()).await.unwrap_err();
    assert_eq!((error.kind, world.count(Seen::is_complete)), (ErrorKind::Unavailable, 5));
    assert_eq!(error.extra("provider-code"), Some("InternalError"));
    assert_eq!(client.head(&world.call(), "other").await.unwrap_err().kind, ErrorKind::NotFound);
}

async fn writes_whose_answers_were_lost_are_known_again(server: &Server) {
    let absent = PutOptions { condition: WriteCondition::Absent, ..options() };
    for (key, length) in [("one", 9), ("parts", SIZE)] {
        let last = move |seen: &Seen| seen.is_complete() || (length == 9 && seen.method == Method::PUT);
        let world = first(last, || Fate::Lost);
        let client = server.client_in(&world, &[]);
        let put = client.put(&world.call(), key, body(bytes(length)), &absent).await.unwrap();
        assert_eq!(put.size, length as u64);
        assert_eq!(put.metadata, absent.metadata, "the write's own name is not shown");
        let object = client.get(&world.call(), key, None, Some(&put.etag)).await.unwrap();
        assert!(read(object).await.unwrap() == bytes(length));
    }
}

async fn a_write_that_lost_to_another_is_a_conflict(server: &Server) {
    let absent = PutOptions { condition: WriteCondition::Absent, ..options() };
    let (other_world, other) = server.client(&[]);
    other.put(&other_world.call(), "k", body(bytes(9)), &options()).await.unwrap();
    // The first try is lost on its way: the second finds the same bytes, but written by another.
    let world = first(|seen| seen.method == Method::PUT, || Fate::Cut);
    let client = server.client_in(&world, &[]);
    let error = client.put(&world.call(), "k", body(bytes(9)), &absent).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
}

async fn a_sender_that_gives_up_leaves_nothing(server: &Server) {
    for pieces in [1, 300] {
        let (world, client) = server.client(&[]);
        let sent = (0..pieces).map(|_| Ok(Bytes::from(vec![7; 65_536])));
        let gone = Error::failed("The sender gave up.");
        let stream = stream::iter(sent.chain([Err(gone.clone())]).collect::<Vec<_>>());
        let error = client.put(&world.call(), "k", Box::pin(stream), &options()).await.unwrap_err();
        assert_eq!(error, gone);
        assert_eq!(client.head(&world.call(), "k").await.unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(world.count(Seen::is_abort) > 0, pieces == 300);
    }
}

async fn downloads_that_break_off_can_be_read_on(server: &Server) {
    let (world, client) = server.client(&[]);
    let put = client.put(&world.call(), "k", body(bytes(100_000)), &options()).await.unwrap();
    world.rule(|_| Fate::CutAfter(40_000));
    let mut object = client.get(&world.call(), "k", None, None).await.unwrap();
    let mut got = Vec::new();
    let error = loop {
        match object.body.chunk().await {
            Ok(bytes) => got.extend_from_slice(&bytes.expect("no end before the error")),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind, got.len()), (ErrorKind::Unavailable, 40_000));
    world.rule(|_| Fate::Pass);
    let rest = Some(ByteRange::StartingAt(40_000));
    let rest = client.get(&world.call(), "k", rest, Some(&put.etag)).await.unwrap();
    got.extend(read(rest).await.unwrap());
    assert!(got == bytes(100_000));
}

async fn damaged_downloads_are_told(server: &Server) {
    let (world, client) = server.client(&[]);
    client.put(&world.call(), "k", body(bytes(1000)), &options()).await.unwrap();
    world.rule(|_| Fate::Damaged);
    let object = client.get(&world.call(), "k", None, None).await.unwrap();
    assert_eq!(read(object).await.unwrap_err().kind, ErrorKind::Failed);
}

#[tokio::test]
async fn checksums_are_sent_where_the_server_keeps_them_and_left_out_where_it_does_not() {
    const HEADER: &str = "x-amz-checksum-crc64nvme";
    for (echoes, refuses) in [(true, false), (false, false), (false, true)] {
        let inner = sink(Rc::default());
        let world = World::new(move |seen| {
            let begins = seen.uri.contains("uploads=");
            if begins && refuses && seen.headers.contains_key("x-amz-checksum-algorithm") {
                return answer(400, "InvalidArgument");
            }
            let Fate::Answer(status, mut headers, body) = inner.fate(seen) else { return Fate::Cut };
            if begins && echoes {
                headers.push(("x-amz-checksum-algorithm", "CRC64NVME".to_owned()));
            }
            Fate::Answer(status, headers, body)
        });
        let client = common::client(&world, "https://s3.example.com", &[]);
        client.put(&world.call(), "k", body(vec![0; PART + 5]), &options()).await.unwrap();
        let seen = world.seen.borrow();
        let parts: Vec<_> = seen.iter().filter(|seen| seen.uri.contains("partNumber=")).collect();
        let end = seen.iter().find(|seen| seen.is_complete()).unwrap();
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().chain([&end]).all(|seen| seen.headers.contains_key(HEADER) == echoes));
        let list = String::from_utf8_lossy(&end.body);
        assert_eq!(list.matches("<ChecksumCRC64NVME>").count(), if echoes { 2 } else { 0 }, "{list}");
        assert_eq!(end.headers["x-amz-mp-object-size"], (PART + 5).to_string());
    }
}

/// A server of no other purpose: takes everything, keeps nothing.
fn sink(parts: Rc<Cell<usize>>) -> Rc<World> {
    World::new(move |seen| {
        if seen.uri.contains("partNumber=") {
            parts.set(parts.get() + 1);
            return Fate::Answer(200, vec![("etag", "\"p\"".to_owned())], String::new());
        }
        let text = match seen.uri.contains("uploads=") {
            true => "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
            false => {
                "<CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>"
            }
        };
        Fate::Answer(200, Vec::new(), text.to_owned())
    })
}

/// What becomes of an upload in parts whose end meets this fate, and how often the end was asked for and the upload aborted. Time flies.
async fn end_in(fate: impl Fn() -> Fate + 'static) -> (Result<ObjectInfo, Error>, usize, usize) {
    let inner = sink(Rc::default());
    let world = World::at_pace(10_000, move |seen| match seen.is_complete() {
        true => fate(),
        false if seen.method == Method::HEAD => Fate::Answer(404, Vec::new(), String::new()),
        false => inner.fate(seen),
    });
    let client = common::client(&world, "https://s3.example.com", &[]);
    let call = Call::starting_now(&*world, Duration::from_secs(600_000), None);
    let put = client.put(&call, "k", body(vec![0; PART + 5]), &options()).await;
    (put, world.count(Seen::is_complete), world.count(Seen::is_abort))
}

#[tokio::test]
async fn an_upload_whose_end_takes_minutes_is_waited_for() {
    let text = "<CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>";
    let late =
        || Fate::Late(Duration::from_mins(9), Box::new(Fate::Answer(200, Vec::new(), text.to_owned())));
    let (put, ends, aborts) = end_in(late).await;
    assert_eq!((put.unwrap().etag.as_str(), ends, aborts), ("e", 1, 0));
}

#[tokio::test]
async fn an_upload_whose_end_was_not_heard_is_not_aborted_for_it_may_go_on() {
    let cases: [(fn() -> Fate, ErrorKind); 4] = [
        (|| Fate::Fault(TransportFault::TimedOut), ErrorKind::TimedOut),
        (|| Fate::Cut, ErrorKind::Unavailable),
        (|| answer(502, ""), ErrorKind::Unavailable),
        (|| answer(504, ""), ErrorKind::TimedOut),
    ];
    for (fate, kind) in cases {
        let (put, _, aborts) = end_in(fate).await;
        assert_eq!((put.unwrap_err().kind, aborts), (kind, 0));
    }
}

#[tokio::test]
async fn an_upload_whose_end_was_refused_is_aborted_and_says_why() {
    use ErrorKind as Kind;
    let cases: [(u16, &str, Kind, usize); 8] = [
        // Another write won: what its winner left must be read first, so that repeating alone decides nothing.
        (409, "ConditionalRequestConflict", Kind::Conflict, 1),
        (412, "PreconditionFailed", Kind::Conflict, 1),
        (400, "InvalidPart", Kind::Failed, 1),
        (400, "InvalidPartOrder", Kind::Failed, 1),
        (400, "EntityTooSmall", Kind::Failed, 1),
        (400, "BadDigest", Kind::Failed, 2),
        (404, "NoSuchUpload", Kind::Unavailable, 1),
        (503, "SlowDown", Kind::RateLimited, 5),
    ];
    for (status, code, kind, tries) in cases {
        let (put, ends, aborts) = end_in(move || answer(status, code)).await;
        let error = put.unwrap_err();
        holds_no_secret(&error);
        assert_eq!((error.kind, ends), (kind, tries), "{code}: {error}");
        assert_eq!(error.extra("provider-code"), Some(code));
        assert!(error.message.contains("CompleteMultipartUpload"), "{error}");
        assert!(aborts > 0, "{code}: the parts are dropped");
    }
}

#[tokio::test]
async fn never_more_than_three_parts_are_read_ahead_of_what_was_stored() {
    const PIECE: usize = 65_536;
    const PIECES: usize = 12 * PART / PIECE;
    let stored = Rc::new(Cell::new(0));
    let ahead = Rc::new(Cell::new(0));
    let world = sink(Rc::clone(&stored));
    let client = common::client(&world, "https://s3.example.com", &[]);
    let most = Rc::clone(&ahead);
    let pieces = stream::iter(0..PIECES).map(move |at| {
        most.set(most.get().max((at + 1) * PIECE - stored.get() * PART));
        Ok(Bytes::from_static(&[0; PIECE]))
    });
    let put = client.put(&world.call(), "k", Box::pin(pieces), &options()).await.unwrap();
    assert_eq!((put.size, put.etag.as_str()), ((12 * PART) as u64, "e"));
    assert!(ahead.get() <= 3 * PART + PIECE, "{} bytes", ahead.get());
}
