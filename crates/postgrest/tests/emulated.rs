//! Against a real PostgREST on a real PostgreSQL with the migrations, behind the emulated gateway.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use emulators::{Effect, Fault, Server, supabase};
use peers::Postgrest;
use postgrest::{Config, Filter, OnConflict, Order, Predicate, Query, RecordStore, Row};
use serde_json::{Value as Json, json};
use upstream::{Call, Error, ErrorKind};
use upstream_hyper::Native;

const JWT_SECRET: &str = "emulated-secret-of-thirty-two-bytes-or-more";
const ANNA: &str = "00000000-0000-4000-8000-00000000000a";
const PATH: &str = "/rest/v1/documents";

struct World {
    gateway: Server,
    keys: supabase::Keys,
    platform: Rc<Native>,
    postgrest: Postgrest,
}

impl World {
    async fn new() -> Self {
        let started = tokio::task::spawn_blocking(|| Postgrest::start(JWT_SECRET).unwrap());
        let postgrest = started.await.unwrap();
        let options = supabase::Options::new(&postgrest.url, JWT_SECRET);
        let keys = options.keys();
        let gateway = supabase::start(options).await.unwrap();
        // Waits are long and tests are not.
        Self { gateway, keys, platform: Rc::new(Native::at_pace(20)), postgrest }
    }

    fn store(&self, key: &str) -> RecordStore<Native> {
        let config = Config::from_variables(|name| match name {
            "supabase_url" => Some(self.gateway.url().to_owned()),
            "supabase_service_key" => Some(key.to_owned()),
            _ => None,
        });
        RecordStore::new(Rc::clone(&self.platform), config.unwrap())
    }

    fn call(&self) -> Call {
        Call::starting_now(&*self.platform, Duration::from_secs(1200), None)
    }
}

fn row(value: Json) -> Row {
    value.as_object().cloned().unwrap()
}

fn document(id: &str, more: Json) -> Row {
    let mut document =
        row(json!({ "id": id, "relationship_id": "r", "kind": "profile", "key": "k", "status": "stored" }));
    document.extend(row(more));
    document
}

fn filter(field: &str, predicate: Predicate) -> Filter {
    Filter { field: field.to_owned(), predicate }
}

fn all() -> Query {
    Query { columns: Vec::new(), filters: Vec::new(), order: Vec::new(), limit: 1000, cursor: None }
}

async fn put(world: &World, rows: &[Row], conflict: OnConflict) -> Result<u32, Error> {
    let (store, call) = (world.store(&world.keys.secret), world.call());
    let session = store.session(&call, None).unwrap();
    session.upsert("documents", rows, &["id".to_owned()], conflict).await
}

