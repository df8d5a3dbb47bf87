//! Against a real PostgREST on a real PostgreSQL with the project's migrations, behind Supabase's gateway.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use emulators::{Answer, Effect, Fault, RetryAfter, Server, supabase};
use peers::Postgrest;
use postgrest::{Config, Filter, OnConflict, Order, Predicate, Query, RecordStore, Row, RowPage};
use serde_json::{Value, json};
use upstream::{Call, Error, ErrorKind};
use upstream_hyper::Native;

const JWT_SECRET: &str = "emulated-secret-of-thirty-two-bytes-or-more";
const ANNA: &str = "00000000-0000-4000-8000-00000000000a";
const KEY: [&str; 2] = ["relationship_id", "id"];

struct Project {
    gateway: Server,
    keys: supabase::Keys,
    postgrest: Postgrest,
}

impl Project {
    async fn start() -> Self {
        let postgrest = tokio::task::spawn_blocking(|| Postgrest::start(JWT_SECRET)).await.unwrap().unwrap();
        let options = supabase::Options::new(&postgrest.url, JWT_SECRET);
        let keys = options.keys();
        Self { gateway: supabase::start(options).await.unwrap(), keys, postgrest }
    }

    fn client_with(&self, key: &str) -> RecordStore<Native> {
        let config = Config::from_variables(|name| match name {
            "supabase_url" => Some(self.gateway.url().to_owned()),
            "supabase_service_key" => Some(key.to_owned()),
            _ => None,
        });
        RecordStore::new(Rc::new(Native::at_pace(20)), config.unwrap())
    }

    fn client(&self) -> RecordStore<Native> {
        self.client_with(&self.keys.secret)
    }
}

fn call() -> Call {
    Call::starting_now(&Native::at_pace(20), Duration::from_secs(600), None)
}

