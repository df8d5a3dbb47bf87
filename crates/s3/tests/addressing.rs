//! Where requests go, and what they carry.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Fate, World, body, bytes, client, options};
use s3::{SignedMethod, WriteCondition};

async fn put_to(more: &[(&str, &str)], key: &str) -> String {
    let world = World::new(|_| Fate::Answer(200, Vec::new(), String::new()));
    let client = client(&world, "https://unused.example.com", more);
    client.put(&world.call(), key, body(bytes(1)), &options()).await.unwrap();
    let seen = world.seen.borrow();
    seen[0].uri.clone()
}

#[tokio::test]
async fn hosts_and_paths_follow_the_style() {
    let aws = ("s3_endpoint_url", "");
    let custom = ("s3_endpoint_url", "http://127.0.0.1:9000/base/path/");
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[aws], "https://bucket.s3.us-east-1.amazonaws.com/k"),
        (&[aws, ("aws_region", "eu-central-1")], "https://bucket.s3.eu-central-1.amazonaws.com/k"),
        (&[aws, ("aws_region", "cn-north-1")], "https://bucket.s3.cn-north-1.amazonaws.com.cn/k"),
        (&[aws, ("s3_force_path_style", "true")], "https://s3.us-east-1.amazonaws.com/bucket/k"),
        (&[aws, ("s3_bucket_name", "my.bucket")], "https://s3.us-east-1.amazonaws.com/my.bucket/k"),
        (&[custom], "http://127.0.0.1:9000/base/path/bucket/k"),
        (&[("s3_endpoint_url", "https://s3.example.com")], "https://s3.example.com/bucket/k"),
        (
            &[("s3_endpoint_url", "https://s3.example.com/p"), ("s3_force_path_style", "false")],
            "https://bucket.s3.example.com/p/k",
        ),
    ];
    for (variables, uri) in cases {
        assert_eq!(put_to(variables, "k").await, uri);
    }
}

#[tokio::test]
async fn keys_are_sent_as_they_stand() {
    let uri = put_to(&[("s3_endpoint_url", "")], "/a//b/../c d+é?#%2F&=.json").await;
    let path = "//a//b/../c%20d%2B%C3%A9%3F%23%252F%26%3D.json";
    assert_eq!(uri, format!("https://bucket.s3.us-east-1.amazonaws.com{path}"));
}

#[tokio::test]
async fn a_write_carries_its_type_metadata_condition_checksum_and_encryption() {
    let world = World::new(|_| Fate::Answer(200, Vec::new(), String::new()));
    let kms = [("s3_server_side_encryption", "aws:kms"), ("s3_kms_key_id", "alias/serene")];
    let client = client(&world, "https://s3.example.com", &kms);
    for condition in [WriteCondition::Absent, WriteCondition::Matches("e1".to_owned())] {
        let options = s3::PutOptions { condition, ..options() };
        client.put(&world.call(), "k", body("hello"), &options).await.unwrap();
    }
    let seen = world.seen.borrow();
    let header = |at: usize, name: &str| seen[at].headers.get(name).map(|v| v.to_str().unwrap().to_owned());
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("x-amz-meta-kind", "profile"),
        ("if-none-match", "*"),
        ("x-amz-content-sha256", hash),
        ("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "alias/serene"),
    ] {
        assert_eq!(header(0, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(header(1, "if-match").as_deref(), Some("\"e1\""));
    assert_eq!(header(1, "if-none-match"), None);
}

#[tokio::test]
async fn as_much_metadata_as_s3_takes_leaves_no_room_for_the_writes_own_name() {
    let world = World::new(|_| Fate::Answer(200, Vec::new(), String::new()));
    let client = client(&world, "https://s3.example.com", &[]);
    for (bytes_of_metadata, is_named) in [(2048, false), (2020, true)] {
        let metadata = vec![("kind".to_owned(), "x".repeat(bytes_of_metadata - "kind".len()))];
        let options = s3::PutOptions { metadata, ..options() };
        client.put(&world.call(), "k", body("hello"), &options).await.unwrap();
        let seen = world.seen.borrow();
        assert_eq!(seen.last().unwrap().headers.contains_key("x-amz-meta-serene-write"), is_named);
    }
}

#[tokio::test]
async fn an_upload_in_parts_says_its_encryption_once() {
    const NAMES: [&str; 2] = ["x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"];
    let world = World::new(|seen| {
        let text = match seen.uri.contains("uploads=") {
            true => "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
            false => "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>",
        };
        Fate::Answer(200, vec![("etag", "\"p\"".to_owned())], text.to_owned())
    });
    let kms = [("s3_server_side_encryption", "aws:kms"), ("s3_kms_key_id", "alias/serene")];
    let client = client(&world, "https://s3.example.com", &kms);
    client.put(&world.call(), "k", body(bytes(8 * 1024 * 1024 + 1)), &options()).await.unwrap();
    let seen = world.seen.borrow();
    let carries = |seen: &common::Seen| NAMES.map(|name| seen.headers.contains_key(name));
    assert_eq!((carries(&seen[0]), seen[0].uri.contains("uploads=")), ([true, true], true));
    assert_eq!(seen[0].headers[NAMES[1]], "alias/serene");
    assert_eq!(seen.len(), 4, "two parts and the end follow");
    assert!(seen[1..].iter().all(|seen| carries(seen) == [false, false]));
}

#[tokio::test]
async fn reads_carry_no_encryption_and_signed_writes_tell_theirs() {
    let world = World::new(|_| Fate::Answer(200, vec![("content-length", "0".to_owned())], String::new()));
    let client = client(&world, "https://s3.example.com", &[("s3_server_side_encryption", "AES256")]);
    client.head(&world.call(), "k").await.unwrap();
    assert!(!world.seen.borrow()[0].headers.contains_key("x-amz-server-side-encryption"));
    let put = client.presign(SignedMethod::Put, "k", 60).unwrap();
    assert_eq!(put.headers, [("x-amz-server-side-encryption".to_owned(), "AES256".to_owned())]);
    assert!(put.url.contains("X-Amz-SignedHeaders=host%3Bx-amz-server-side-encryption"));
    let get = client.presign(SignedMethod::Get, "k", 60).unwrap();
    assert_eq!(get.headers, []);
    assert!(!format!("{get:?}").contains("Signature"));
}
