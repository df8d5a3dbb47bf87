//! What is asked, and what each answer is taken for.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use simulated::{Reply, Sent, World, answer, shown};
use supabase::Project;
use supabase_storage::Storage;
use upstream::{Error, ErrorKind, TransportFault};

const SECRET: &str = "sb_secret_0123456789";
const BUCKET: &str = "documents";
const KEY: &str = "profiles/r/p.pdf";
const LIMIT: u64 = 1000;

fn storage(world: &Rc<World>, key: &str) -> Storage<World> {
    let project = Project::from_variables(|name| match name {
        "supabase_url" => Some("https://abcdefgh.supabase.co/".to_owned()),
        "supabase_service_key" => Some(key.to_owned()),
        _ => None,
    });
    Storage::new(Rc::clone(world), project.unwrap())
}

/// Reads an object to its end.
fn read(world: &Rc<World>, bucket: &str, key: &str) -> Result<(Option<u64>, Vec<u8>), Error> {
    world.run(async {
        let mut object = storage(world, SECRET).open(&world.call(60), bucket, key, LIMIT).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = object.body.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok((object.size, bytes))
    })
}

fn file(length: Option<u64>, bytes: &'static [u8]) -> impl Fn(&Sent) -> Reply {
    move |_| {
        let length = length.map(|length| ("content-length", length.to_string()));
        Reply::Answer(200, length.into_iter().collect(), bytes.to_vec())
    }
}

fn refusing(status: u16, body: &'static str) -> Rc<World> {
    World::new(move |_| answer(status, body))
}

#[test]
fn an_object_is_asked_for_by_its_name_as_it_stands_with_the_key_and_nothing_else() {
    let world = World::new(file(Some(3), b"abc"));
    for (key, sent) in [
        ("profiles/r/p.pdf", "profiles/r/p.pdf"),
        ("//a//b/", "//a//b/"),
        ("what?#50%2F+é &=.pdf", "what%3F%2350%252F%2B%C3%A9%20%26%3D.pdf"),
    ] {
        assert_eq!(read(&world, "my docs", key).unwrap(), (Some(3), b"abc".to_vec()));
        let call = world.sent.borrow_mut().pop().unwrap();
        let expected =
            format!("https://abcdefgh.supabase.co/storage/v1/object/authenticated/my%20docs/{sent}");
        assert_eq!((call.method.as_str(), call.uri), ("GET", expected));
        assert_eq!(call.headers["apikey"], SECRET);
        assert!(!call.headers.contains_key("authorization"), "a secret key is no token");
    }
    let legacy = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl";
    world.run(storage(&world, legacy).open(&world.call(60), BUCKET, KEY, LIMIT)).ok().unwrap();
    let call = world.sent.borrow_mut().pop().unwrap();
    assert_eq!(call.headers["apikey"], legacy);
    assert_eq!(call.headers["authorization"], format!("Bearer {legacy}"));
}

#[test]
fn a_name_that_could_lead_elsewhere_is_never_sent() {
    let world = World::new(file(Some(3), b"abc"));
    for (bucket, key) in [
        ("docs", "../x"),
        ("docs", "a/./b"),
        ("docs", "a\\..\\b"),
        ("..", "x"),
        ("a/b", "x"),
        ("", "x"),
        ("docs", ""),
    ] {
        assert_eq!(read(&world, bucket, key).unwrap_err().kind, ErrorKind::Invalid, "{bucket} {key}");
    }
    assert_eq!(world.tries(), 0);
}

#[test]
fn a_body_that_is_not_the_one_announced_or_over_the_limit_is_no_object() {
    let kind = |length, bytes| read(&World::new(file(length, bytes)), BUCKET, KEY).unwrap_err().kind;
    assert_eq!(kind(Some(4), b"abc"), ErrorKind::Unavailable);
    assert_eq!(kind(Some(1001), b"abc"), ErrorKind::TooLarge);
    assert_eq!(kind(None, &[0; 1001]), ErrorKind::TooLarge);
    assert_eq!(read(&World::new(file(None, b"abc")), BUCKET, KEY).unwrap(), (None, b"abc".to_vec()));
    assert_eq!(read(&World::new(file(Some(0), b"")), BUCKET, KEY).unwrap(), (Some(0), Vec::new()));
}

