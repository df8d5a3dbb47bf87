//! A wrong region and a wrong clock are healed once, and remembered.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::rc::Rc;

use common::{Fate, World, body, bytes, client, options};
use http::Method;
use s3::Client;
use upstream::{ErrorKind, TransportFault};

fn ok() -> Fate {
    Fate::Answer(200, vec![("content-length", "9".to_owned())], String::new())
}

/// A client of AWS itself, in us-east-1.
fn aws(world: &Rc<World>) -> Client<World> {
    client(world, "https://unused.example.com", &[("s3_endpoint_url", "")])
}

fn host(world: &World, at: usize) -> String {
    world.seen.borrow()[at].uri.split('/').nth(2).unwrap().to_owned()
}

fn scope(world: &World, at: usize) -> String {
    world.seen.borrow()[at].headers["authorization"].to_str().unwrap().split('/').nth(2).unwrap().to_owned()
}

#[tokio::test]
async fn the_region_is_read_from_header_or_body_used_and_remembered() {
    let body =
        |code: &str, region: &str| format!("<Error><Code>{code}</Code><Region>{region}</Region></Error>");
    let header = vec![("x-amz-bucket-region", "eu-west-1".to_owned())];
    for (status, headers, body) in [
        (301, header.clone(), body("PermanentRedirect", "")),
        (307, header.clone(), body("TemporaryRedirect", "")),
        (400, Vec::new(), body("AuthorizationHeaderMalformed", "eu-west-1")),
        (400, header.clone(), body("IllegalLocationConstraintException", "")),
    ] {
        let world = World::new(move |seen| match seen.uri.contains("us-east-1") {
            true => Fate::Answer(status, headers.clone(), body.clone()),
            false => ok(),
        });
        let client = aws(&world);
        client.delete(&world.call(), "k").await.unwrap();
        assert_eq!(world.tries(), 2);
        assert_eq!(host(&world, 0), "bucket.s3.us-east-1.amazonaws.com");
        assert_eq!(host(&world, 1), "bucket.s3.eu-west-1.amazonaws.com");
        assert_eq!((scope(&world, 0).as_str(), scope(&world, 1).as_str()), ("us-east-1", "eu-west-1"));
        client.delete(&world.call(), "k").await.unwrap();
        assert_eq!(world.tries(), 3, "the region is asked for once");
        assert_eq!(client.region(), "eu-west-1");
        let url = client.presign(s3::SignedMethod::Get, "k", 60).unwrap().url;
        assert!(url.starts_with("https://bucket.s3.eu-west-1.amazonaws.com/k?"), "presigned elsewhere");
    }
}

#[tokio::test]
async fn a_head_whose_answer_names_no_region_asks_for_the_bucket() {
    for status in [301, 400] {
        let world = World::new(move |seen| match seen.uri.contains("us-east-1") {
            true if seen.uri.ends_with("/k") => Fate::Answer(status, Vec::new(), String::new()),
            true => Fate::Answer(403, vec![("x-amz-bucket-region", "eu-west-1".to_owned())], String::new()),
            false => ok(),
        });
        let info = aws(&world).head(&world.call(), "k").await.unwrap();
        assert_eq!((info.size, world.tries()), (9, 3));
    }
}

#[tokio::test]
async fn a_region_whose_host_may_not_be_called_is_named_with_what_to_set() {
    // The manifest allows the hosts of the region that is set. A HEAD may be answered without the region's name.
    let world = World::new(|seen| match (seen.uri.contains("us-east-1"), seen.uri.ends_with("/k")) {
        (true, true) if seen.method == Method::HEAD => Fate::Answer(400, Vec::new(), String::new()),
        (true, _) => Fate::Answer(301, vec![("x-amz-bucket-region", "eu-west-1".to_owned())], String::new()),
        (false, _) => Fate::Fault(TransportFault::NotPermitted),
    });
    for tried in ["head", "get", "delete", "list", "put"] {
        let client = aws(&world);
        // The second time, the region is known.
        for _ in 0..2 {
            let call = world.call();
            let error = match tried {
                "head" => client.head(&call, "k").await.err(),
                "get" => client.get(&call, "k", None, None).await.err(),
                "delete" => client.delete(&call, "k").await.err(),
                "list" => client.list(&call, "", None, 10).await.err(),
                _ => client.put(&call, "k", body(bytes(9)), &options()).await.err(),
            };
            let error = error.unwrap();
            assert_eq!(error.kind, ErrorKind::Misconfigured, "{tried}: {error}");
            assert_eq!(error.extra("variable"), Some("aws_region"), "{tried}: {error}");
            assert_eq!(error.extra("region"), Some("eu-west-1"), "{tried}: {error}");
            assert!(error.message.contains("Set aws_region to eu-west-1"), "{tried}: {error}");
        }
        assert_eq!(client.region(), "eu-west-1");
    }
}

