//! The local store and this one give the same answers to the same questions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use local_store::records::RecordStore as Local;
use native_sqlite::{Sqlite, wait};
use postgrest::{Filter, OnConflict, Order, Predicate, Query, Row};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use support::{Project, document};

const TEXTS: [&str; 14] =
    ["", "a", "A", "ab", "a,b", "(a)", "a\"b\\", "a*b", "a%", "a_", "null", "é☃", "a&b=c d+", "\u{10FFFF}"];
const TIMES: [&str; 4] = [
    "2026-01-02T03:04:05Z",
    "2026-01-02T04:04:05+01:00",
    "2026-01-02T03:04:05.000001Z",
    "1969-12-31T23:59:59.9Z",
];
const INTEGERS: [i64; 6] = [i64::MIN, -1, 0, 1, 9_007_199_254_740_993, i64::MAX];
/// Of every type of column.
const COLUMNS: [&str; 8] =
    ["id", "filename", "path", "size", "attempts", "indexed_at", "last_error", "failed_stage"];

fn rows() -> Vec<Row> {
    let row = |n: usize| {
        let json = [json!("a"), json!(1), json!(true), json!({ "a": [1, null] }), json!([]), Json::Null];
        document(
            &format!("{}{n}", TEXTS[n % 5]),
            json!({
                "filename": TEXTS[n % 14],
                "path": if n.is_multiple_of(3) { Json::Null } else { json!(TEXTS[n % 4]) },
                "size": if n % 7 == 6 { Json::Null } else { json!(INTEGERS[n % 7]) },
                "attempts": n % 3,
                "indexed_at": if n % 5 == 4 { Json::Null } else { json!(TIMES[n % 5]) },
                "last_error": json[n % 6],
                "failed_stage": null,
                "created_at": TIMES[0],
                "updated_at": TIMES[1],
            }),
        )
    };
    (0..42).map(row).collect()
}

fn text() -> impl Strategy<Value = Json> {
    prop_oneof![9 => prop::sample::select(&TEXTS[..]).prop_map(|text| json!(text)), 1 => Just(json!("a\0"))]
}

fn number() -> impl Strategy<Value = Json> {
    let fractions = [0.5, -0.5, -0.0, 1.0, 1e300, -1e300, 9.223_372_036_854_776e18, 2_147_483_648.0];
    prop_oneof![
        prop::sample::select(&INTEGERS[..]).prop_map(|n| json!(n)),
        prop::sample::select(fractions.to_vec()).prop_map(|n| json!(n)),
        Just(json!(u64::MAX)),
    ]
}

/// Mostly of the column's type.
fn value(column: &str) -> BoxedStrategy<Json> {
    let time = prop::sample::select(&TIMES[..]).prop_map(|time| json!(time)).boxed();
    let any = prop_oneof![text(), time.clone(), number(), any::<bool>().prop_map(|b| json!(b))].boxed();
    let fitting = match column {
        "size" | "attempts" => number().boxed(),
        "indexed_at" => time,
        "last_error" => any.clone(),
        _ => text().boxed(),
    };
    prop_oneof![4 => fitting, 1 => any].boxed()
}

/// Filters, but those that only the local store answers: order and starts of what is no text, no number and no time.
fn condition() -> impl Strategy<Value = Filter> {
    let filter = prop::sample::select(&COLUMNS[..]).prop_flat_map(|field| {
        let value = || value(field);
        let predicate = prop_oneof![
            value().prop_map(Predicate::Eq),
            value().prop_map(Predicate::Ne),
            value().prop_map(Predicate::Lt),
            value().prop_map(Predicate::Lte),
            value().prop_map(Predicate::Gt),
            value().prop_map(Predicate::Gte),
            prop::collection::vec(value(), 1..5).prop_map(Predicate::OneOf),
            prop::sample::select(&TEXTS[..]).prop_map(|text| Predicate::StartsWith(text.to_owned())),
            Just(Predicate::IsNull),
            Just(Predicate::IsNotNull),
        ];
        predicate.prop_map(move |predicate| Filter { field: field.to_owned(), predicate })
    });
    filter.prop_filter("only the local store answers", |filter| match (&*filter.field, &filter.predicate) {
        ("last_error" | "indexed_at", Predicate::StartsWith(_)) => false,
        ("last_error", Predicate::Lt(v) | Predicate::Lte(v) | Predicate::Gt(v) | Predicate::Gte(v)) => {
            v.is_boolean()
        }
        ("indexed_at", Predicate::Lt(v) | Predicate::Lte(v) | Predicate::Gt(v) | Predicate::Gte(v)) => {
            v.as_str().is_none_or(|text| TIMES.contains(&text))
        }
        _ => true,
    })
}

fn question() -> impl Strategy<Value = Query> {
    let order = (prop::sample::select(&COLUMNS[..]), any::<bool>())
        .prop_filter("JSON has no order", |(column, _)| *column != "last_error")
        .prop_map(|(column, descending)| Order { column: column.to_owned(), descending });
    let parts = (
        prop::collection::vec(condition(), 1..3),
        prop::collection::vec(order, 0..3),
        prop::sample::select(vec![4, 1000]),
    );
    parts.prop_map(|(filters, order, limit)| Query {
        columns: Vec::new(),
        filters,
        order,
        limit,
        cursor: None,
    })
}

#[test]
fn both_stores_find_the_same_rows_in_the_same_order() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let project = runtime.block_on(Project::start());
    let local = Local::new(Sqlite::memory());
    let key = ["id".to_owned()];
    assert_eq!(runtime.block_on(project.upsert(&rows(), OnConflict::Fail)).unwrap(), 42);
    assert_eq!(wait(local.upsert("documents", &rows(), &key, OnConflict::Fail)).unwrap(), 42);
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(query in question())| {
        let (remote, pages) = runtime.block_on(project.documents(query.clone()));
        let (mut expected, mut expected_pages) = (Vec::new(), Vec::new());
        let mut asked = query.clone();
        loop {
            let page = wait(local.select("documents", &asked)).unwrap();
            expected_pages.push(page.rows.len());
            expected.extend(page.rows.iter().map(|row| serde_json::from_str::<Json>(row).unwrap()));
            asked.cursor = page.next;
            if asked.cursor.is_none() {
                break;
            }
        }
        prop_assert_eq!(remote, expected);
        prop_assert_eq!(pages, expected_pages);
    });
}
