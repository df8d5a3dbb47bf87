//! Supabase Storage.

use emulators::supabase::{self, storage::Bucket};
use emulators::{Answer as Fail, Effect, Fault, Server};
use serde_json::{Value, json};

use crate::common::{Answer, send};

const JWT_SECRET: &str = "emulated-secret-of-thirty-two-bytes-or-more";

struct Storage {
    server: Server,
    keys: supabase::Keys,
}

impl Storage {
    async fn start() -> Self {
        let bucket = |name: &str, public| Bucket { name: name.to_owned(), public };
        let mut options = supabase::Options::new("http://127.0.0.1:1", JWT_SECRET);
        options.buckets = vec![bucket("private", false), bucket("public", true)];
        let keys = options.keys();
        Self { server: supabase::start(options).await.unwrap(), keys }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let url = format!("{}/storage/v1{path}", self.server.url());
        send(method, &url, headers, body.to_owned()).await.unwrap()
    }

    /// Stores a text as the service does.
    async fn keep(&self, path: &str, text: &str) -> Answer {
        let headers = [("apikey", self.keys.secret.as_str()), ("content-type", "text/plain")];
        self.ask("POST", &format!("/object/{path}"), &headers, text).await
    }

    /// What is got with a key, or with none.
    async fn get(&self, path: &str, key: Option<&str>) -> (u16, String) {
        let headers: Vec<_> = key.map(|key| ("apikey", key)).into_iter().collect();
        let answer = self.ask("GET", path, &headers, "").await;
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        let code =
            serde_json::from_str::<Value>(&text).ok().and_then(|body| Some(body.get("code")?.to_string()));
        (answer.status, code.map_or(text, |code| code.trim_matches('"').to_owned()))
    }
}

fn is(status: u16, said: &str) -> (u16, String) {
    (status, said.to_owned())
}

#[tokio::test]
async fn a_name_is_taken_as_it_comes_and_decoded_once() {
    let storage = Storage::start().await;
    let secret = Some(storage.keys.secret.as_str());
    for (sent, stored) in [("//a//b/", "one"), ("a/b", "two"), ("a%2520b?x=1", "three"), ("a%20b+c", "four")]
    {
        let answer = storage.keep(&format!("private/{sent}"), stored).await;
        let refused = sent.contains("%25");
        assert_eq!(answer.status, if refused { 400 } else { 200 }, "{sent}");
    }
    assert_eq!(storage.get("/object/authenticated/private//%2Fa//b/", secret).await, is(200, "one"));
    assert_eq!(storage.get("/object/authenticated/private///a//b/", secret).await, is(200, "one"));
    assert_eq!(storage.get("/object/private/a%2Fb", secret).await, is(200, "two"));
    assert_eq!(storage.get("/object/private/a%20b%2Bc", secret).await, is(200, "four"));
    assert_eq!(storage.get("/object/private/a+b+c", secret).await, is(400, "NoSuchKey"));
}

#[tokio::test]
async fn each_way_of_reading_lets_through_whom_it_should() {
    let storage = Storage::start().await;
    for bucket in ["private", "public"] {
        assert_eq!(storage.keep(&format!("{bucket}/x"), bucket).await.status, 200);
    }
    let Storage { keys, .. } = &storage;
    let (secret, anon) = (Some(keys.secret.as_str()), Some(keys.publishable.as_str()));
    let cases = [
        ("/object/authenticated/private/x", secret, is(200, "private")),
        ("/object/authenticated/private/x", anon, is(400, "NoSuchKey")),
        ("/object/authenticated/private/x", None, is(400, "AccessDenied")),
        ("/object/authenticated/public/x", None, is(400, "AccessDenied")),
        ("/object/private/x", None, is(400, "NoSuchBucket")),
        ("/object/public/x", None, is(200, "public")),
        ("/object/public/public/x", None, is(200, "public")),
        ("/object/public/private/x", secret, is(400, "NoSuchBucket")),
        ("/object/authenticated/none/x", secret, is(400, "NoSuchBucket")),
        ("/object/info/authenticated/private/none", secret, is(400, "NoSuchKey")),
        ("/object/info/authenticated/private/x", None, is(400, "AccessDenied")),
        ("/object/info/private/none", None, is(400, "NoSuchBucket")),
        ("/object/sign/private/x", None, is(400, "InvalidRequest")),
        ("/object/authenticated/private", secret, is(400, "NoSuchBucket")),
        ("/upload/resumable", secret, is(404, "InvalidRequest")),
        ("/object/private/x", Some("sb_secret_other"), (401, String::new())),
    ];
    for (path, key, (status, said)) in cases {
        let (got, text) = storage.get(path, key).await;
        assert_eq!(got, status, "{path}: {text}");
        assert!(text.contains(&said), "{path}: {text}");
    }
}