#[test]
fn a_refusal_is_taken_by_what_its_body_says_and_not_by_its_status() {
    use ErrorKind as Kind;
    let key = Some("supabase_service_key");
    let url = Some("supabase_url");
    let cases = [
        // The service's own, as it has them now.
        (
            400,
            r#"{"statusCode":"404","code":"NoSuchKey","error":"not_found","message":"Object not found"}"#,
            Kind::NotFound,
            None,
            404,
        ),
        (
            400,
            r#"{"statusCode":"404","code":"NoSuchBucket","error":"Bucket not found","message":"Bucket not found"}"#,
            Kind::NotFound,
            None,
            404,
        ),
        (
            400,
            r#"{"statusCode":"400","code":"InvalidKey","error":"InvalidKey","message":"Invalid key: é"}"#,
            Kind::NotFound,
            None,
            400,
        ),
        (
            400,
            r#"{"statusCode":"403","code":"AccessDenied","error":"Unauthorized","message":"jwt malformed"}"#,
            Kind::Misconfigured,
            key,
            403,
        ),
        (
            403,
            r#"{"statusCode":"403","code":"AccessDenied","error":"Unauthorized","message":"Access denied: Invalid role"}"#,
            Kind::Misconfigured,
            key,
            403,
        ),
        (
            400,
            r#"{"statusCode":"400","code":"InvalidJWT","error":"InvalidJWT","message":"x"}"#,
            Kind::Misconfigured,
            key,
            400,
        ),
        (
            400,
            r#"{"statusCode":"400","code":"TenantNotFound","error":"TenantNotFound","message":"x"}"#,
            Kind::Misconfigured,
            url,
            400,
        ),
        (
            429,
            r#"{"statusCode":"429","code":"SlowDown","error":"too_many_connections","message":"x"}"#,
            Kind::RateLimited,
            None,
            429,
        ),
        (
            400,
            r#"{"statusCode":"544","code":"DatabaseTimeout","error":"x","message":"x"}"#,
            Kind::TimedOut,
            None,
            544,
        ),
        (
            500,
            r#"{"statusCode":"500","code":"InternalError","error":"Internal","message":"x"}"#,
            Kind::Failed,
            None,
            500,
        ),
        (
            404,
            r#"{"statusCode":"404","code":"InvalidRequest","error":"Not Found","message":"Route GET:/x not found"}"#,
            Kind::Misconfigured,
            url,
            404,
        ),
        // Of older servers, which had no codes.
        (
            400,
            r#"{"statusCode":"404","error":"Not found","message":"The resource was not found"}"#,
            Kind::NotFound,
            None,
            404,
        ),
        (
            400,
            r#"{"statusCode":"404","error":"Bucket not found","message":"Bucket not found"}"#,
            Kind::NotFound,
            None,
            404,
        ),
        (400, r#"{"statusCode":"403","error":"Unauthorized","message":"x"}"#, Kind::Misconfigured, key, 403),
        (400, r#"{"statusCode":400,"error":"Invalid JWT","message":"x"}"#, Kind::Misconfigured, key, 400),
        (
            404,
            r#"{"message":"Route GET:/x not found","error":"Not Found","statusCode":404}"#,
            Kind::Misconfigured,
            url,
            404,
        ),
        // The gateway's and the network's.
        (401, r#"{"message":"Invalid API key","hint":"x"}"#, Kind::Misconfigured, key, 401),
        (404, r#"{"message":"no Route matched with those values"}"#, Kind::Misconfigured, url, 404),
        (301, "", Kind::Misconfigured, url, 301),
        (522, "<html>Connection timed out</html>", Kind::Unavailable, None, 522),
        (540, "", Kind::Misconfigured, url, 540),
        (400, "", Kind::Failed, None, 400),
        (200, "[]", Kind::Failed, None, 200),
    ];
    for (status, body, kind, variable, said) in cases {
        let world = refusing(status, body);
        let error = world.run(storage(&world, SECRET).size(&world.call(60), BUCKET, KEY)).unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable"), error.status),
            (kind, variable, Some(said)),
            "{body}"
        );
        assert_eq!(world.tries(), 1, "{body}");
        if status != 200 {
            assert_eq!(read(&refusing(status, body), BUCKET, KEY).unwrap_err().kind, kind, "{body}");
        }
    }
}

#[test]
fn only_what_passes_by_itself_is_tried_again() {
    let tries = |reply: fn() -> Reply| {
        let world = World::new(move |_| reply());
        let error = read(&world, BUCKET, KEY).unwrap_err();
        (error.kind, world.tries())
    };
    assert_eq!(tries(|| answer(503, "")), (ErrorKind::Unavailable, 3));
    assert_eq!(tries(|| answer(520, "<html></html>")), (ErrorKind::Unavailable, 3));
    assert_eq!(tries(|| Reply::Fault(TransportFault::Broken)), (ErrorKind::Unavailable, 3));
    assert_eq!(tries(|| answer(502, "")), (ErrorKind::Unavailable, 1));
    assert_eq!(tries(|| answer(429, "")), (ErrorKind::RateLimited, 1));
}

#[test]
fn the_size_is_what_the_service_keeps_of_it() {
    let size = |body: &'static str| {
        let world = refusing(200, body);
        let size = world.run(storage(&world, SECRET).size(&world.call(60), BUCKET, KEY)).unwrap();
        let uri = world.sent.borrow()[0].uri.clone();
        assert!(uri.ends_with("/storage/v1/object/info/authenticated/documents/profiles/r/p.pdf"), "{uri}");
        size
    };
    assert_eq!(size(r#"{"id":"1","name":"profiles/r/p.pdf","size":1234,"etag":"\"e\""}"#), Some(1234));
    assert_eq!(size(r#"{"id":"1","name":"profiles/r/p.pdf","size":null}"#), None);
}

#[test]
fn no_error_shows_the_key_or_what_the_service_says() {
    let body = r#"{"statusCode":"403","code":"sb_secret_0123456789","error":"sb_secret_0123456789","message":"sb_secret_0123456789"}"#;
    let error = read(&refusing(400, body), BUCKET, KEY).unwrap_err();
    assert!(!shown(&error).contains(SECRET), "{error:?}");
}
