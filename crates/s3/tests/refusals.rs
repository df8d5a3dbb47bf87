//! What callers get for each of S3's errors, how often it was tried, and that no secret is in it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::rc::Rc;

use common::{Fate, World, answer, body, bytes, client, holds_no_secret, options};
use upstream::{Error, ErrorKind};

const URL: &str = "https://s3.example.com";
/// Tries of a request with a body, and of one without.
const BULK: usize = 5;
const QUICK: usize = 4;

async fn put(world: &Rc<World>, more: &[(&str, &str)]) -> Error {
    let client = client(world, URL, more);
    let error = client.put(&world.call(), "k", body(bytes(9)), &options()).await.unwrap_err();
    holds_no_secret(&error);
    error
}

#[tokio::test]
async fn each_error_has_its_case_its_tries_and_its_variable() {
    use ErrorKind as Kind;
    let cases: [(u16, &str, Kind, usize, Option<&str>); 43] = [
        (500, "InternalError", Kind::Unavailable, BULK, None),
        (502, "", Kind::Unavailable, BULK, None),
        (503, "ServiceUnavailable", Kind::Unavailable, BULK, None),
        (503, "SlowDown", Kind::RateLimited, BULK, None),
        (503, "SlowDownWrite", Kind::RateLimited, BULK, None),
        (503, "XMinioServerNotInitialized", Kind::Unavailable, BULK, None),
        (504, "", Kind::TimedOut, BULK, None),
        (429, "", Kind::RateLimited, BULK, None),
        (400, "RequestTimeout", Kind::TimedOut, BULK, None),
        (409, "OperationAborted", Kind::Unavailable, BULK, None),
        (409, "ConditionalRequestConflict", Kind::Conflict, BULK, None),
        (400, "BadDigest", Kind::Failed, 2, None),
        (400, "XAmzContentSHA256Mismatch", Kind::Failed, 2, None),
        (400, "IncompleteBody", Kind::Failed, 2, None),
        (400, "EntityTooLarge", Kind::TooLarge, 1, None),
        (400, "EntityTooSmall", Kind::Failed, 1, None),
        (400, "ExpiredToken", Kind::Misconfigured, 1, Some("aws_session_token")),
        (400, "InvalidToken", Kind::Misconfigured, 1, Some("aws_session_token")),
        (400, "InvalidBucketName", Kind::Misconfigured, 1, Some("s3_bucket_name")),
        (400, "InvalidDigest", Kind::Failed, 1, None),
        (400, "InvalidArgument", Kind::Failed, 1, None),
        (400, "InvalidRequest", Kind::Failed, 1, None),
        (400, "KeyTooLongError", Kind::Invalid, 1, None),
        (400, "MalformedXML", Kind::Failed, 1, None),
        (400, "KMS.NotFoundException", Kind::Misconfigured, 1, Some("s3_kms_key_id")),
        (400, "AuthorizationHeaderMalformed", Kind::Misconfigured, 1, Some("aws_region")),
        (401, "Unauthorized", Kind::Misconfigured, 1, Some("aws_access_key_id")),
        (403, "AccessDenied", Kind::Denied, 1, None),
        (403, "InvalidAccessKeyId", Kind::Misconfigured, 1, Some("aws_access_key_id")),
        (403, "NotSignedUp", Kind::Misconfigured, 1, Some("aws_access_key_id")),
        (403, "SignatureDoesNotMatch", Kind::Misconfigured, 1, Some("aws_secret_access_key")),
        (403, "RequestTimeTooSkewed", Kind::Misconfigured, 1, None),
        (400, "ExpiredRequest", Kind::Misconfigured, 1, None),
        (403, "InvalidObjectState", Kind::Conflict, 1, None),
        (404, "NoSuchBucket", Kind::Misconfigured, 1, Some("s3_bucket_name")),
        (404, "NoSuchKey", Kind::NotFound, 1, None),
        (404, "NoSuchVersion", Kind::NotFound, 1, None),
        (405, "MethodNotAllowed", Kind::Failed, 1, None),
        (411, "MissingContentLength", Kind::Failed, 1, None),
        (412, "PreconditionFailed", Kind::Conflict, 1, None),
        (413, "", Kind::TooLarge, 1, None),
        (416, "InvalidRange", Kind::Invalid, 1, None),
        (501, "NotImplemented", Kind::Misconfigured, 1, Some("s3_endpoint_url")),
    ];
    for (status, code, kind, tries, variable) in cases {
        // A repeated write asks whether an earlier try succeeded: that is no try.
        let world = World::new(move |seen| match seen.method {
            http::Method::HEAD => answer(404, ""),
            _ => answer(status, code),
        });
        let error = put(&world, &[]).await;
        assert_eq!(error.kind, kind, "{status} {code}: {error}");
        assert_eq!(world.count(|seen| seen.method == http::Method::PUT), tries, "{status} {code}");
        assert_eq!(error.extra("tries"), Some(tries.to_string().as_str()), "{status} {code}");
        assert_eq!(error.extra("variable"), variable, "{status} {code}");
        assert_eq!(error.status, Some(status));
        assert_eq!(error.extra("provider-code"), Some(code).filter(|code| !code.is_empty()));
        assert_eq!(error.extra("request-id"), Some("R1"));
    }
}