async fn select(world: &World, query: &Query) -> Vec<Json> {
    let (store, call) = (world.store(&world.keys.secret), world.call());
    let page = store.session(&call, None).unwrap().select("documents", query).await.unwrap();
    page.rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

async fn ids(world: &World, predicate: Predicate) -> String {
    let query = Query { filters: vec![filter("filename", predicate)], ..all() };
    select(world, &query).await.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_back_merge_keep_fail_and_are_counted() {
    let world = World::new().await;
    let given = json!({
        "size": i64::MAX, "stages": ["a", "b\"c"], "models": { "x": { "y": [1, 2.5, null, true] } }, "last_error": "text",
        "filename": "Grüße ☃.pdf", "created_at": "2026-01-02T03:04:05.5+01:00", "path": null,
    });
    assert_eq!(put(&world, &[document("a", given.clone())], OnConflict::Fail).await.unwrap(), 1);
    let stored = &select(&world, &all()).await[0];
    for name in ["size", "stages", "models", "last_error", "filename", "path"] {
        assert_eq!(stored[name], given[name], "{name}");
    }
    assert_eq!(stored["created_at"], "2026-01-02T02:04:05.500000Z");
    assert_eq!((&stored["attempts"], &stored["indexed_at"]), (&json!(0), &Json::Null));

    let both = [document("a", json!({ "path": "q" })), document("b", json!({ "path": "q" }))];
    assert_eq!(put(&world, &both, OnConflict::Fail).await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(select(&world, &all()).await.len(), 1, "nothing of a failed call is stored");
    assert_eq!(put(&world, &both, OnConflict::Keep).await.unwrap(), 1);
    assert_eq!(select(&world, &all()).await[0]["path"], Json::Null);
    assert_eq!(put(&world, &both, OnConflict::Merge).await.unwrap(), 2);
    let merged = &select(&world, &all()).await[0];
    assert_eq!((&merged["path"], &merged["filename"]), (&json!("q"), &given["filename"]));

    let (store, call) = (world.store(&world.keys.service_role), world.call());
    let session = store.session(&call, None).unwrap();
    let some = [filter("id", Predicate::OneOf(vec![json!("a"), json!("b"), json!("z")]))];
    let change = row(json!({ "status": "indexed", "last_error": { "code": "x" }, "filename": null }));
    assert_eq!(session.update("documents", &change, &some).await.unwrap(), 2);
    let none = [filter("id", Predicate::Eq(json!("z")))];
    assert_eq!(session.update("documents", &change, &none).await.unwrap(), 0);
    let open = [filter("id", Predicate::Eq(json!("a"))), filter("attempt", Predicate::IsNull)];
    let attempt = row(json!({ "attempt": "1" }));
    assert_eq!(session.update("documents", &attempt, &open).await.unwrap(), 1);
    assert_eq!(session.update("documents", &attempt, &open).await.unwrap(), 0);
    assert_eq!(session.update("documents", &change, &[]).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(session.delete("documents", &[]).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(session.delete("documents", &some).await.unwrap(), 2);
    assert_eq!(session.delete("documents", &some).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_values_are_only_ever_values() {
    let world = World::new().await;
    let hostile = [
        "",
        "a*b",
        "a%b",
        "a_b",
        "a\\b",
        "a\"b,c",
        "(x)",
        "null",
        "a.b:c",
        "x=1&y=2#z+ %25",
        "Grüße ☃",
        "AB",
        "\n",
    ];
    let id = |n: usize| char::from(b'a' + u8::try_from(n).unwrap()).to_string();
    let mut rows: Vec<Row> = hostile
        .iter()
        .enumerate()
        .map(|(n, text)| document(&id(n), json!({ "filename": text, "size": n })))
        .collect();
    rows.push(document("z", json!({ "filename": null, "size": null })));
    put(&world, &rows, OnConflict::Merge).await.unwrap();
    for (n, text) in hostile.iter().enumerate() {
        assert_eq!(ids(&world, Predicate::Eq(json!(text))).await, id(n), "{text:?}");
        let two = Predicate::OneOf(vec![json!(text), json!("no such"), json!(5)]);
        assert_eq!(ids(&world, two).await, id(n), "{text:?}");
        assert_eq!(
            ids(&world, Predicate::Ne(json!(text))).await.len(),
            hostile.len() - 1,
            "null is not unequal"
        );
        let starting: String = (0..hostile.len()).filter(|m| hostile[*m].starts_with(text)).map(id).collect();
        assert_eq!(ids(&world, Predicate::StartsWith((*text).to_owned())).await, starting, "{text:?}");
    }
    assert_eq!(ids(&world, Predicate::Eq(json!(5))).await, "", "a number is no text");
    assert_eq!(ids(&world, Predicate::IsNull).await, "z");
    // Pages of one, in the order of these texts: every value passes through a cursor.
    let order = vec![Order { column: "filename".to_owned(), descending: true }];
    let mut query = Query { columns: vec!["id".to_owned()], order, limit: 1, ..all() };
    let (store, call) = (world.store(&world.keys.secret), world.call());
    let session = store.session(&call, None).unwrap();
    let mut seen = Vec::new();
    loop {
        let page = session.select("documents", &query).await.unwrap();
        seen.extend(page.rows);
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    let mut sorted: Vec<usize> = (0..hostile.len()).collect();
    sorted.sort_by_key(|n| std::cmp::Reverse(hostile[*n]));
    let expected = sorted.into_iter().map(id).chain(["z".to_owned()]);
    assert_eq!(seen, expected.map(|id| json!({ "id": id }).to_string()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_past_the_cut_and_hold_every_row_once() {
    let world = World::new().await;
    let insert = "insert into documents (id, relationship_id, kind, key, status, size)
        select 'd' || n, 'r', 'profile', 'k', 'stored', nullif(n % 7, 0) from generate_series(1, 2500) n";
    world.postgrest.postgres.execute(insert).unwrap();
    let (store, call) = (world.store(&world.keys.secret), world.call());
    let session = store.session(&call, None).unwrap();
    let order = vec![Order { column: "size".to_owned(), descending: true }];
    let mut query = Query { columns: vec!["id".to_owned(), "size".to_owned()], order, ..all() };
    let (mut rows, mut pages) = (Vec::new(), Vec::new());
    loop {
        let page = session.select("documents", &query).await.unwrap();
        pages.push(page.rows.len());
        rows.extend(page.rows.iter().map(|row| serde_json::from_str::<Json>(row).unwrap()));
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, [1000, 1000, 500]);
    let place =
        |row: &Json| (row["size"].as_i64().map_or(1, |size| -size), row["id"].as_str().unwrap().to_owned());
    assert!(
        rows.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])),
        "nulls last, ties by key, none twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_level_security_decides_for_users_with_either_generation_of_keys() {
    let world = World::new().await;
    let rows = format!(
        "insert into relationship_members (relationship_id, user_id) values ('mine', '{ANNA}');
         insert into conflicts (relationship_id, id) values ('mine', 'c'), ('theirs', 'c')"
    );
    world.postgrest.postgres.execute(&rows).unwrap();
    let token = supabase::user_token(JWT_SECRET, ANNA, 60);
    let expired = supabase::user_token(JWT_SECRET, ANNA, -600);
    let call = world.call();
    for key in [&world.keys.secret, &world.keys.service_role] {
        let store = world.store(key);
        let page = store.session(&call, None).unwrap().select("conflicts", &all()).await.unwrap();
        assert_eq!(page.rows.len(), 2);
    }
    for key in [&world.keys.publishable, &world.keys.anon, &world.keys.secret] {
        let store = world.store(key);
        let user = store.session(&call, Some(&token)).unwrap();
        let page = user.select("conflicts", &all()).await.unwrap();
        assert!(page.rows.len() == 1 && page.rows[0].contains("mine"), "{page:?}");
        let new = row(json!({ "relationship_id": "mine", "id": "new" }));
        let names = ["relationship_id".to_owned(), "id".to_owned()];
        let error = user.upsert("conflicts", &[new], &names, OnConflict::Merge).await.unwrap_err();
        assert_eq!((error.kind, error.extra("provider-code")), (ErrorKind::Denied, Some("42501")));
        let late = store.session(&call, Some(&expired)).unwrap();
        let error = late.select("conflicts", &all()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Denied);
        assert!(!format!("{error:?}").contains(&expired));
    }
    let store = world.store(&world.keys.publishable);
    let error = store.session(&call, None).unwrap().select("conflicts", &all()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable")),
        (ErrorKind::Misconfigured, Some("supabase_service_key"))
    );
    let store = world.store("sb_secret_of_another_project");
    let error = store.session(&call, None).unwrap().select("conflicts", &all()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable")),
        (ErrorKind::Misconfigured, Some("supabase_service_key"))
    );
    world.postgrest.postgres.execute("drop table documents; notify pgrst, 'reload schema'").unwrap();
    let error = put(&world, &[document("a", json!({}))], OnConflict::Merge).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Misconfigured);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_pass_are_tried_again_only_where_a_repeat_is_harmless() {
    let world = World::new().await;
    let row = [document("a", json!({}))];
    for status in [503, 520] {
        let tries = |conflict| {
            let (world, row) = (&world, &row);
            async move {
                world.gateway.faults().clear();
                world.gateway.faults().add(Fault::new(Effect::status(status)).on(PATH).times(9));
                let before = world.gateway.calls().to(PATH).len();
                let error = put(world, row, conflict).await.unwrap_err();
                assert_eq!((error.kind, error.status), (ErrorKind::Unavailable, Some(status)));
                assert!(!format!("{error:?}").contains(&world.keys.secret));
                world.gateway.calls().to(PATH).len() - before
            }
        };
        assert_eq!(tries(OnConflict::Merge).await, 3);
        assert_eq!(tries(OnConflict::Fail).await, 1);
    }
    for (status, kind) in
        [(429, ErrorKind::RateLimited), (500, ErrorKind::Failed), (524, ErrorKind::TimedOut)]
    {
        world.gateway.faults().clear();
        world.gateway.faults().add(Fault::new(Effect::status(status)).on(PATH));
        let error = put(&world, &row, OnConflict::Merge).await.unwrap_err();
        assert_eq!((error.kind, error.extra("tries")), (kind, Some("1")), "{status}");
    }
}
