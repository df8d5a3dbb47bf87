//! boto3 and this client read each other's objects and use each other's signed URLs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::servers::Server;
use common::{KEY_ID, SECRET, body, bytes, options, read};
use http::Request;
use s3::SignedMethod;
use serde_json::{Value, json};
use sigv4::{Condition, Credentials, Signer};
use upstream::{Platform, RequestBody};

on_each_server! {
    boto3_reads_what_we_wrote
    we_read_what_boto3_wrote
    we_read_what_boto3_wrote_in_parts
    our_signed_urls_work_until_tampered_with_or_expired
    boto3s_signed_urls_work_for_us
    forms_that_we_signed_upload_until_tampered_with_or_expired
}

async fn boto3_reads_what_we_wrote(server: &Server) {
    let (world, client) = server.client(&[]);
    let files = [("small é", 1000), ("large", 17 * 1024 * 1024)];
    for (key, length) in files {
        client.put(&world.call(), key, body(bytes(length)), &options()).await.unwrap();
    }
    let get = |key: &str| json!({"do": "get", "with": {"key": key}});
    let got = server.boto3(&json!([get("small é"), get("large"), {"do": "keys", "with": {}}]));
    for ((_, length), got) in files.iter().zip(&got) {
        assert!(STANDARD.decode(got["body"].as_str().unwrap()).unwrap() == bytes(*length));
        assert_eq!(got["type"], "application/pdf");
        assert_eq!(got["metadata"]["kind"], "profile");
    }
    assert_eq!(got[2], json!(["large", "small é"]));
}

async fn we_read_what_boto3_wrote(server: &Server) {
    let content = bytes(100_000);
    let with = json!({
        "key": "from boto/ü", "body": STANDARD.encode(&content), "type": "text/plain", "metadata": {"a": "b"},
    });
    server.boto3(&json!([{"do": "put", "with": with}]));
    let (world, client) = server.client(&[]);
    let object = client.get(&world.call(), "from boto/ü", None, None).await.unwrap();
    assert_eq!(object.info.content_type, "text/plain");
    assert_eq!(object.info.metadata, [("a".to_owned(), "b".to_owned())]);
    assert_eq!(read(object).await.unwrap(), content);
    let page = client.list(&world.call(), "", None, 10).await.unwrap();
    assert_eq!(page.objects[0].key, "from boto/ü");
}

async fn we_read_what_boto3_wrote_in_parts(server: &Server) {
    let content = bytes(11 * 1024 * 1024);
    let with = json!({"key": "parts", "body": STANDARD.encode(&content), "size": 5 * 1024 * 1024});
    let got = server.boto3(&json!([{"do": "put_parts", "with": with}]));
    assert_eq!(got[0], 3, "boto3 sent three parts");
    let (world, client) = server.client(&[]);
    let head = client.head(&world.call(), "parts").await.unwrap();
    assert_eq!((head.size, head.sha256), (content.len() as u64, None));
    let object = client.get(&world.call(), "parts", None, Some(&head.etag)).await.unwrap();
    assert!(read(object).await.unwrap() == content);
    let range = s3::ByteRange::Between(5_000_000, 6_000_000);
    let object = client.get(&world.call(), "parts", Some(range), None).await.unwrap();
    assert!(read(object).await.unwrap() == content[5_000_000..=6_000_000]);
}

fn fetch(method: &str, url: &str, body: Option<&[u8]>) -> Value {
    json!({"do": "fetch", "with": {"method": method, "url": url, "body": body.map(|b| STANDARD.encode(b))}})
}