#[tokio::test]
async fn reading_listing_and_deleting_fail_as_writing_does_each_under_its_own_name() {
    use ErrorKind as Kind;
    let cases: [(u16, &str, Kind, usize); 10] = [
        (500, "InternalError", Kind::Unavailable, QUICK),
        (502, "", Kind::Unavailable, QUICK),
        (503, "SlowDown", Kind::RateLimited, QUICK),
        (504, "", Kind::TimedOut, QUICK),
        (400, "RequestTimeout", Kind::TimedOut, QUICK),
        (403, "AccessDenied", Kind::Denied, 1),
        (403, "SignatureDoesNotMatch", Kind::Misconfigured, 1),
        (403, "InvalidObjectState", Kind::Conflict, 1),
        (404, "NoSuchBucket", Kind::Misconfigured, 1),
        (405, "MethodNotAllowed", Kind::Failed, 1),
    ];
    for (status, code, kind, tries) in cases {
        for operation in ["GetObject", "ListObjectsV2", "DeleteObject"] {
            let world = World::new(move |_| answer(status, code));
            let client = client(&world, URL, &[]);
            let call = world.call();
            let error = match operation {
                "GetObject" => client.get(&call, "k", None, None).await.err(),
                "ListObjectsV2" => client.list(&call, "", None, 10).await.err(),
                _ => client.delete(&call, "k").await.err(),
            };
            let error = error.unwrap();
            holds_no_secret(&error);
            assert_eq!((error.kind, world.tries()), (kind, tries), "{operation} {code}: {error}");
            assert_eq!(error.extra("tries"), Some(tries.to_string().as_str()), "{operation} {code}");
            assert_eq!((error.status, error.extra("request-id")), (Some(status), Some("R1")));
            assert!(error.message.contains(operation), "{error}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_reading_and_gone_by_deleting() {
    for code in ["NoSuchKey", "NoSuchVersion", ""] {
        let world = World::new(move |_| answer(404, code));
        let client = client(&world, URL, &[]);
        let error = client.get(&world.call(), "k", None, None).await.err().unwrap();
        assert_eq!((error.kind, world.tries()), (ErrorKind::NotFound, 1), "{code}");
        client.delete(&world.call(), "k").await.unwrap();
    }
}

#[tokio::test]
async fn a_cursor_that_the_server_refuses_is_the_callers_mistake() {
    let world = World::new(|_| answer(400, "InvalidArgument"));
    let client = client(&world, URL, &[]);
    let list = async |cursor| client.list(&world.call(), "", cursor, 10).await.unwrap_err().kind;
    assert_eq!(list(Some("another's")).await, ErrorKind::Invalid);
    assert_eq!(list(None).await, ErrorKind::Failed);
}

#[tokio::test]
async fn both_ids_that_support_asks_for_are_kept_from_header_or_body_and_no_longer_than_ids_are() {
    let body = "<Error><Code>AccessDenied</Code><RequestId>R2</RequestId><HostId>H2</HostId></Error>";
    let headers = |ids: [&str; 2]| {
        let names = ["x-amz-request-id", "x-amz-id-2"];
        names.into_iter().zip(ids.map(str::to_owned)).collect::<Vec<_>>()
    };
    let long = "i".repeat(5000);
    let cut = &long[..128];
    for (headers, ids) in [
        (headers(["R1", "H1+/="]), ["R1", "H1+/="]),
        (Vec::new(), ["R2", "H2"]),
        (headers([&long, &long]), [cut, cut]),
    ] {
        let world = World::new(move |_| Fate::Answer(403, headers.clone(), body.to_owned()));
        let error = put(&world, &[]).await;
        assert_eq!(["request-id", "extended-request-id"].map(|name| error.extra(name)), ids.map(Some));
    }
    let code = format!("<Error><Code>{long}</Code></Error>");
    let world = World::new(move |_| Fate::Answer(400, Vec::new(), code.clone()));
    assert_eq!(put(&world, &[]).await.extra("provider-code"), Some(cut));
}

#[tokio::test]
async fn a_session_token_is_sent_and_never_shown() {
    let words = format!("<Error><Code>AccessDenied</Code><Message>{}</Message></Error>", common::TOKEN);
    let world = World::new(move |_| Fate::Answer(403, Vec::new(), words.clone()));
    put(&world, &[("aws_session_token", common::TOKEN)]).await;
    assert_eq!(world.seen.borrow()[0].headers["x-amz-security-token"], common::TOKEN);
}

#[tokio::test]
async fn what_passes_is_tried_until_it_has_passed() {
    for fate in [
        || answer(503, "SlowDown"),
        || answer(400, "RequestTimeout"),
        || answer(400, "BadDigest"),
        || Fate::Cut,
    ] {
        let mut first = true;
        let world = World::new(move |_| match std::mem::take(&mut first) {
            true => fate(),
            false => Fate::Answer(200, vec![("etag", "\"e\"".to_owned())], String::new()),
        });
        let client = client(&world, URL, &[]);
        let info = client.put(&world.call(), "k", body(bytes(9)), &options()).await.unwrap();
        assert_eq!((info.etag.as_str(), info.size, world.tries()), ("e", 9, 2));
    }
}

#[tokio::test]
async fn a_broken_connection_is_tried_and_then_told() {
    let world = World::new(|_| Fate::Cut);
    let error = client(&world, URL, &[]).head(&world.call(), "k").await.unwrap_err();
    holds_no_secret(&error);
    assert_eq!((error.kind, world.tries()), (ErrorKind::Unavailable, QUICK));
}

#[tokio::test]
async fn heads_have_no_code_and_mean_what_their_status_says() {
    for (status, kind) in [(404, ErrorKind::NotFound), (403, ErrorKind::Denied), (412, ErrorKind::Conflict)] {
        let world = World::new(move |_| Fate::Answer(status, Vec::new(), String::new()));
        let error = client(&world, URL, &[]).head(&world.call(), "k").await.unwrap_err();
        assert_eq!((error.kind, world.tries()), (kind, 1), "{status}");
    }
}

#[tokio::test]
async fn answers_that_are_not_s3s_are_told_apart() {
    for page in
        ["", "<html></html>", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "{"]
    {
        let world = World::new(move |_| Fate::Answer(200, Vec::new(), page.to_owned()));
        let client = client(&world, URL, &[]);
        let error = client.list(&world.call(), "", None, 10).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failed, "{page}");
        assert!(error.message.contains("s3_endpoint_url"), "{error}");
    }
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_sent() {
    let world = World::new(|_| Fate::Cut);
    let client = client(&world, URL, &[]);
    let call = world.call();
    let long = "k".repeat(1025);
    for key in ["", long.as_str()] {
        assert_eq!(client.head(&call, key).await.unwrap_err().kind, ErrorKind::Invalid);
        assert_eq!(client.delete(&call, key).await.unwrap_err().kind, ErrorKind::Invalid);
        assert_eq!(client.presign(s3::SignedMethod::Get, key, 60).unwrap_err().kind, ErrorKind::Invalid);
        let put = client.put(&call, key, body(bytes(1)), &options()).await;
        assert_eq!(put.unwrap_err().kind, ErrorKind::Invalid);
    }
    for (name, value) in
        [("Kind", "x"), ("kind", "a b"), ("kind", "é"), ("", "x"), ("kind", ""), ("serene-write", "x")]
    {
        let metadata = vec![(name.to_owned(), value.to_owned())];
        let put = client.put(&call, "k", body(bytes(1)), &s3::PutOptions { metadata, ..options() }).await;
        assert_eq!(put.unwrap_err().kind, ErrorKind::Invalid, "{name}: {value}");
    }
    let metadata = |bytes: usize| vec![("kind".to_owned(), "x".repeat(bytes - "kind".len()))];
    let over = s3::PutOptions { metadata: metadata(2049), ..options() };
    let error = client.put(&call, "k", body(bytes(1)), &over).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!([error.extra("limit"), error.extra("actual")], [Some("2048"), Some("2049")]);
    for content_type in ["", "pdf", "a/b\n", "a/b\u{e9}"] {
        let content_type = content_type.to_owned();
        let put = client.put(&call, "k", body(bytes(1)), &s3::PutOptions { content_type, ..options() }).await;
        assert_eq!(put.unwrap_err().kind, ErrorKind::Invalid);
    }
    for seconds in [0, 604_801] {
        let signed = client.presign(s3::SignedMethod::Get, "k", seconds);
        assert_eq!(signed.unwrap_err().kind, ErrorKind::Invalid);
    }
    for limit in [0, 1001] {
        assert_eq!(client.list(&call, "", None, limit).await.unwrap_err().kind, ErrorKind::Invalid);
    }
    let size = Some(s3::MAX_OBJECT_BYTES + 1);
    let put = client.put(&call, "k", body(bytes(1)), &s3::PutOptions { size, ..options() }).await;
    assert_eq!(put.unwrap_err().kind, ErrorKind::TooLarge);
    assert_eq!(world.tries(), 0);
}
