//! What the record store promises.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::cmp::Ordering;
use std::ops::ControlFlow;

use local_store::records::{OnConflict, Order, Query, RecordStore, Row, parse_row};
use local_store::{Database, Error, ErrorKind, Filter, Predicate};
use native_sqlite::{Sqlite, interleave, poll_times, wait};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn store() -> RecordStore<Sqlite> {
    RecordStore::new(Sqlite::memory())
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

fn key(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn put(store: &RecordStore<Sqlite>, rows: &[Row], conflict: OnConflict) -> Result<u32, Error> {
    wait(store.upsert("documents", rows, &key(&["id"]), conflict))
}

fn filter(field: &str, predicate: Predicate) -> Filter {
    Filter { field: field.to_owned(), predicate }
}

fn eq(field: &str, value: Json) -> Vec<Filter> {
    vec![filter(field, Predicate::Eq(value))]
}

fn all() -> Query {
    Query { columns: Vec::new(), filters: Vec::new(), order: Vec::new(), limit: 1000, cursor: None }
}

fn select(store: &RecordStore<Sqlite>, query: &Query) -> Vec<Json> {
    let page = wait(store.select("documents", query)).unwrap();
    page.rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

#[test]
fn a_row_comes_back_with_its_types_and_timestamps_in_utc() {
    let store = store();
    let given = json!({
        "size": i64::MAX, "stages": ["a", "b\"c"], "models": { "x": { "y": [1, 2.5, null, true] } }, "last_error": "text",
        "filename": "Grüße ☃.pdf", "created_at": "2026-01-02T03:04:05.5+01:00", "path": null,
    });
    assert_eq!(put(&store, &[document("d", given.clone())], OnConflict::Fail).unwrap(), 1);
    let stored = &select(&store, &all())[0];
    for name in ["size", "stages", "models", "last_error", "filename", "path"] {
        assert_eq!(stored[name], given[name], "{name}");
    }
    assert_eq!(stored["created_at"], "2026-01-02T02:04:05.500000Z");
    assert_eq!((&stored["attempts"], &stored["indexed_at"]), (&json!(0), &Json::Null));
    let updated = stored["updated_at"].as_str().unwrap();
    assert!(updated.ends_with('Z') && updated.len() == 27, "a default has the same form: {updated}");
}

#[test]
fn conflicts_merge_keep_or_fail_as_a_whole() {
    let store = store();
    put(&store, &[document("a", json!({ "path": "p", "filename": "f" }))], OnConflict::Merge).unwrap();
    let both = [document("a", json!({ "path": "q" })), document("b", json!({ "path": "q" }))];
    assert_eq!(put(&store, &both, OnConflict::Fail).unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(select(&store, &all()).len(), 1, "nothing of a failed call is stored");
    assert_eq!(put(&store, &both, OnConflict::Keep).unwrap(), 1);
    assert_eq!(select(&store, &all())[0]["path"], "p");
    assert_eq!(put(&store, &both, OnConflict::Merge).unwrap(), 2);
    let merged = &select(&store, &all())[0];
    assert_eq!((&merged["path"], &merged["filename"]), (&json!("q"), &json!("f")));
    let member = [row(json!({ "relationship_id": "r", "user_id": "u" }))];
    let names = key(&["user_id", "relationship_id"]);
    for _ in 0..2 {
        assert_eq!(
            wait(store.upsert("relationship_members", &member, &names, OnConflict::Merge)).unwrap(),
            1
        );
    }
}

#[test]
fn what_does_not_fit_the_table_is_invalid_and_stores_nothing() {
    let store = store();
    let wrong = [
        vec![document("a", json!({ "nope": 1 }))],
        vec![document("a", json!({ "size": "1" }))],
        vec![document("a", json!({ "size": 1.5 }))],
        vec![document("a", json!({ "size": u64::MAX }))],
        vec![document("a", json!({ "attempts": 3_000_000_000_u32 }))],
        vec![document("a", json!({ "created_at": "yesterday" }))],
        vec![document("a", json!({ "status": null }))],
        vec![document("a", json!({ "path": "a\u{0}b" }))],
        vec![document("a", json!({ "models": { "a\u{0}b": 1 } }))],
        vec![row(json!({ "id": "a" }))],
        vec![row(json!({ "status": "stored" }))],
        vec![document("a", json!({})), document("a", json!({}))],
        vec![document("a", json!({})), document("b", json!({ "size": 1 }))],
    ];
    for rows in wrong {
        assert_eq!(put(&store, &rows, OnConflict::Merge).unwrap_err().kind, ErrorKind::Invalid, "{rows:?}");
    }
    let profile = row(json!({ "relationship_id": "r", "id": "i", "kind": "diary", "file_path": "p" }));
    let names = key(&["relationship_id", "kind", "id"]);
    let error = wait(store.upsert("profiles", &[profile], &names, OnConflict::Merge)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    let ok = [document("a", json!({}))];
    for (table, names) in
        [("documents", vec!["id", "id"]), ("documents", vec!["key"]), ("sqlite_master", vec!["id"])]
    {
        let error = wait(store.upsert(table, &ok, &key(&names), OnConflict::Merge)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
    assert_eq!(
        put(&store, &vec![ok[0].clone(); 1001], OnConflict::Merge).unwrap_err().kind,
        ErrorKind::TooLarge
    );
    assert_eq!(parse_row("[]").unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(parse_row(&" ".repeat(262_145)).unwrap_err().kind, ErrorKind::TooLarge);
    assert!(select(&store, &all()).is_empty());
}

#[test]
fn an_update_with_the_expected_values_among_its_filters_is_a_compare_and_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let stores = [(); 2].map(|()| RecordStore::new(Sqlite::file(&path)));
    put(&stores[0], &[document("a", json!({}))], OnConflict::Merge).unwrap();
    let filters = [filter("id", Predicate::Eq(json!("a"))), filter("attempt", Predicate::IsNull)];
    let changes = ["1", "2"].map(|attempt| row(json!({ "attempt": attempt })));
    let updates =
        stores.iter().zip(&changes).map(|(s, change)| Box::pin(s.update("documents", change, &filters)) as _);
    let counts: Vec<u32> = interleave(updates.collect()).into_iter().map(Result::unwrap).collect();
    assert_eq!(counts.iter().sum::<u32>(), 1);
}

#[test]
fn updates_and_deletes_count_their_rows_and_need_a_filter() {
    let store = store();
    let rows = ["a", "b", "c"].map(|id| document(id, json!({ "filename": id })));
    put(&store, &rows, OnConflict::Merge).unwrap();
    let change = row(json!({ "status": "indexed", "last_error": { "code": "x" }, "filename": null }));
    let some = [filter("id", Predicate::OneOf(vec![json!("a"), json!("b"), json!("z")]))];
    assert_eq!(wait(store.update("documents", &change, &some)).unwrap(), 2);
    assert_eq!(select(&store, &all())[0]["last_error"], json!({ "code": "x" }));
    assert_eq!(wait(store.update("documents", &change, &eq("id", json!("z")))).unwrap(), 0);
    assert_eq!(wait(store.update("documents", &change, &[])).unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(wait(store.update("documents", &Row::new(), &some)).unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(wait(store.delete("documents", &[])).unwrap_err().kind, ErrorKind::Invalid);
    let taken = row(json!({ "id": "c" }));
    assert_eq!(
        wait(store.update("documents", &taken, &eq("id", json!("a")))).unwrap_err().kind,
        ErrorKind::Conflict
    );
    assert_eq!(wait(store.delete("documents", &some)).unwrap(), 2);
    assert_eq!(wait(store.delete("documents", &some)).unwrap(), 0);
    assert_eq!(select(&store, &all()).len(), 1);
}

#[test]
fn an_upsert_dropped_anywhere_stores_all_or_nothing() {
    for polls in 0.. {
        let store = store();
        let rows: Vec<Row> = (0..100).map(|n| document(&n.to_string(), json!({}))).collect();
        let names = key(&["id"]);
        let done = poll_times(store.upsert("documents", &rows, &names, OnConflict::Merge), polls);
        let stored = select(&store, &all()).len();
        assert!([0, 100].contains(&stored));
        if done.is_some() {
            assert_eq!(stored, 100);
            break;
        }
    }
}

#[test]
fn a_cursor_belongs_to_its_query() {
    let store = store();
    let rows = ["a", "b", "c"].map(|id| document(id, json!({})));
    put(&store, &rows, OnConflict::Merge).unwrap();
    let one = Query { limit: 1, ..all() };
    let cursor = wait(store.select("documents", &one)).unwrap().next.unwrap();
    let order = vec![Order { column: "id".to_owned(), descending: true }];
    let with = |cursor: &str| Query { cursor: Some(cursor.to_owned()), ..one.clone() };
    let others = [
        Query { order, ..with(&cursor) },
        Query { filters: eq("id", json!("a")), ..with(&cursor) },
        with("nonsense!"),
        with("W10"),
    ];
    for query in others {
        assert_eq!(wait(store.select("documents", &query)).unwrap_err().kind, ErrorKind::Invalid);
    }
    assert_eq!(wait(store.select("conflicts", &with(&cursor))).unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(
        wait(store.select("documents", &Query { columns: key(&["key"]), ..with(&cursor) }))
            .unwrap()
            .rows
            .len(),
        1
    );
    let json = Query { order: vec![Order { column: "models".to_owned(), descending: false }], ..all() };
    assert_eq!(wait(store.select("documents", &json)).unwrap_err().kind, ErrorKind::Invalid);
}

const FIELDS: [&str; 4] = ["filename", "size", "indexed_at", "last_error"];

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        "[aAb%_\u{e9}]{0,2}".prop_map(Json::from),
        (-2..3_i64).prop_map(Json::from),
        prop::sample::select(vec![json!(0.5), json!(1.0), json!(u64::MAX), json!(true), json!(false)]),
        prop::sample::select(vec![
            json!("2026-01-01T00:00:00Z"),
            json!("2026-01-01T02:00:00+01:00"),
            json!("\u{0}")
        ]),
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    prop_oneof![
        scalar().prop_map(Predicate::Eq),
        scalar().prop_map(Predicate::Ne),
        scalar().prop_map(Predicate::Lt),
        scalar().prop_map(Predicate::Lte),
        scalar().prop_map(Predicate::Gt),
        scalar().prop_map(Predicate::Gte),
        prop::collection::vec(scalar(), 1..4).prop_map(Predicate::OneOf),
        "[aAb%_2]{0,2}".prop_map(Predicate::StartsWith),
        Just(Predicate::IsNull),
        Just(Predicate::IsNotNull),
    ]
}

fn stored_row() -> impl Strategy<Value = Row> {
    let text = prop::option::of("[aAb%_\u{e9}]{0,2}");
    let size = prop::option::of(-2..3_i64);
    let time = prop::option::of(prop::sample::select(vec![
        "2026-01-01T00:00:00.000000Z",
        "2026-01-01T01:00:00.000000Z",
    ]));
    let json = prop::option::of(prop_oneof![
        scalar().prop_filter("no U+0000", |v| v.as_str() != Some("\u{0}")),
        Just(json!({ "a": 1 })),
        Just(json!([1])),
    ]);
    (text, size, time, json)
        .prop_map(|(f, s, t, j)| row(json!({ "filename": f, "size": s, "indexed_at": t, "last_error": j })))
}

/// The contract, read naively.
fn compare(stored: &Json, given: &Json) -> Option<Ordering> {
    match (stored, given) {
        (Json::String(a), Json::String(b)) => {
            // Timestamps are compared as times.
            let b = if b == "2026-01-01T00:00:00Z" {
                "2026-01-01T00:00:00.000000Z".to_owned()
            } else {
                b.clone()
            };
            let b =
                if b == "2026-01-01T02:00:00+01:00" { "2026-01-01T01:00:00.000000Z".to_owned() } else { b };
            Some(a.as_str().cmp(b.as_str()))
        }
        (Json::Number(a), Json::Number(b)) => a.as_f64().unwrap().partial_cmp(&b.as_f64().unwrap()),
        (Json::Bool(a), Json::Bool(b)) if a == b => Some(Ordering::Equal),
        _ => None,
    }
}

fn holds(stored: &Json, predicate: &Predicate) -> bool {
    let ordered = |given: &Json, test: fn(Ordering) -> bool| {
        !given.is_boolean() && compare(stored, given).is_some_and(test)
    };
    let equal = |given: &Json| compare(stored, given) == Some(Ordering::Equal);
    match predicate {
        Predicate::Eq(v) => equal(v),
        Predicate::Ne(v) => !stored.is_null() && !equal(v),
        Predicate::Lt(v) => ordered(v, Ordering::is_lt),
        Predicate::Lte(v) => ordered(v, Ordering::is_le),
        Predicate::Gt(v) => ordered(v, Ordering::is_gt),
        Predicate::Gte(v) => ordered(v, Ordering::is_ge),
        Predicate::OneOf(values) => values.iter().any(equal),
        Predicate::StartsWith(prefix) => stored.as_str().is_some_and(|s| s.starts_with(prefix.as_str())),
        Predicate::IsNull => stored.is_null(),
        Predicate::IsNotNull => !stored.is_null(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn filters_select_what_a_naive_reading_of_the_contract_does(
        rows in prop::collection::vec(stored_row(), 1..8),
        filters in prop::collection::vec((0..3_usize, predicate()), 1..3),
        json_predicate in prop::option::of(predicate()),
    ) {
        // In a JSON column a string is a string, whatever it says: leave timestamps to the column that holds them.
        let is_time = |v: &Json| v.as_str().is_some_and(|s| s.starts_with("2026"));
        let json_predicate = json_predicate.filter(|p| !format!("{p:?}").contains("2026"));
        let rows: Vec<Row> = rows.into_iter().filter(|r| !is_time(&r["last_error"])).collect();
        let store = store();
        let stored: Vec<Row> = (0..).zip(&rows).map(|(n, r): (u32, _)| document(&n.to_string(), Json::Object(r.clone()))).collect();
        put(&store, &stored, OnConflict::Merge).unwrap();
        let filters: Vec<Filter> = filters.into_iter().map(|(n, p)| filter(FIELDS[n], p))
            .chain(json_predicate.map(|p| filter(FIELDS[3], p))).collect();
        let expected: Vec<&Json> = stored.iter()
            .filter(|row| filters.iter().all(|f| holds(&row[&f.field], &f.predicate))).map(|row| &row["id"]).collect();
        let found = select(&store, &Query { filters: filters.clone(), ..all() });
        prop_assert_eq!(found.iter().map(|row| &row["id"]).collect::<Vec<_>>(), expected, "{:?}", filters);
    }

    #[test]
    fn pages_hold_every_row_once_in_order(
        rows in prop::collection::vec(stored_row(), 0..12),
        order in prop::collection::vec((0..3_usize, any::<bool>()), 0..3),
        limit in 1..4_u32,
    ) {
        let store = store();
        let mut stored: Vec<Row> = (10..).zip(rows).map(|(n, r): (u32, _)| document(&n.to_string(), Json::Object(r))).collect();
        put(&store, &stored, OnConflict::Merge).unwrap();
        let order: Vec<Order> = order.into_iter()
            .map(|(n, descending)| Order { column: FIELDS[n].to_owned(), descending }).collect();
        stored.sort_by(|a, b| {
            let columns = order.iter().map(|o| {
                let (a, b) = (&a[&o.column], &b[&o.column]);
                let by_value = compare(a, b).unwrap_or(Ordering::Equal);
                a.is_null().cmp(&b.is_null()).then(if o.descending { by_value.reverse() } else { by_value })
            });
            columns.fold(Ordering::Equal, Ordering::then).then(a["id"].as_str().cmp(&b["id"].as_str()))
        });
        let mut query = Query { columns: key(&["id"]), order, limit, ..all() };
        let mut found = Vec::new();
        loop {
            let page = wait(store.select("documents", &query)).unwrap();
            prop_assert!(page.rows.len() <= limit as usize);
            found.extend(page.rows.iter().map(|row| parse_row(row).unwrap()["id"].clone()));
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        prop_assert_eq!(found, stored.iter().map(|row| row["id"].clone()).collect::<Vec<_>>());
    }
}

#[test]
fn a_database_of_an_older_version_is_brought_up_and_one_of_a_newer_is_refused() {
    let db = Sqlite::memory();
    put(&RecordStore::new(db.clone()), &[document("d", json!({}))], OnConflict::Fail).unwrap();
    let sql = |sql: &str| wait(db.run(sql, Vec::new(), &mut |_| ControlFlow::Continue(()))).unwrap();
    sql("DROP TABLE idempotency_keys");
    sql("UPDATE serene_schema SET version = 1 WHERE store = 'records'");
    let store = RecordStore::new(db.clone());
    assert_eq!(wait(store.select("idempotency_keys", &all())).unwrap().rows.len(), 0);
    assert_eq!(select(&store, &all()).len(), 1, "what was there stays");
    assert_eq!(db.number("SELECT version FROM serene_schema WHERE store = 'records'"), 2);

    sql("UPDATE serene_schema SET version = 3 WHERE store = 'records'");
    let refused = wait(RecordStore::new(db.clone()).select("documents", &all())).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Misconfigured);
}
