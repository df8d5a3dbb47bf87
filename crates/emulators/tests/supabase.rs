//! Supabase's gateway, in front of a real PostgREST: its rules for keys, and the official Python SDK.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use emulators::{Server, supabase};
use peers::Postgrest;
use serde_json::Value;

const JWT_SECRET: &str = "emulated-secret-of-thirty-two-bytes-or-more";
const ANNA: &str = "00000000-0000-4000-8000-00000000000a";

struct Project {
    gateway: Server,
    keys: supabase::Keys,
    _postgrest: Postgrest,
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
    Project { gateway, keys, _postgrest: postgrest }
}

impl Project {
    /// Asks for all conflicts with these headers; the status and the body.
    async fn ask(&self, headers: &[(&str, &str)]) -> (u16, Value) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::TcpStream::connect(self.gateway.address()).await.unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "GET /rest/v1/conflicts?select=relationship_id HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (status, serde_json::from_str(body).unwrap())
    }
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
        let expired = bearer(&supabase::user_token(JWT_SECRET, ANNA, -600));
        let (status, error) = project.ask(&[("apikey", key), ("authorization", &expired)]).await;
        assert_eq!((status, &error["code"]), (401, &Value::from("PGRST301")));
    }
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
