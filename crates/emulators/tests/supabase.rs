//! Supabase's gateway, in front of a real PostgREST: its rules for keys, and the official Python SDK.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::Duration;

use emulators::{Answer, Credential, Effect, Fault, Server, supabase};
use peers::Postgrest;
use serde_json::Value;

const JWT_SECRET: &str = "emulated-secret-of-thirty-two-bytes-or-more";
const ANNA: &str = "00000000-0000-4000-8000-00000000000a";
const STRANGER: &str = "00000000-0000-4000-8000-00000000000b";
const CONFLICTS: &str = "/rest/v1/conflicts?select=relationship_id";

struct Project {
    gateway: Server,
    keys: supabase::Keys,
    postgrest: Postgrest,
}

async fn project() -> Project {
    let postgrest = tokio::task::spawn_blocking(|| {
        let postgrest = Postgrest::start(JWT_SECRET).unwrap();
        let rows = format!(
            "insert into relationship_members (relationship_id, user_id) values ('mine', '{ANNA}');
             insert into conflicts (relationship_id, id) values ('mine', 'c'), ('theirs', 'c');
             insert into conflicts (relationship_id, id) select 'many', 'c' || n from generate_series(1, 1500) n"
        );
        postgrest.postgres.execute(&rows).unwrap();
        postgrest
    });
    let postgrest = postgrest.await.unwrap();
    let options = supabase::Options::new(&postgrest.url, JWT_SECRET);
    let keys = options.keys();
    let gateway = supabase::start(options).await.unwrap();
    Project { gateway, keys, postgrest }
}

impl Project {
    /// Asks for all conflicts with these headers; the status and the body.
    async fn ask(&self, headers: &[(&str, &str)]) -> (u16, Value) {
        get(&self.gateway, CONFLICTS, headers).await
    }
}