#[tokio::test]
async fn a_host_that_may_not_be_called_in_the_region_that_is_set_is_no_matter_of_regions() {
    let world = World::new(|_| Fate::Fault(TransportFault::NotPermitted));
    let error = aws(&world).head(&world.call(), "k").await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable")),
        (ErrorKind::Misconfigured, Some("extra_outbound_host"))
    );
    assert!(error.message.contains("allowed_outbound_hosts"), "{error}");
}

#[tokio::test]
async fn a_region_that_was_healed_is_advised_to_be_set() {
    let world = World::new(|seen| match seen.uri.contains("us-east-1") {
        true => Fate::Answer(301, vec![("x-amz-bucket-region", "eu-west-1".to_owned())], String::new()),
        false => ok(),
    });
    let client = aws(&world);
    assert_eq!(client.advice(), None);
    client.delete(&world.call(), "k").await.unwrap();
    let advice = client.advice().unwrap();
    assert!(advice.contains("us-east-1") && advice.contains("Set aws_region to eu-west-1"), "{advice}");
}

#[tokio::test]
async fn regions_that_send_in_circles_end_after_one_step() {
    let world = World::new(|seen| {
        let other = if seen.uri.contains("us-east-1") { "eu-west-1" } else { "us-east-1" };
        Fate::Answer(301, vec![("x-amz-bucket-region", other.to_owned())], String::new())
    });
    let error = aws(&world).delete(&world.call(), "k").await.unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::Misconfigured, 2));
    assert_eq!(error.extra("variable"), Some("aws_region"));
}

#[tokio::test]
async fn a_region_that_is_no_name_is_not_followed() {
    let world = World::new(|_| {
        Fate::Answer(301, vec![("x-amz-bucket-region", "evil.example.com/".to_owned())], String::new())
    });
    let error = aws(&world).delete(&world.call(), "k").await.unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::Misconfigured, 1));
}

#[tokio::test]
async fn a_wrong_clock_is_set_by_the_servers_and_remembered() {
    const SERVER: &str = "2026-11-24T12:00:00Z";
    let skewed = format!("<Error><Code>RequestTimeTooSkewed</Code><ServerTime>{SERVER}</ServerTime></Error>");
    let date = vec![("date", "Tue, 24 Nov 2026 12:00:00 GMT".to_owned())];
    let expired = "<Error><Code>ExpiredRequest</Code></Error>".to_owned();
    let cases = [(403, Vec::new(), skewed), (403, date.clone(), String::new()), (400, date, expired)];
    for (status, headers, body) in cases {
        let world = World::new(move |seen| {
            let stamp = seen.headers["x-amz-date"].to_str().unwrap();
            match stamp.starts_with("20261124T12") {
                true => ok(),
                false => Fate::Answer(status, headers.clone(), body.clone()),
            }
        });
        // Hours away from the server's time, whatever today is.
        let target = 1_795_521_600_i64 + 7 * 3600;
        let now = i64::try_from(upstream::Platform::unix_time(&*world).as_secs()).unwrap();
        world.clock_error.set(target - now);
        let client = aws(&world);
        client.head(&world.call(), "k").await.unwrap();
        assert_eq!(world.tries(), 2);
        client.head(&world.call(), "k").await.unwrap();
        assert_eq!(world.tries(), 3, "the clock is set once");
        let signed = client.presign(s3::SignedMethod::Get, "k", 60).unwrap();
        assert!(signed.url.contains("X-Amz-Date=20261124T12"), "presigned by the wrong clock");
    }
}

#[tokio::test]
async fn a_clock_that_stays_wrong_ends_after_one_step() {
    let world = World::new(|_| {
        let body =
            "<Error><Code>RequestTimeTooSkewed</Code><ServerTime>2020-01-01T00:00:00Z</ServerTime></Error>";
        Fate::Answer(403, Vec::new(), body.to_owned())
    });
    let error = aws(&world).delete(&world.call(), "k").await.unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::Misconfigured, 2));
    assert!(error.message.contains("clock"), "{error}");
}
