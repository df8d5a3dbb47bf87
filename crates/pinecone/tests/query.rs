//! What is asked for, and what is found.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{answer, asked, filter, index, nearest, pinecone, query, with_header};
use pinecone::{Filter, Match, Nearest, Predicate};
use serde_json::{Value, json};
use upstream::ErrorKind;

/// The filter that goes out for these; `None` when no request does.
fn sent_for(filters: Vec<Filter>) -> Option<Value> {
    let world = pinecone(|_| answer(200, json!({"matches": []})));
    query(&world, filters).unwrap();
    asked(&world).pop().map(|(_, body)| body["filter"].clone())
}

#[test]
fn a_query_goes_out_with_length_one() {
    let world = pinecone(|_| answer(200, json!({"matches": []})));
    assert!(query(&world, Vec::new()).unwrap().is_empty());
    assert_eq!(
        asked(&world),
        [(
            "/query".to_owned(),
            json!({"namespace": "profiles", "vector": [0.0, 1.0], "topK": 10, "includeValues": false, "includeMetadata": true})
        )]
    );
}

#[test]
fn each_condition_is_said_in_pinecone_s_language() {
    use Predicate::{Eq, Gt, Gte, IsNotNull, IsNull, Lt, Lte, Ne, OneOf};
    let cases = [
        (Eq(json!("r1")), json!({"f": {"$eq": "r1"}})),
        (Eq(json!(true)), json!({"f": {"$eq": true}})),
        (Ne(json!("r1")), json!({"$and": [{"f": {"$exists": true}}, {"f": {"$ne": "r1"}}]})),
        (Lt(json!(1)), json!({"f": {"$lt": 1}})),
        (Lte(json!(1.5)), json!({"f": {"$lte": 1.5}})),
        (Gt(json!(-1)), json!({"f": {"$gt": -1}})),
        (Gte(json!(0)), json!({"f": {"$gte": 0}})),
        (OneOf(vec![json!("a"), json!("b")]), json!({"f": {"$in": ["a", "b"]}})),
        (
            OneOf(vec![json!("a"), json!(1), json!(false)]),
            json!({"$or": [{"f": {"$in": ["a"]}}, {"f": {"$in": [1]}}, {"f": {"$eq": false}}]}),
        ),
        (IsNull, json!({"f": {"$exists": false}})),
        (IsNotNull, json!({"f": {"$exists": true}})),
    ];
    for (predicate, expected) in cases {
        assert_eq!(sent_for(vec![filter("f", predicate.clone())]), Some(expected), "{predicate:?}");
    }
    let both = vec![filter("a", Eq(json!(1))), filter("b", IsNull)];
    assert_eq!(sent_for(both), Some(json!({"$and": [{"a": {"$eq": 1}}, {"b": {"$exists": false}}]})));
    // Nothing is greater than true.
    assert_eq!(sent_for(vec![filter("f", Gt(json!(true)))]), None);
}

#[test]
fn what_pinecone_cannot_ask_is_said_and_not_asked() {
    let text = || json!("2026-01-01");
    for predicate in [
        Predicate::Lt(text()),
        Predicate::Lte(text()),
        Predicate::Gt(text()),
        Predicate::Gte(text()),
        Predicate::StartsWith("2026".to_owned()),
    ] {
        let world = pinecone(|_| answer(200, json!({"matches": []})));
        let error = query(&world, vec![filter("created_at", predicate)]).unwrap_err();
        assert_eq!(
            (error.kind, error.extra("field"), world.tries()),
            (ErrorKind::Invalid, Some("created_at"), 0)
        );
        assert!(error.message.contains("created_at"), "{error}");
    }
}

#[test]
fn what_is_out_of_bounds_is_not_asked() {
    let eq = |value| Predicate::Eq(value);
    let filters = [
        vec![filter("no field", eq(json!(1)))],
        vec![filter("1st", eq(json!(1)))],
        vec![filter("", eq(json!(1)))],
        vec![filter("f", eq(Value::Null))],
        vec![filter("f", eq(json!([1])))],
        vec![filter("f", Predicate::OneOf(Vec::new()))],
        vec![filter("f", Predicate::OneOf(vec![json!(1); 1001]))],
    ];
    for filters in filters {
        let world = pinecone(|_| answer(200, json!({"matches": []})));
        assert_eq!((query(&world, filters).unwrap_err().kind, world.tries()), (ErrorKind::Invalid, 0));
    }
    let world = pinecone(|_| answer(200, json!({"matches": []})));
    let many = vec![filter("f", Predicate::IsNull); 65];
    assert_eq!(query(&world, many).unwrap_err().kind, ErrorKind::TooLarge);
    for nearest in [
        Nearest { top_k: 0, ..nearest(Vec::new()) },
        Nearest { top_k: 1001, ..nearest(Vec::new()) },
        Nearest { values: Vec::new(), ..nearest(Vec::new()) },
        Nearest { values: vec![0.0, 0.0], ..nearest(Vec::new()) },
    ] {
        let error = world.run(index(&world).query(&world.call(60), "profiles", &nearest)).unwrap_err();
        assert_eq!((error.kind, world.tries()), (ErrorKind::Invalid, 0));
    }
}

#[test]
fn matches_come_nearest_first_equals_by_id_with_metadata_as_stored() {
    let world = pinecone(|_| {
        answer(
            200,
            json!({"namespace": "profiles", "usage": {"readUnits": 5}, "matches": [
                {"id": "c", "score": 0.5, "metadata": {"page": 3.0, "ratio": 0.25, "tags": ["x"], "text": "é"}},
                {"id": "b", "score": 1.000001, "metadata": {}},
                {"id": "a", "score": 0.5},
                {"id": "d"},
            ]}),
        )
    });
    let found = query(&world, Vec::new()).unwrap();
    let order: Vec<(&str, f32)> = found.iter().map(|m| (m.id.as_str(), m.score)).collect();
    assert_eq!(order, [("b", 1.0), ("a", 0.5), ("c", 0.5), ("d", 0.0)]);
    let Match { metadata, .. } = &found[2];
    assert_eq!(metadata, r#"{"page":3,"ratio":0.25,"tags":["x"],"text":"é"}"#);
    assert_eq!(found[1].metadata, "{}");
}

#[test]
fn a_namespace_that_does_not_exist_is_empty() {
    for body in [
        json!({"code": 5, "message": "Not found", "details": []}).to_string(),
        "Namespace not found".to_owned(),
    ] {
        let world = pinecone(move |_| answer(404, &body));
        assert!(query(&world, Vec::new()).unwrap().is_empty());
    }
}

#[test]
fn an_answer_that_is_no_answer_is_a_failure() {
    for body in ["", "[7]", "garbage", r#"{"matches": [{"score": 1}]}"#] {
        let world = pinecone(move |_| with_header(200, "x-request-id", "r", Value::Null));
        assert_eq!(query(&world, Vec::new()).unwrap_err().kind, ErrorKind::Failed);
        let world = pinecone(move |_| answer(200, body));
        let error = query(&world, Vec::new()).unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Failed, Some(200)), "{body}");
    }
}