async fn get(gateway: &Server, target: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(gateway.address()).await.unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!("GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_open_the_gateway_as_their_role_and_nothing_else_does() {
    let project = project().await;
    let keys = &project.keys;
    let token = supabase::user_token(JWT_SECRET, ANNA, 60);
    let bearer = |token: &str| format!("Bearer {token}");

    assert_eq!(project.ask(&[]).await.0, 401);
    assert_eq!(project.ask(&[("apikey", "sb_secret_other")]).await.1["message"], "Invalid API key");
    assert_eq!(project.ask(&[("apikey", &token)]).await.0, 401, "a user's token is no key");
    let minted = supabase::Options::new("", "another-secret-of-thirty-two-bytes-or-more").keys().service_role;
    assert_eq!(project.ask(&[("apikey", &minted)]).await.0, 401, "a token of one's own is no key");
    assert_eq!(project.ask(&[("authorization", &bearer(&keys.secret))]).await.0, 401, "apikey is required");
    assert_eq!(project.ask(&[("apikey", &keys.secret), ("user-agent", "Mozilla/5.0")]).await.0, 401);
    let other = bearer("sb_publishable_other");
    assert_eq!(project.ask(&[("apikey", &keys.secret), ("authorization", &other)]).await.0, 401);

    for key in [&keys.secret, &keys.service_role] {
        let (status, rows) = project.ask(&[("apikey", key)]).await;
        assert_eq!((status, rows.as_array().unwrap().len()), (200, 1000), "answers are cut at 1,000 rows");
        let same = bearer(key);
        assert_eq!(project.ask(&[("apikey", key), ("authorization", &same)]).await.0, 200);
    }
    for key in [&keys.publishable, &keys.anon] {
        let (status, error) = project.ask(&[("apikey", key)]).await;
        assert_eq!((status, &error["code"]), (401, &Value::from("42501")), "nothing is granted to anon");
        let (status, rows) = project.ask(&[("apikey", key), ("authorization", &bearer(&token))]).await;
        assert_eq!((status, rows), (200, serde_json::json!([{ "relationship_id": "mine" }])));
        let stranger = bearer(&supabase::user_token(JWT_SECRET, STRANGER, 60));
        let answer = project.ask(&[("apikey", key), ("authorization", &stranger)]).await;
        assert_eq!(answer, (200, Value::Array(Vec::new())), "who is in no relationship sees none");
        let (status, error) = project.ask(&[("apikey", key), ("authorization", &bearer(&minted))]).await;
        assert_eq!((status, &error["code"]), (401, &Value::from("PGRST301")), "signed with another secret");
        let expired = bearer(&supabase::user_token(JWT_SECRET, ANNA, -600));
        let (status, error) = project.ask(&[("apikey", key), ("authorization", &expired)]).await;
        assert_eq!((status, &error["code"]), (401, &Value::from("PGRST301")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_and_requests_are_ended_when_their_time_is_up() {
    let project = project().await;
    let keys = &project.keys;
    // Longer than anon may take, shorter than the others may.
    let slow = "create function slow() returns int language sql stable as 'select 1 from pg_sleep(4)'; notify pgrst, 'reload schema'";
    project.postgrest.postgres.execute(slow).unwrap();
    let path = "/rest/v1/rpc/slow";
    let gateway = &project.gateway;
    let mut anon = (404, Value::Null);
    // PostgREST reads the schema again in its own time.
    for _ in 0..1000 {
        if anon.0 != 404 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        anon = get(gateway, path, &[("apikey", &keys.publishable)]).await;
    }
    assert_eq!((anon.0, &anon.1["code"]), (500, &Value::from("57014")));
    let token = format!("Bearer {}", supabase::user_token(JWT_SECRET, ANNA, 60));
    let member = [("apikey", keys.publishable.as_str()), ("authorization", &token)];
    assert_eq!(get(gateway, path, &member).await, (200, Value::from(1)));

    let mut options = supabase::Options::new(&project.postgrest.url, JWT_SECRET);
    options.deadline = Duration::from_millis(500);
    let impatient = supabase::start(options).await.unwrap();
    let (status, error) = get(&impatient, path, &[("apikey", &keys.secret)]).await;
    assert_eq!((status, error.get("code")), (504, None), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_fails_on_demand_remembers_calls_and_shows_no_signing_keys() {
    // Nothing listens on port 1; what is asked here never gets that far, but for the last.
    let options = supabase::Options::new("http://127.0.0.1:1", JWT_SECRET);
    let keys = options.keys();
    let gateway = supabase::start(options).await.unwrap();
    let jwks = get(&gateway, "/auth/v1/.well-known/jwks.json", &[]).await;
    assert_eq!(jwks, (200, serde_json::json!({ "keys": [] })));
    let (status, error) = get(&gateway, "/elsewhere", &[("apikey", &keys.secret)]).await;
    assert_eq!((status, error.get("code")), (404, None));

    gateway.faults().add(Fault::new(Effect::Answer(Answer {
        status: 520,
        body: serde_json::json!({ "message": "down" }),
        ..Answer::default()
    })));
    assert_eq!(get(&gateway, CONFLICTS, &[("apikey", &keys.secret)]).await.0, 520);
    assert_eq!(get(&gateway, CONFLICTS, &[("apikey", &keys.secret)]).await.0, 503);
    let calls = gateway.calls().to("/rest/v1/conflicts");
    let seen: Vec<_> =
        calls.iter().map(|call| (call.credential, call.status, call.header("apikey"))).collect();
    let secret = Some("(secret)");
    assert_eq!(seen, [(Credential::Right, Some(520), secret), (Credential::Right, Some(503), secret)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_sdk_selects_upserts_and_meets_row_level_security() {
    let project = project().await;
    let python = tokio::task::spawn_blocking(peers::python).await.unwrap().unwrap();
    let output = tokio::process::Command::new(python)
        .arg("-B")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/supabase_.py"))
        .env("NO_PROXY", "*")
        .env("URL", project.gateway.url())
        .env("SECRET", &project.keys.secret)
        .env("PUBLISHABLE", &project.keys.publishable)
        .env("LEGACY", &project.keys.service_role)
        .env("TOKEN", supabase::user_token(JWT_SECRET, ANNA, 60))
        .output()
        .await
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}
