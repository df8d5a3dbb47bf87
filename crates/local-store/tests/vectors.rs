//! What the vector index promises.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use local_store::vectors::{Match, Nearest, Selection, Vector, VectorIndex};
use local_store::{Error, ErrorKind, Filter, Predicate};
use native_sqlite::{Sqlite, interleave, poll_times, wait};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn index() -> VectorIndex<Sqlite> {
    VectorIndex::new(Sqlite::memory())
}

fn vector(id: &str, values: &[f32], metadata: Json) -> Vector {
    Vector { id: id.to_owned(), values: values.to_vec(), metadata: metadata.to_string() }
}

fn nearest(values: &[f32], top_k: u32, filters: Vec<Filter>) -> Nearest {
    Nearest { values: values.to_vec(), top_k, filters }
}

fn filter(field: &str, predicate: Predicate) -> Filter {
    Filter { field: field.to_owned(), predicate }
}

fn ids(found: &[Match]) -> Vec<&str> {
    found.iter().map(|m| m.id.as_str()).collect()
}

#[test]
fn a_vector_is_found_with_its_score_and_metadata_in_its_namespace_only() {
    let index = index();
    let metadata =
        json!({ "relationship_id": "r", "text": "a\u{0}b\u{1}☃", "n": 1.5, "ok": true, "tags": ["x\u{0}"] });
    wait(index.upsert("a", &[vector("v", &[3.0, 4.0], metadata.clone())])).unwrap();
    let found = wait(index.query("a", &nearest(&[-3e38, -3e38], 5, Vec::new()))).unwrap();
    assert!((found[0].score + 7.0 / (5.0 * 2_f32.sqrt())).abs() < 1e-6, "{}", found[0].score);
    assert_eq!(serde_json::from_str::<Json>(&found[0].metadata).unwrap(), metadata);
    assert!(wait(index.query("b", &nearest(&[1.0, 0.0], 5, Vec::new()))).unwrap().is_empty());
    wait(index.upsert("a", &[vector("v", &[0.0, 1e-40], json!({}))])).unwrap();
    let found = wait(index.query("a", &nearest(&[0.0, 2.0], 5, Vec::new()))).unwrap();
    assert_eq!((found[0].score, found[0].metadata.as_str()), (1.0, "{}"));
    let info = wait(index.describe()).unwrap();
    assert_eq!((info.dimensions, info.namespaces), (Some(2), vec![("a".to_owned(), 1)]));
}

#[test]
fn another_number_of_dimensions_is_refused_until_the_index_is_empty() {
    let index = index();
    wait(index.upsert("a", &[vector("v", &[1.0, 0.0], json!({}))])).unwrap();
    let three = [vector("w", &[1.0, 0.0, 0.0], json!({}))];
    let stored = wait(index.upsert("b", &three)).unwrap_err();
    let asked = wait(index.query("a", &nearest(&[1.0, 0.0, 0.0], 1, Vec::new()))).unwrap_err();
    for error in [stored, asked] {
        assert_eq!(error.kind, ErrorKind::Misconfigured);
        assert_eq!((error.extra("expected"), error.extra("actual")), (Some("2"), Some("3")));
    }
    wait(index.delete("a", &Selection::Ids(vec!["v".to_owned(), "none".to_owned()]))).unwrap();
    assert_eq!(wait(index.describe()).unwrap().dimensions, None);
    wait(index.upsert("b", &three)).unwrap();
}

#[test]
fn of_two_first_writers_with_different_dimensions_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let indexes = [(); 2].map(|()| VectorIndex::new(Sqlite::file(&path)));
    let vectors = [[vector("a", &[1.0], json!({}))], [vector("b", &[1.0, 1.0], json!({}))]];
    let upserts = indexes.iter().zip(&vectors).map(|(index, v)| Box::pin(index.upsert("n", v)) as _);
    let results: Vec<Result<(), Error>> = interleave(upserts.collect());
    let refused: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].kind, ErrorKind::Misconfigured);
}

#[test]
fn an_upsert_of_many_batches_dropped_anywhere_can_be_repeated() {
    let vectors: Vec<Vector> = (0..600_u16)
        .map(|n| {
            let mut values = vec![0.0; 1024];
            values[usize::from(n)] = 1.0;
            vector(&format!("{n:03}"), &values, json!({ "n": n }))
        })
        .collect();
    let index = index();
    for polls in 0.. {
        if poll_times(index.upsert("n", &vectors), polls).is_some() {
            break;
        }
    }
    assert_eq!(wait(index.describe()).unwrap().namespaces, [("n".to_owned(), 600)]);
    let found = wait(index.query("n", &nearest(&vectors[599].values, 3, Vec::new()))).unwrap();
    assert_eq!(ids(&found), ["599", "000", "001"], "equal scores come in the order of ids");
}