#[tokio::test]
async fn an_answer_says_what_was_kept_and_head_says_it_without_the_bytes() {
    let storage = Storage::start().await;
    let key = storage.keys.service_role.clone();
    let headers = [("apikey", key.as_str()), ("content-type", "text/html"), ("cache-control", "max-age=60")];
    assert_eq!(storage.ask("POST", "/object/public/page", &headers, "<p>").await.status, 200);
    let got = storage.ask("GET", "/object/public/public/page", &[], "").await;
    let head = storage.ask("HEAD", "/object/public/public/page", &[], "").await;
    for answer in [&got, &head] {
        assert_eq!(answer.header("content-type"), Some("text/plain"), "no page runs in the project's name");
        assert_eq!(
            (answer.header("content-length"), answer.header("cache-control")),
            (Some("3"), Some("max-age=60"))
        );
    }
    assert_eq!((&got.bytes[..], &head.bytes[..]), (&b"<p>"[..], &b""[..]));
    let info = storage.ask("GET", "/object/info/public/public/page", &[], "").await.json();
    assert_eq!(
        (&info["size"], &info["name"], &info["bucket_id"]),
        (&json!(3), &json!("page"), &json!("public"))
    );
    assert_eq!(info["etag"].as_str(), got.header("etag"));
}

#[tokio::test]
async fn a_signed_url_ends_and_names_one_object_only() {
    let storage = Storage::start().await;
    for name in ["a%3Fb", "plain"] {
        assert_eq!(storage.keep(&format!("private/{name}"), name).await.status, 200);
    }
    let headers = [("apikey", storage.keys.secret.as_str()), ("content-type", "application/json")];
    let signed = async |name: &str| {
        let path = format!("/object/sign/private/{name}");
        storage.ask("POST", &path, &headers, r#"{"expiresIn": 60}"#).await.json()
    };
    let url = signed("plain").await["signedURL"].as_str().unwrap().to_owned();
    assert_eq!(storage.get(&url, None).await, is(200, "plain"));
    assert_eq!(storage.get(&url.replace("plain", "a%3Fb"), None).await, is(400, "InvalidSignature"));
    // What Storage signs for a name with a separator does not fit it, as decodeURI leaves that encoded.
    let url = signed("a%3Fb").await["signedURL"].as_str().unwrap().to_owned();
    assert_eq!(storage.get(&url, None).await, is(400, "InvalidSignature"));
    let expired = supabase::user_token(JWT_SECRET, "u", -60);
    assert_eq!(
        storage.get(&format!("/object/sign/private/plain?token={expired}"), None).await,
        is(400, "InvalidJWT")
    );
    assert_eq!(signed("none").await["code"], "NoSuchKey");
}

#[tokio::test]
async fn an_object_over_50_mib_is_refused_and_faults_reach_storage() {
    let storage = Storage::start().await;
    let large = "x".repeat((50 << 20) + 1);
    let answer = storage.keep("private/large", &large).await;
    assert_eq!((answer.status, answer.json()["statusCode"].as_str()), (400, Some("413")));
    storage.server.faults().add(
        Fault::new(Effect::Answer(Fail { status: 503, ..Fail::default() })).on("/storage/v1/object").times(1),
    );
    assert_eq!(storage.keep("private/x", "x").await.status, 503);
    assert_eq!(storage.keep("private/x", "x").await.status, 200);
}
