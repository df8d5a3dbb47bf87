//! What making a bucket sends, and what its refusals mean.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::rc::Rc;

use common::{Fate, World, answer, holds_no_secret};
use http::Method;
use s3::Client;
use upstream::{Error, ErrorKind};

/// A server without the bucket, at which making it ends in this.
fn without_bucket(made: impl Fn() -> Fate + 'static) -> Rc<World> {
    World::new(move |seen| match seen.method {
        Method::HEAD => Fate::Answer(404, Vec::new(), String::new()),
        _ => made(),
    })
}

fn client(world: &Rc<World>, region: &str) -> Client<World> {
    common::client(world, "https://unused.example.com", &[("s3_endpoint_url", ""), ("aws_region", region)])
}

#[tokio::test]
async fn a_bucket_is_made_in_the_region_that_is_set() {
    for (region, constraint) in [("us-east-1", None), ("auto", None), ("eu-central-1", Some("eu-central-1"))]
    {
        let world = without_bucket(|| Fate::Answer(200, Vec::new(), String::new()));
        client(&world, region).create_bucket(&world.call()).await.unwrap();
        let seen = world.seen.borrow();
        assert_eq!((seen.len(), &seen[1].method), (2, &Method::PUT), "asked for, then made");
        let body = String::from_utf8_lossy(&seen[1].body);
        match constraint {
            None => assert_eq!(body, "", "{region}"),
            Some(region) => assert_eq!(
                body,
                format!(
                    "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
                )
            ),
        }
    }
}

#[tokio::test]
async fn a_bucket_that_is_there_is_left_as_it_is() {
    let world = World::new(|_| Fate::Answer(200, Vec::new(), String::new()));
    client(&world, "us-east-1").create_bucket(&world.call()).await.unwrap();
    assert_eq!((world.tries(), world.count(|seen| seen.method == Method::PUT)), (1, 0));
}

async fn refused(status: u16, code: &'static str) -> Result<(), Error> {
    let world = without_bucket(move || answer(status, code));
    client(&world, "eu-central-1").create_bucket(&world.call()).await
}

#[tokio::test]
async fn a_bucket_made_by_another_meanwhile_is_ours_or_a_wrong_name() {
    refused(409, "BucketAlreadyOwnedByYou").await.unwrap();
    let cases = [
        (409, "BucketAlreadyExists", ErrorKind::Misconfigured, Some("s3_bucket_name")),
        (400, "InvalidBucketName", ErrorKind::Misconfigured, Some("s3_bucket_name")),
        (400, "IllegalLocationConstraintException", ErrorKind::Misconfigured, Some("aws_region")),
        (403, "AccessDenied", ErrorKind::Denied, None),
    ];
    for (status, code, kind, variable) in cases {
        let error = refused(status, code).await.unwrap_err();
        holds_no_secret(&error);
        assert_eq!((error.kind, error.extra("variable")), (kind, variable), "{code}: {error}");
        assert!(error.message.contains("CreateBucket of bucket bucket"), "{error}");
    }
}