async fn our_signed_urls_work_until_tampered_with_or_expired(server: &Server) {
    let (world, client) = server.client(&[]);
    let url = |method, key| client.presign(method, key, 300).unwrap().url;
    let good = url(SignedMethod::Get, "a b/é");
    let (_, other) = server.client(&[("aws_secret_access_key", "an0ther-secret")]);
    let (late_world, late) = server.client(&[]);
    late_world.clock_error.set(-600);
    let signature = good.split("X-Amz-Signature=").nth(1).unwrap();
    let forged = format!("{}{}", if signature.starts_with('0') { '1' } else { '0' }, &signature[1..]);
    let refused = [
        good.replace(signature, &forged),
        good.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"),
        good.replace("/a%20b/", "/a%20c/"),
        other.presign(SignedMethod::Get, "a b/é", 300).unwrap().url,
        late.presign(SignedMethod::Get, "a b/é", 300).unwrap().url,
    ];
    let mut steps = vec![
        fetch("PUT", &url(SignedMethod::Put, "a b/é"), Some(b"by URL")),
        fetch("GET", &good, None),
        fetch("HEAD", &url(SignedMethod::Head, "a b/é"), None),
        fetch("PUT", &good, Some(b"not allowed")),
    ];
    steps.extend(refused.iter().map(|url| fetch("GET", url, None)));
    steps.push(fetch("DELETE", &url(SignedMethod::Delete, "a b/é"), None));
    let got = server.boto3(&Value::Array(steps));
    assert_eq!(got[0][0], 200);
    assert_eq!(got[1], json!([200, STANDARD.encode("by URL")]));
    assert_eq!(got[2][0], 200);
    for (at, got) in got[3..9].iter().enumerate() {
        assert_eq!(got[0], 403, "{at}");
    }
    assert_eq!(got[9][0], 204);
    assert!(client.head(&world.call(), "a b/é").await.is_err());
}

async fn boto3s_signed_urls_work_for_us(server: &Server) {
    let presign = |method: &str| json!({"do": "presign", "with": {"method": method, "key": "a b/é"}});
    let urls = server.boto3(&json!([presign("put_object"), presign("get_object")]));
    let (world, client) = server.client(&[]);
    let send = async |method: &str, url: &Value, body: &'static str| {
        let request = Request::builder().method(method).uri(url.as_str().unwrap());
        world.send(request.body(RequestBody::from(body)).unwrap()).await.unwrap()
    };
    assert_eq!(send("PUT", &urls[0], "by boto3's URL").await.status(), 200);
    assert_eq!(send("GET", &urls[1], "").await.status(), 200);
    let object = client.get(&world.call(), "a b/é", None, None).await.unwrap();
    assert_eq!(read(object).await.unwrap(), b"by boto3's URL");
}

async fn forms_that_we_signed_upload_until_tampered_with_or_expired(server: &Server) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let form = |secret: &str, from: u64| {
        let signer = Signer::s3(Credentials::new(KEY_ID, secret, None), "us-east-1");
        let type_is = Condition::Equals("Content-Type".to_owned(), "text/plain".to_owned());
        let conditions = [type_is, Condition::Length(1, 100)];
        signer.post_policy(&server.bucket, "forms/é", &conditions, 300, from).unwrap().fields
    };
    let good = form(SECRET, now);
    let of = |name: &str| good.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let changed = |name: &str, value: &str| {
        let change =
            |(n, v): &(String, String)| (n.clone(), if n == name { value.to_owned() } else { v.clone() });
        good.iter().map(change).collect::<Vec<_>>()
    };
    let post = |fields: &[(String, String)], file: &str| json!({"do": "post", "with": {"fields": fields, "file": file}});
    let signed = json!({"do": "sign_policy", "with": {"policy": of("policy"), "date": of("x-amz-date")}});
    let theirs = server.boto3(&json!([signed, {"do": "presign_form", "with": {"key": "forms/theirs"}}]));
    assert_eq!(theirs[0], of("x-amz-signature"), "botocore signs the policy as we do");
    let other = form(SECRET, now - 1);
    let other_policy = &other.iter().find(|(name, _)| name == "policy").unwrap().1;
    let refused = [
        post(&changed("key", "forms/another"), "a file"),
        post(&changed("Content-Type", "text/html"), "a file"),
        post(&changed("policy", other_policy), "a file"),
        post(&form("an0ther-secret", now), "a file"),
        post(&form(SECRET, now - 600), "a file"),
        post(&good, &"x".repeat(101)),
    ];
    let mut steps = vec![json!({"do": "post", "with": {"fields": theirs[1], "file": "a file"}})];
    steps.extend(refused);
    steps.push(post(&good, "a file"));
    let statuses = server.boto3(&Value::Array(steps));
    assert_eq!(statuses[0], 204, "the server takes boto3's forms");
    for (at, status) in statuses[1..7].iter().enumerate() {
        assert!([400, 403].map(Value::from).contains(status), "{at}: {status}");
    }
    assert_eq!(statuses[7], 204);
    let (world, client) = server.client(&[]);
    let object = client.get(&world.call(), "forms/é", None, None).await.unwrap();
    assert_eq!(object.info.content_type, "text/plain");
    assert_eq!(read(object).await.unwrap(), b"a file");
    assert!(client.head(&world.call(), "forms/another").await.is_err());
}