fn object(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        other => panic!("{other} is no row"),
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn filter(field: &str, predicate: Predicate) -> Filter {
    Filter { field: field.to_owned(), predicate }
}

fn conflict(id: &str, path: Value) -> Row {
    object(json!({ "relationship_id": "r", "id": id, "transcript_path": path }))
}

async fn store(client: &RecordStore<Native>, rows: &[Row], on: OnConflict) -> Result<u32, Error> {
    client.session(&call(), None)?.upsert("conflicts", rows, &strings(&KEY), on).await
}

async fn ids(client: &RecordStore<Native>, filters: Vec<Filter>) -> Vec<String> {
    let page = select(client, filters, &[], 1000, None).await.unwrap();
    page.rows
        .iter()
        .map(|row| serde_json::from_str::<Value>(row).unwrap()["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn select(
    client: &RecordStore<Native>,
    filters: Vec<Filter>,
    order: &[(&str, bool)],
    limit: u32,
    cursor: Option<String>,
) -> Result<RowPage, Error> {
    let order = order
        .iter()
        .map(|(column, descending)| Order { column: (*column).to_owned(), descending: *descending });
    let query = Query { columns: Vec::new(), filters, order: order.collect(), limit, cursor };
    client.session(&call(), None)?.select("conflicts", &query).await
}

/// Texts that a careless client would let out of their place in a query.
const HOSTILE: [&str; 14] = [
    "a,b",
    "a.b",
    "a:b",
    "(a)",
    "\"a\"",
    "a\\b",
    "a*b",
    "a%b",
    "a_b",
    "a&b=c",
    "é ü 日本",
    "not.is.null",
    "null",
    " a\tb\n",
];

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_stored_found_by_every_filter_changed_and_removed() {
    let project = Project::start().await;
    for key in [&project.keys.secret, &project.keys.service_role] {
        let client = project.client_with(key);
        let rows: Vec<_> = HOSTILE.iter().map(|id| conflict(id, json!(format!("s3://b/{id}")))).collect();
        assert_eq!(store(&client, &rows, OnConflict::Merge).await.unwrap(), 14);
        assert_eq!(store(&client, &[conflict("none", Value::Null)], OnConflict::Merge).await.unwrap(), 1);
        for id in HOSTILE {
            assert_eq!(ids(&client, vec![filter("id", Predicate::Eq(json!(id)))]).await, [id]);
            assert_eq!(
                ids(&client, vec![filter("id", Predicate::OneOf(vec![json!(id), json!(7)]))]).await,
                [id]
            );
            assert_eq!(ids(&client, vec![filter("id", Predicate::StartsWith(id.to_owned()))]).await, [id]);
            assert_eq!(ids(&client, vec![filter("id", Predicate::Ne(json!(id)))]).await.len(), 14);
        }
        let path = |predicate| vec![filter("transcript_path", predicate)];
        assert_eq!(ids(&client, path(Predicate::IsNull)).await, ["none"]);
        assert_eq!(ids(&client, path(Predicate::IsNotNull)).await.len(), 14);
        assert_eq!(
            ids(&client, path(Predicate::Ne(json!("x")))).await.len(),
            14,
            "null differs from nothing"
        );
        assert_eq!(ids(&client, path(Predicate::Ne(json!(1)))).await.len(), 14, "another type differs");
        assert!(ids(&client, path(Predicate::Eq(json!(1)))).await.is_empty());

        // What is not given stays; what is kept is not counted.
        let row = object(json!({ "relationship_id": "r", "id": "a,b" }));
        assert_eq!(store(&client, std::slice::from_ref(&row), OnConflict::Merge).await.unwrap(), 1);
        assert_eq!(ids(&client, path(Predicate::Eq(json!("s3://b/a,b")))).await, ["a,b"]);
        let other = [conflict("a,b", json!("x")), conflict("new", json!("x"))];
        assert_eq!(store(&client, &other, OnConflict::Keep).await.unwrap(), 1);
        let taken = store(&client, &[conflict("a,b", json!("x"))], OnConflict::Fail).await.unwrap_err();
        assert_eq!((taken.kind, taken.extra("provider-code")), (ErrorKind::Conflict, Some("23505")));

        let one = vec![
            filter("relationship_id", Predicate::Eq(json!("r"))),
            filter("id", Predicate::Eq(json!("new"))),
        ];
        let changes = object(json!({ "transcript_path": "y" }));
        let call = call();
        let session = client.session(&call, None).unwrap();
        assert_eq!(session.update("conflicts", &changes, &one).await.unwrap(), 1);
        let unlike = [one.clone(), path(Predicate::Eq(json!("z")))].concat();
        assert_eq!(session.update("conflicts", &changes, &unlike).await.unwrap(), 0);
        assert_eq!(session.delete("conflicts", &one).await.unwrap(), 1);
        assert_eq!(session.delete("conflicts", &one).await.unwrap(), 0);
        let all = vec![filter("relationship_id", Predicate::Eq(json!("r")))];
        assert_eq!(session.delete("conflicts", &all).await.unwrap(), 15);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_one_another_past_the_cut_of_1000_rows_nulls_last() {
    let project = Project::start().await;
    let sql = "insert into conflicts (relationship_id, id, transcript_path)
               select 'r', 'c' || n, case when n % 5 = 0 then null else 'p' || n % 7 end from generate_series(1, 2500) n";
    project.postgrest.postgres.execute(sql).unwrap();
    let client = project.client();
    for (limit, descending) in [(1000, false), (700, true), (999, true)] {
        let mut seen: Vec<Value> = Vec::new();
        let mut cursor = None;
        loop {
            let page =
                select(&client, Vec::new(), &[("transcript_path", descending)], limit, cursor).await.unwrap();
            assert!(page.rows.len() <= limit as usize);
            seen.extend(page.rows.iter().map(|row| serde_json::from_str::<Value>(row).unwrap()));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 2500, "limit {limit}");
        let ids: std::collections::BTreeSet<_> = seen.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 2500, "limit {limit}");
        assert!(seen[2000..].iter().all(|row| row["transcript_path"].is_null()), "limit {limit}");
        let first = if descending { "p6" } else { "p0" };
        assert_eq!(seen[0]["transcript_path"], first);
        let time = seen[0]["created_at"].as_str().unwrap();
        assert!(time.ends_with('Z') && time.len() == 27, "{time}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_before_or_by_the_database() {
    let project = Project::start().await;
    let client = project.client();
    let call = call();
    let session = client.session(&call, None).unwrap();
    let key = strings(&KEY);
    let upsert = async |table: &str, rows: &[Value]| {
        let rows: Vec<_> = rows.iter().cloned().map(object).collect();
        session.upsert(table, &rows, &key, OnConflict::Merge).await.unwrap_err()
    };
    for (table, rows) in [
        ("nothing", vec![json!({})]),
        ("conflicts", vec![json!({ "relationship_id": "r" })]),
        ("conflicts", vec![json!({ "relationship_id": "r", "id": 7 })]),
        ("conflicts", vec![json!({ "relationship_id": "r", "id": "a", "colour": "red" })]),
        (
            "conflicts",
            vec![json!({ "relationship_id": "r", "id": "a" }), json!({ "relationship_id": "r", "id": "a" })],
        ),
        (
            "conflicts",
            vec![
                json!({ "relationship_id": "r", "id": "a" }),
                json!({ "relationship_id": "r", "id": "b", "transcript_path": "p" }),
            ],
        ),
    ] {
        let error = upsert(table, &rows).await;
        assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
        assert_eq!(error.status, None, "{error}");
    }
    let row = object(json!({ "relationship_id": "r", "id": "p", "kind": "poem", "file_path": "x" }));
    let key = strings(&["relationship_id", "kind", "id"]);
    let error = session.upsert("profiles", &[row], &key, OnConflict::Merge).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(session.delete("conflicts", &[]).await.unwrap_err().kind, ErrorKind::Invalid);
    let elsewhere = select(&client, Vec::new(), &[], 10, Some("e30".to_owned())).await.unwrap_err();
    assert_eq!(elsewhere.kind, ErrorKind::Invalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_token_sees_and_may_do_what_row_level_security_lets_it() {
    let project = Project::start().await;
    let sql = format!(
        "insert into relationship_members (relationship_id, user_id) values ('mine', '{ANNA}');
         insert into conflicts (relationship_id, id) values ('mine', 'm'), ('theirs', 't')"
    );
    project.postgrest.postgres.execute(&sql).unwrap();
    let client = project.client();
    let call = call();
    let token = supabase::user_token(JWT_SECRET, ANNA, 60);
    let anna = client.session(&call, Some(&token)).unwrap();
    let query =
        Query { columns: Vec::new(), filters: Vec::new(), order: Vec::new(), limit: 10, cursor: None };
    assert_eq!(anna.select("conflicts", &query).await.unwrap().rows.len(), 1);
    let all = [filter("id", Predicate::IsNotNull)];
    let error = anna.delete("conflicts", &all).await.unwrap_err();
    assert_eq!((error.kind, error.extra("provider-code")), (ErrorKind::Denied, Some("42501")));
    let expired = supabase::user_token(JWT_SECRET, ANNA, -600);
    let error = client.session(&call, Some(&expired)).unwrap().select("conflicts", &query).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(!format!("{error:?}").contains(&expired));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_is_repeated_where_that_is_harmless_and_says_what_to_do() {
    let project = Project::start().await;
    let client = project.client();
    let answer = |status, code: &str| {
        let body = if code.is_empty() { Value::Null } else { json!({ "code": code, "message": "told to" }) };
        Effect::Answer(Answer {
            status,
            body,
            retry_after: Some(RetryAfter::Milliseconds(1)),
            ..Answer::default()
        })
    };
    let read = async |effect: Effect, times| {
        project.gateway.faults().clear();
        project.gateway.faults().add(Fault::new(effect).times(times));
        let before = project.gateway.calls().all().len();
        let result = select(&client, Vec::new(), &[], 10, None).await;
        (result, project.gateway.calls().all().len() - before)
    };
    // What passes is tried again.
    for effect in [
        answer(503, ""),
        answer(520, ""),
        answer(503, "PGRST001"),
        answer(500, "40001"),
        answer(504, "PGRST003"),
        Effect::Reset,
        Effect::Truncate,
    ] {
        let (result, tries) = read(effect.clone(), 1).await;
        assert!(result.is_ok() && tries == 2, "{effect:?}: {result:?} after {tries}");
    }
    // What does not pass is not.
    for (status, code, kind) in [
        (500, "57014", ErrorKind::TimedOut),
        (404, "42P01", ErrorKind::Misconfigured),
        (404, "PGRST205", ErrorKind::Misconfigured),
        (400, "42703", ErrorKind::Misconfigured),
        (403, "42501", ErrorKind::Misconfigured),
        (401, "PGRST301", ErrorKind::Misconfigured),
        (406, "PGRST106", ErrorKind::Misconfigured),
        (401, "", ErrorKind::Misconfigured),
        (400, "PGRST100", ErrorKind::Failed),
        (500, "XX000", ErrorKind::Failed),
    ] {
        let (result, tries) = read(answer(status, code), 1).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind, tries, error.status), (kind, 1, Some(status)), "{code}: {error}");
        assert!(!format!("{error:?}").contains(&project.keys.secret));
    }
    let html = Effect::Answer(Answer {
        status: 520,
        body: json!("<html>Web server is down</html>"),
        ..Answer::default()
    });
    let (result, tries) = read(html, 9).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind, tries, error.extra("tries")), (ErrorKind::Unavailable, 3, Some("3")), "{error}");
    project.gateway.faults().clear();

    // A write whose answer was lost: repeated by key, never where it would meet itself.
    let lose = || project.gateway.faults().add(Fault::new(Effect::LoseAnswer));
    lose();
    assert_eq!(store(&client, &[conflict("a", Value::Null)], OnConflict::Merge).await.unwrap(), 1);
    lose();
    let error = store(&client, &[conflict("b", Value::Null)], OnConflict::Fail).await.unwrap_err();
    assert_eq!((error.kind, error.extra("tries")), (ErrorKind::Unavailable, Some("1")));
    lose();
    let changes = object(json!({ "transcript_path": "new" }));
    let call = call();
    let session = client.session(&call, None).unwrap();
    let expected = [filter("id", Predicate::Eq(json!("a"))), filter("transcript_path", Predicate::IsNull)];
    let error = session.update("conflicts", &changes, &expected).await.unwrap_err();
    assert_eq!((error.kind, error.extra("tries")), (ErrorKind::Unavailable, Some("1")));
}

#[test]
fn a_missing_or_wrong_variable_is_named() {
    let config = |url: Option<&str>, key: Option<&str>| {
        Config::from_variables(|name| match name {
            "supabase_url" => url.map(ToOwned::to_owned),
            "supabase_service_key" => key.map(ToOwned::to_owned),
            _ => None,
        })
    };
    let url = Some("https://abc.supabase.co");
    for (result, variable) in [
        (config(None, Some("sb_secret_x")), "supabase_url"),
        (config(Some("abc"), Some("sb_secret_x")), "supabase_url"),
        (config(url, None), "supabase_service_key"),
        (config(url, Some("sk-other")), "supabase_service_key"),
        (config(url, Some("a\nb")), "supabase_service_key"),
    ] {
        let error = result.unwrap_err();
        assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Misconfigured, Some(variable)));
    }
    assert!(config(Some("https://abc.supabase.co/"), Some(" sb_secret_x\n")).is_ok());
}
