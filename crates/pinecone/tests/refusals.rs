//! Each failure of Pinecone's: what the caller gets, how often Pinecone was tried, and that nothing secret is shown.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::rc::Rc;
use std::time::Duration;

use common::{
    KEY, Reply, World, answer, index, nearest, paths, pinecone, shown, shows_part_of, stored, vector,
    with_header,
};
use pinecone::Selection;
use serde_json::json;
use upstream::{Error, ErrorKind as Kind, Platform, TransportFault};

const TEXT: &str = "She said that he never listens when she speaks of her mother.";

fn upsert(world: &Rc<World>, seconds: u64) -> Result<(), Error> {
    let vector = vector("a", &json!({"text": TEXT}).to_string());
    world.run(index(world).upsert(&world.call(seconds), "profiles", &[vector]))
}

fn query(world: &Rc<World>, seconds: u64) -> Result<(), Error> {
    world.run(index(world).query(&world.call(seconds), "profiles", &nearest(Vec::new()))).map(drop)
}

fn delete(world: &Rc<World>, seconds: u64) -> Result<(), Error> {
    let ids = Selection::Ids(vec!["a".to_owned()]);
    world.run(index(world).delete(&world.call(seconds), "profiles", &ids))
}

fn list(world: &Rc<World>, seconds: u64) -> Result<(), Error> {
    world.run(index(world).list(&world.call(seconds), "profiles", "", None, 10)).map(drop)
}

fn describe(world: &Rc<World>, seconds: u64) -> Result<(), Error> {
    world.run(index(world).describe(&world.call(seconds))).map(drop)
}

type Ask = fn(&Rc<World>, u64) -> Result<(), Error>;
const CALLS: [Ask; 5] = [upsert, query, delete, list, describe];

#[test]
fn no_part_of_the_key_is_shown_where_long_words_are_cut_off() {
    for before in 280..=310 {
        let words = format!("{} {KEY} is wrong", "x".repeat(before));
        for body in [json!({"message": words}).to_string(), words] {
            let world = pinecone(move |_| answer(400, &body));
            let error = query(&world, 60).unwrap_err();
            assert!(!shows_part_of(&error, KEY), "after {before}: {error}");
        }
    }
}

#[test]
fn each_status_has_one_meaning_and_one_retry_rule() {
    let cases = [
        (400, Kind::Invalid, 1),
        (401, Kind::Misconfigured, 1),
        (402, Kind::Denied, 1),
        (403, Kind::Denied, 1),
        (404, Kind::Misconfigured, 1),
        (307, Kind::Misconfigured, 1),
        (408, Kind::TimedOut, 4),
        (409, Kind::Conflict, 1),
        (412, Kind::Conflict, 1),
        (413, Kind::TooLarge, 1),
        (418, Kind::Failed, 1),
        (422, Kind::Invalid, 1),
        (429, Kind::RateLimited, 4),
        (500, Kind::Failed, 4),
        (501, Kind::Unavailable, 1),
        (502, Kind::Unavailable, 4),
        (503, Kind::Unavailable, 4),
        (504, Kind::TimedOut, 4),
    ];
    let bodies = [
        json!({"code": 2, "message": "no", "details": []}).to_string(),
        json!({"status": 400, "error": {"code": "ABORTED", "message": format!("no, {KEY}")}}).to_string(),
        json!({"message": format!("The key {KEY} may not send '{TEXT}'")}).to_string(),
        format!("upstream connect error, key {KEY}"),
        "<html>no</html>".to_owned(),
        String::new(),
    ];
    for call in CALLS {
        for (status, kind, tries) in cases {
            for body in &bodies {
                let reply = body.clone();
                let world = pinecone(move |_| answer(status, &reply));
                let error = call(&world, 600).unwrap_err();
                assert_eq!((error.kind, error.status), (kind, Some(status)), "{status} {body}: {error}");
                assert_eq!(paths(&world).len(), tries, "{status} {body}");
                assert_eq!(error.extra("tries"), Some(tries.to_string().as_str()));
                assert!(!shown(&error).contains("0123456789"), "{error}");
            }
        }
    }
}

#[test]
fn no_error_repeats_what_was_stored() {
    let world = pinecone(|sent| {
        let text = sent.json()["vectors"][0]["metadata"]["text"].as_str().unwrap_or_default().to_owned();
        answer(400, json!({"code": 3, "message": format!("Metadata value must be a string, got '{text}'")}))
    });
    let error = upsert(&world, 60).unwrap_err();
    assert!(!shown(&error).contains("listens"), "{error}");
}

#[test]
fn the_control_plane_s_failures_mean_the_same() {
    let cases = [
        (401, Kind::Misconfigured, 1),
        (403, Kind::Denied, 1),
        (429, Kind::RateLimited, 4),
        (500, Kind::Failed, 4),
        (503, Kind::Unavailable, 4),
    ];
    for (status, kind, tries) in cases {
        let world = World::new(move |_| {
            answer(
                status,
                json!({"status": status, "error": {"code": "CODE", "message": format!("no, {KEY}")}}),
            )
        });
        let error = query(&world, 600).unwrap_err();
        assert_eq!((error.kind, world.tries()), (kind, tries), "{status}");
        assert_eq!(error.extra("provider-code"), Some("CODE"));
        assert!(!shown(&error).contains("0123456789"), "{error}");
    }
}