#[test]
fn bad_vectors_queries_and_selections_are_refused_with_their_name() {
    let index = index();
    let bad = [
        vector("", &[1.0], json!({})),
        vector("a b", &[1.0], json!({})),
        vector(&"x".repeat(513), &[1.0], json!({})),
        vector("v", &[], json!({})),
        vector("v", &[0.0, -0.0], json!({})),
        vector("v", &[f32::NAN], json!({})),
        vector("v", &[f32::INFINITY], json!({})),
        vector("v", &vec![1.0; 20_001], json!({})),
        vector("v", &[1.0], json!([])),
        vector("v", &[1.0], json!({ "a": null })),
        vector("v", &[1.0], json!({ "a": {} })),
        vector("v", &[1.0], json!({ "a": [1] })),
        vector("v", &[1.0], json!({ "$a": 1 })),
        Vector { id: "v".to_owned(), values: vec![1.0], metadata: "{".to_owned() },
    ];
    for vector in bad {
        let error = wait(index.upsert("n", std::slice::from_ref(&vector))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{vector:?}");
        assert!(vector.id != "v" || error.extra("id") == Some("v"));
    }
    let large = vector("v", &[1.0], json!({ "a": "x".repeat(40_960) }));
    assert_eq!(wait(index.upsert("n", &[large])).unwrap_err().kind, ErrorKind::TooLarge);
    let many = vec![vector("v", &[1.0], json!({})); 1001];
    assert_eq!(wait(index.upsert("n", &many)).unwrap_err().kind, ErrorKind::TooLarge);
    let eq = |field: &str, value| vec![filter(field, Predicate::Eq(value))];
    let queries = [
        nearest(&[1.0], 0, Vec::new()),
        nearest(&[1.0], 1001, Vec::new()),
        nearest(&[0.0], 1, Vec::new()),
        nearest(&[1.0], 1, eq("a-b", json!(1))),
        nearest(&[1.0], 1, eq("1a", json!(1))),
        nearest(&[1.0], 1, eq("a", Json::Null)),
        nearest(&[1.0], 1, vec![filter("a", Predicate::OneOf(Vec::new()))]),
        nearest(&[1.0], 1, vec![filter("a", Predicate::OneOf(vec![json!(1); 1001]))]),
    ];
    for query in queries {
        assert_eq!(wait(index.query("n", &query)).unwrap_err().kind, ErrorKind::Invalid, "{query:?}");
    }
    for selection in [
        Selection::Ids(Vec::new()),
        Selection::Ids(vec!["v".to_owned(); 1001]),
        Selection::Filters(Vec::new()),
    ] {
        assert_eq!(wait(index.delete("n", &selection)).unwrap_err().kind, ErrorKind::Invalid);
    }
}

#[test]
fn the_common_filters_are_answered_by_an_index() {
    let db = Sqlite::memory();
    let index = VectorIndex::new(db.clone());
    let filters =
        vec![filter("document_id", Predicate::Eq(json!("d"))), filter("revision", Predicate::Ne(json!("1")))];
    wait(index.query("n", &nearest(&[1.0], 1, filters))).unwrap();
    let sql = db.last_containing("SELECT id, vector");
    let plan = db.plan(&sql);
    assert!(plan.contains("serene_vectors_by_document_id (namespace=? AND document_id=?)"), "{plan}");
}

fn metadata() -> impl Strategy<Value = Json> {
    let value = prop_oneof![
        "[aB%_\u{0}\u{1}\u{2}]{0,2}".prop_map(Json::from),
        (-1..2_i64).prop_map(Json::from),
        prop::sample::select(vec![json!(0.1), json!(1.0), json!(u64::MAX), json!(true), json!(false)]),
        prop::collection::vec("[aB\u{0}]{0,2}", 0..3).prop_map(Json::from),
    ];
    prop::collection::btree_map("document_id|revision|page", value, 0..3).prop_map(|map| json!(map))
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        "[aB%_\u{0}\u{1}\u{2}]{0,2}".prop_map(Json::from),
        (-1..2_i64).prop_map(Json::from),
        prop::sample::select(vec![json!(0.1), json!(1.0), json!(u64::MAX), json!(true), json!(false)]),
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    prop_oneof![
        scalar().prop_map(Predicate::Eq),
        scalar().prop_map(Predicate::Ne),
        scalar().prop_map(Predicate::Lt),
        scalar().prop_map(Predicate::Gte),
        prop::collection::vec(scalar(), 1..4).prop_map(Predicate::OneOf),
        "[aB%_\u{0}]{0,2}".prop_map(Predicate::StartsWith),
        Just(Predicate::IsNull),
        Just(Predicate::IsNotNull),
    ]
}

/// The contract, read naively.
fn holds(stored: Option<&Json>, predicate: &Predicate) -> bool {
    let equal = |given: &Json| match stored {
        Some(Json::Array(items)) => items.contains(given),
        Some(Json::Number(a)) => given.as_f64().is_some_and(|b| a.as_f64() == Some(b)),
        Some(other) => other == given,
        None => false,
    };
    let less = |given: &Json| match (stored, given) {
        (Some(Json::String(a)), Json::String(b)) => Some(a < b),
        (Some(Json::Number(a)), Json::Number(b)) => Some(a.as_f64() < b.as_f64()),
        _ => None,
    };
    match predicate {
        Predicate::Eq(v) => equal(v),
        Predicate::Ne(v) => stored.is_some() && !equal(v),
        Predicate::Lt(v) => less(v) == Some(true),
        Predicate::Gte(v) => less(v) == Some(false),
        Predicate::OneOf(values) => values.iter().any(equal),
        Predicate::StartsWith(p) => stored.and_then(Json::as_str).is_some_and(|s| s.starts_with(p.as_str())),
        Predicate::IsNull => stored.is_none(),
        Predicate::IsNotNull => stored.is_some(),
        Predicate::Lte(_) | Predicate::Gt(_) => unreachable!(),
    }
}

fn listed(index: &VectorIndex<Sqlite>, prefix: &str, limit: u32) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = wait(index.list("n", prefix, cursor.as_deref(), limit)).unwrap();
        assert!(page.ids.len() <= limit as usize);
        all.extend(page.ids);
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn filters_find_and_delete_what_a_naive_reading_of_the_contract_does(
        stored in prop::collection::vec(metadata(), 1..10),
        filters in prop::collection::vec(("document_id|revision|page", predicate()), 1..3),
    ) {
        let index = index();
        let vectors: Vec<Vector> = (0..).zip(&stored).map(|(n, m): (u32, _)| vector(&n.to_string(), &[1.0], m.clone())).collect();
        wait(index.upsert("n", &vectors)).unwrap();
        let filters: Vec<Filter> = filters.iter().map(|(field, p)| filter(field, p.clone())).collect();
        let (expected, rest): (Vec<_>, Vec<_>) = (0..).zip(&stored).map(|(n, m): (u32, _)| (n.to_string(), m))
            .partition(|(_, m)| filters.iter().all(|f| holds(m.get(&f.field), &f.predicate)));
        let found = wait(index.query("n", &nearest(&[1.0], 1000, filters.clone()))).unwrap();
        prop_assert_eq!(ids(&found), expected.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), "{:?}", filters);
        wait(index.delete("n", &Selection::Filters(filters))).unwrap();
        prop_assert_eq!(listed(&index, "", 3), rest.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    }

    #[test]
    fn the_nearest_are_those_of_a_naive_cosine(
        stored in prop::collection::vec(prop::array::uniform11(-5..6_i8), 1..20),
        query in prop::array::uniform11(-5..6_i8),
        k in 1..12_u32,
    ) {
        let float = |v: &[i8; 11]| v.map(f32::from);
        let zero = |v: &[i8; 11]| v.iter().all(|x| *x == 0);
        prop_assume!(!zero(&query));
        let index = index();
        let stored: Vec<_> = stored.into_iter().filter(|v| !zero(v)).collect();
        let vectors: Vec<Vector> = (10..).zip(&stored).map(|(n, v): (u32, _)| vector(&n.to_string(), &float(v), json!({}))).collect();
        wait(index.upsert("n", &vectors)).unwrap();
        let cosine = |v: &[i8; 11]| {
            let dot = |a: &[i8; 11], b: &[i8; 11]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
            dot(v, &query) / (dot(v, v) * dot(&query, &query)).sqrt()
        };
        let mut scores: Vec<f64> = stored.iter().map(cosine).collect();
        let found = wait(index.query("n", &nearest(&float(&query), k, Vec::new()))).unwrap();
        for m in &found {
            let n: usize = m.id.parse().unwrap();
            prop_assert!((f64::from(m.score) - scores[n - 10]).abs() < 1e-5);
        }
        scores.sort_by(|a, b| b.total_cmp(a));
        prop_assert_eq!(found.len(), scores.len().min(k as usize));
        for (m, score) in found.iter().zip(scores) {
            prop_assert!((f64::from(m.score) - score).abs() < 1e-5);
        }
        prop_assert!(found.windows(2).all(|w| w[0].score > w[1].score || (w[0].score == w[1].score && w[0].id < w[1].id)));
    }

    #[test]
    fn ids_are_listed_by_prefix_in_order(stored in prop::collection::btree_set("[aB%_~!]{1,4}", 0..20), prefix in "[aB%_~]{0,2}", limit in 1..5_u32) {
        let index = index();
        let vectors: Vec<Vector> = stored.iter().map(|id| vector(id, &[1.0], json!({}))).collect();
        wait(index.upsert("n", &vectors)).unwrap();
        let expected: Vec<String> = stored.into_iter().filter(|id| id.starts_with(&prefix)).collect();
        prop_assert_eq!(listed(&index, &prefix, limit), expected);
    }
}
