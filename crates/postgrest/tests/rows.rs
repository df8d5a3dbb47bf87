//! Storing, changing, finding and removing rows.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use postgrest::{OnConflict, Order, Predicate, Query, Row};
use serde_json::{Value as Json, json};
use support::{Project, all, document, filter, row};
use upstream::ErrorKind;

async fn found(project: &Project) -> Vec<Json> {
    project.documents(all()).await.0
}

async fn ids(project: &Project, predicate: Predicate) -> String {
    let query = Query { filters: vec![filter("filename", predicate)], ..all() };
    project.documents(query).await.0.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_back_merge_keep_fail_and_are_counted() {
    let project = Project::start().await;
    let given = json!({
        "size": i64::MAX, "stages": ["a", "b\"c"], "models": { "x": { "y": [1, 2.5, null, true] } }, "last_error": "text",
        "filename": "Grüße ☃.pdf", "created_at": "2026-01-02T03:04:05.5+01:00", "path": null,
    });
    assert_eq!(project.upsert(&[document("a", given.clone())], OnConflict::Fail).await.unwrap(), 1);
    let stored = &found(&project).await[0];
    for name in ["size", "stages", "models", "last_error", "filename", "path"] {
        assert_eq!(stored[name], given[name], "{name}");
    }
    assert_eq!(stored["created_at"], "2026-01-02T02:04:05.500000Z");
    assert_eq!((&stored["attempts"], &stored["indexed_at"]), (&json!(0), &Json::Null));

    let both = [document("a", json!({ "path": "q" })), document("b", json!({ "path": "q" }))];
    assert_eq!(project.upsert(&both, OnConflict::Fail).await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(found(&project).await.len(), 1, "nothing of a failed call is stored");
    assert_eq!(project.upsert(&both, OnConflict::Keep).await.unwrap(), 1);
    assert_eq!(found(&project).await[0]["path"], Json::Null);
    assert_eq!(project.upsert(&both, OnConflict::Merge).await.unwrap(), 2);
    let merged = &found(&project).await[0];
    assert_eq!((&merged["path"], &merged["filename"]), (&json!("q"), &given["filename"]));

    let (store, call) = (project.store(&project.keys.service_role, ""), project.call());
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
    let project = Project::start().await;
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
    project.upsert(&rows, OnConflict::Merge).await.unwrap();
    for (n, text) in hostile.iter().enumerate() {
        assert_eq!(ids(&project, Predicate::Eq(json!(text))).await, id(n), "{text:?}");
        let two = Predicate::OneOf(vec![json!(text), json!("no such"), json!(5)]);
        assert_eq!(ids(&project, two).await, id(n), "{text:?}");
        assert_eq!(
            ids(&project, Predicate::Ne(json!(text))).await.len(),
            hostile.len() - 1,
            "null is not unequal"
        );
        let starting: String = (0..hostile.len()).filter(|m| hostile[*m].starts_with(text)).map(id).collect();
        assert_eq!(ids(&project, Predicate::StartsWith((*text).to_owned())).await, starting, "{text:?}");
    }
    assert_eq!(ids(&project, Predicate::Eq(json!(5))).await, "", "a number is no text");
    assert_eq!(ids(&project, Predicate::IsNull).await, "z");
    // Pages of one, in the order of these texts: every value passes through a cursor.
    let order = vec![Order { column: "filename".to_owned(), descending: true }];
    let query = Query { columns: vec!["id".to_owned()], order, limit: 1, ..all() };
    let (seen, _) = project.documents(query).await;
    let mut sorted: Vec<usize> = (0..hostile.len()).collect();
    sorted.sort_by_key(|n| std::cmp::Reverse(hostile[*n]));
    let expected = sorted.into_iter().map(id).chain(["z".to_owned()]);
    assert_eq!(seen, expected.map(|id| json!({ "id": id })).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_before_it_is_sent() {
    let project = Project::start().await;
    let (store, call) = (project.secret_store(), project.call());
    let session = store.session(&call, None).unwrap();
    let key = ["relationship_id".to_owned(), "id".to_owned()];
    let one = json!({ "relationship_id": "r", "id": "a" });
    for (table, rows) in [
        ("nothing", vec![json!({})]),
        ("conflicts", vec![json!({ "relationship_id": "r" })]),
        ("conflicts", vec![json!({ "relationship_id": "r", "id": 7 })]),
        ("conflicts", vec![json!({ "relationship_id": "r", "id": "a\u{0}" })]),
        ("conflicts", vec![json!({ "relationship_id": "r", "id": "a", "colour": "red" })]),
        ("conflicts", vec![one.clone(), one.clone()]),
        (
            "conflicts",
            vec![one.clone(), json!({ "relationship_id": "r", "id": "b", "transcript_path": "p" })],
        ),
    ] {
        let rows: Vec<_> = rows.into_iter().map(row).collect();
        let error = session.upsert(table, &rows, &key, OnConflict::Merge).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
    }
    let error = session.upsert("conflicts", &[row(one)], &key[..1], OnConflict::Merge).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "not the key");
    let poem = document("a", json!({ "status": "poem" }));
    assert_eq!(project.upsert(&[poem], OnConflict::Merge).await.unwrap_err().kind, ErrorKind::Invalid);
    let many: Vec<_> = (0..1001).map(|n| document(&n.to_string(), json!({}))).collect();
    assert_eq!(project.upsert(&many, OnConflict::Merge).await.unwrap_err().kind, ErrorKind::TooLarge);
    for query in [
        Query { cursor: Some("e30".to_owned()), ..all() },
        Query { limit: 0, ..all() },
        Query { limit: 1001, ..all() },
        Query { columns: vec!["a,b".to_owned()], ..all() },
        Query { filters: vec![filter("or", Predicate::IsNull)], ..all() },
        Query { filters: vec![filter("id", Predicate::Eq(json!([])))], ..all() },
        Query { filters: vec![filter("id", Predicate::OneOf(Vec::new()))], ..all() },
    ] {
        assert_eq!(
            project.select("documents", &query).await.unwrap_err().kind,
            ErrorKind::Invalid,
            "{query:?}"
        );
    }
    let long = Query { filters: vec![filter("id", Predicate::Eq(json!("x".repeat(15_000))))], ..all() };
    assert_eq!(project.select("documents", &long).await.unwrap_err().kind, ErrorKind::TooLarge);
    assert_eq!(project.gateway.calls().all().len(), 0);
}