#[test]
fn a_grpc_code_says_more_than_a_general_status() {
    let cases = [
        (400, 3, Kind::Invalid, 1),
        (400, 7, Kind::Denied, 1),
        (400, 8, Kind::RateLimited, 4),
        (400, 16, Kind::Misconfigured, 1),
        (500, 3, Kind::Invalid, 1),
        (500, 4, Kind::TimedOut, 4),
        (500, 13, Kind::Failed, 4),
        (500, 14, Kind::Unavailable, 4),
        (503, 3, Kind::Unavailable, 4),
    ];
    for (status, code, kind, tries) in cases {
        let world = pinecone(move |_| answer(status, json!({"code": code, "message": "no", "details": []})));
        let error = query(&world, 600).unwrap_err();
        assert_eq!((error.kind, paths(&world).len()), (kind, tries), "{status} {code}");
        assert_eq!(error.extra("provider-code"), Some(code.to_string().as_str()));
    }
}

#[test]
fn a_month_s_limit_is_not_waited_for() {
    let message = "You've reached your write unit limit for the current month (2000000). To continue, upgrade your plan.";
    let world = pinecone(move |_| answer(429, json!({"code": 8, "message": message, "details": []})));
    let error = upsert(&world, 600).unwrap_err();
    assert_eq!(
        (error.kind, error.extra("reason"), paths(&world).len()),
        (Kind::Denied, Some("quota-exhausted"), 1)
    );
    assert!(error.message.contains("write unit limit"), "{error}");
}

#[test]
fn sizes_that_only_pinecone_knows_are_too_large() {
    let message = "Request size 4000000 exceeds the maximum supported size of 2097152 bytes";
    let world = pinecone(move |_| answer(400, json!({"code": 11, "message": message, "details": []})));
    assert_eq!(query(&world, 60).unwrap_err().kind, Kind::TooLarge);
    let message = "Vector dimension 2 does not match the dimension of the index 8";
    let world = pinecone(move |_| answer(400, json!({"code": 3, "message": message, "details": []})));
    let error = upsert(&world, 60).unwrap_err();
    assert_eq!(error.kind, Kind::Misconfigured);
    assert!(error.message.contains("dimension of the index 8"), "{error}");
}

#[test]
fn what_passes_heals() {
    for status in [408, 429, 500, 502, 503, 504] {
        let mut tries = 0;
        let world = pinecone(move |sent| {
            tries += 1;
            if tries < 4 {
                return answer(status, "");
            }
            if sent.uri.ends_with("upsert") {
                return with_header(200, "x-pinecone-request-lsn", 1, stored(sent));
            }
            with_header(200, "x-pinecone-max-indexed-lsn", 1, json!({"matches": []}))
        });
        upsert(&world, 60).unwrap();
        assert_eq!(paths(&world).len(), 5, "{status}");
    }
}

#[test]
fn a_wait_that_pinecone_asks_for_is_kept_or_passed_on() {
    let busy =
        |_: &common::Sent| with_header(429, "retry-after", 20, json!({"code": 8, "message": "slow down"}));
    let world = pinecone(busy);
    let error = query(&world, 600).unwrap_err();
    assert_eq!((paths(&world).len(), error.retry_after), (4, Some(Duration::from_secs(20))));
    assert!(world.monotonic() >= Duration::from_secs(60));

    let world = pinecone(busy);
    let error = query(&world, 10).unwrap_err();
    assert_eq!((paths(&world).len(), error.retry_after), (1, Some(Duration::from_secs(20))));
    assert_eq!(
        error.message,
        "Pinecone asks for fewer requests a second. It says: slow down. Wait, or raise the limits of the plan."
    );
}

#[test]
fn refusals_name_the_variable_and_the_request() {
    for (status, variable) in
        [(401, "pinecone_api_key"), (403, "pinecone_api_key"), (404, "pinecone_index_name")]
    {
        let world = pinecone(move |_| with_header(status, "x-pinecone-request-id", "req-1", json!({})));
        let error = query(&world, 60).unwrap_err();
        assert_eq!((error.extra("variable"), error.extra("request-id")), (Some(variable), Some("req-1")));
    }
}

#[test]
fn a_broken_connection_is_tried_again_and_one_that_is_not_allowed_is_not() {
    let cases = [
        (TransportFault::Broken, Kind::Unavailable, 4),
        (TransportFault::Refused, Kind::Unavailable, 4),
        (TransportFault::NotPermitted, Kind::Misconfigured, 1),
        (TransportFault::NotHttp, Kind::Failed, 1),
    ];
    for call in CALLS {
        for (fault, kind, tries) in cases {
            let world = pinecone(move |_| Reply::Fault(fault));
            let error = call(&world, 60).unwrap_err();
            assert_eq!((error.kind, paths(&world).len()), (kind, tries), "{fault:?}");
        }
    }
}

#[test]
fn silence_ends_with_the_call_s_time() {
    for call in CALLS {
        let world = pinecone(|_| Reply::Silence);
        let error = call(&world, 20).unwrap_err();
        assert_eq!((error.kind, paths(&world).len()), (Kind::TimedOut, 1));
        assert_eq!(world.monotonic(), Duration::from_secs(20));
    }
}
