//! Pinecone's data plane.

use emulators::pinecone::{Metric, Options};
use serde_json::{Value, json};

use crate::pinecone::World;

async fn refused(world: &World, path: &str, body: Value, says: &str) {
    let answer = world.post(path, body).await;
    let seen = answer.json();
    assert_eq!((answer.status, &seen["code"]), (400, &json!(3)), "{says}: {seen}");
    assert!(seen["message"].as_str().unwrap().contains(says), "{says}: {seen}");
    assert!(seen["details"].is_array());
}

#[tokio::test]
async fn records_that_pinecone_refuses_are_refused() {
    let world = World::start(Options::default()).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut record = json!({ "id": "a", "values": [1, 0, 0], "metadata": {} });
        change(&mut record);
        json!({ "vectors": [record] })
    };
    let cases = [
        (with(&|r| r["id"] = json!("")), "empty"),
        (with(&|r| r["id"] = json!("x".repeat(513))), "512"),
        (with(&|r| r["id"] = json!("é")), "ASCII"),
        (with(&|r| r["id"] = json!("a\u{0}")), "NUL"),
        (with(&|r| r["values"] = json!([1, 2])), "dimension"),
        (with(&|r| r["values"] = json!([0, 0, 0])), "non-zero"),
        (with(&|r| r["values"] = json!([1e39, 0, 0])), "32"),
        (with(&|r| r["values"] = json!(["1", 0, 0])), "invalid type"),
        (with(&|r| r["sparseValues"] = json!({ "indices": [1], "values": [1] })), "sparse"),
        (with(&|r| r["metadata"] = json!({ "k": null })), "'null' for field 'k'"),
        (with(&|r| r["metadata"] = json!({ "k": { "a": 1 } })), "for field 'k'"),
        (with(&|r| r["metadata"] = json!({ "k": [1, 2] })), "for field 'k'"),
        (with(&|r| r["metadata"] = json!({ "k": ["a", 2] })), "for field 'k'"),
        (with(&|r| r["metadata"] = json!({ "$k": 1 })), "$k"),
        (with(&|r| r["metadata"] = json!({ "k": "x".repeat(40_960) })), "40960"),
        (with(&|r| r["extra"] = json!(1)), "extra"),
        (json!({ "vectors": [] }), "At least one"),
        (json!({ "vectors": vec![json!({ "id": "a", "values": [1, 0, 0] }); 1001] }), "1000"),
        (json!({ "vectors": [{ "id": "a", "values": [1, 0, 0] }], "namespace": "n".repeat(513) }), "512"),
    ];
    for (body, says) in cases {
        refused(&world, "/vectors/upsert", body, says).await;
    }
    let large = json!({ "vectors": [{ "id": "a", "values": [1, 0, 0], "metadata": { "k": "x".repeat(2_000_000) } }] });
    assert_eq!(world.post("/vectors/upsert", large).await.status, 413);
    assert_eq!(world.post("/describe_index_stats", json!({})).await.json()["totalVectorCount"], 0);
}

#[tokio::test]
async fn queries_that_pinecone_refuses_are_refused() {
    let world = World::start(Options::default()).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut query = json!({ "vector": [1, 0, 0], "topK": 1 });
        change(&mut query);
        query
    };
    let filter = |filter: Value| with(&|query| query["filter"] = filter.clone());
    let cases = [
        (with(&|query| query["topK"] = json!(0)), "topK"),
        (with(&|query| query["topK"] = json!(10_001)), "topK"),
        (with(&|query| query["vector"] = json!([1, 0])), "dimension"),
        (with(&|query| query["vector"] = json!([0, 0, 0])), "non-zero"),
        (with(&|query| query["id"] = json!("a")), "Exactly one"),
        (json!({ "topK": 1 }), "Exactly one"),
        (json!({ "vector": [1, 0, 0] }), "topK"),
        (with(&|query| query["scanFactor"] = json!(5)), "scanFactor"),
        (with(&|query| query["includeMetaData"] = json!(true)), "includeMetaData"),
        (filter(json!({ "k": { "$near": 1 } })), "$near"),
        (filter(json!({ "k": { "$gt": "1" } })), "number"),
        (filter(json!({ "k": { "$eq": null } })), "$eq"),
        (filter(json!({ "k": [1] })), "$eq"),
        (filter(json!({ "k": { "$in": "a" } })), "list"),
        (filter(json!({ "k": { "$in": ["a", 1] } })), "list"),
        (filter(json!({ "k": { "$in": vec![1; 10_001] } })), "10000"),
        (filter(json!({ "k": { "$exists": 1 } })), "boolean"),
        (filter(json!({ "k": {} })), "no operator"),
        (filter(json!({ "$and": [] })), "$and"),
        (filter(json!({ "$or": { "k": 1 } })), "$or"),
        (filter(json!({ "$not": [{ "k": 1 }] })), "$not"),
    ];
    for (body, says) in cases {
        refused(&world, "/query", body, says).await;
    }
}

#[tokio::test]
async fn deletes_take_exactly_one_way_and_know_their_namespace() {
    let world = World::start(Options::default()).await;
    let missing = world.post("/vectors/delete", json!({ "ids": ["a"] })).await;
    assert_eq!((missing.status, &missing.json()["code"]), (404, &json!(5)));
    for (body, says) in [
        (json!({}), "Exactly one"),
        (json!({ "ids": ["a"], "deleteAll": true }), "Exactly one"),
        (json!({ "filter": {} }), "empty"),
        (json!({ "ids": vec!["a"; 1001] }), "1000"),
    ] {
        refused(&world, "/vectors/delete", body, says).await;
    }
    world.post("/vectors/upsert", json!({ "vectors": [{ "id": "a", "values": [1, 0, 0] }] })).await;
    assert_eq!(
        world.post("/vectors/delete", json!({ "ids": ["b"], "namespace": "__default__" })).await.status,
        200
    );
    assert_eq!(
        world.post("/vectors/delete", json!({ "deleteAll": true, "namespace": "" })).await.status,
        200
    );
    assert_eq!(world.post("/vectors/delete", json!({ "deleteAll": true })).await.status, 404);
}

#[tokio::test]
async fn numbers_are_kept_as_64_bit_floats_and_values_as_32_bit_ones() {
    let world = World::start(Options::default()).await;
    let metadata = json!({ "large": 9_007_199_254_740_993_u64, "small": 3, "part": 0.5 });
    let record = json!({ "id": "a", "values": [0.1, 0.2, 0.3], "metadata": metadata });
    world.post("/vectors/upsert", json!({ "vectors": [record] })).await;
    let found = world.data("GET", "/vectors/fetch?ids=a&ids=b", None).await.json();
    let record = &found["vectors"]["a"];
    assert_eq!(record["metadata"]["large"].as_f64(), Some(9_007_199_254_740_992.0));
    assert_eq!((&record["metadata"]["small"], &record["metadata"]["part"]), (&json!(3), &json!(0.5)));
    assert_eq!(record["values"][0].as_f64().map(|value| value as f32), Some(0.1_f32));
    assert_eq!(found["vectors"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn lists_go_page_by_page_to_an_end_without_a_token() {
    let world = World::start(Options::default()).await;
    let records: Vec<_> = (0..7).map(|n| json!({ "id": format!("d#{n}"), "values": [1, n, 0] })).collect();
    world.post("/vectors/upsert", json!({ "vectors": records })).await;
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("/vectors/list?prefix=d%23&limit=3&paginationToken={token}");
        let page = world.data("GET", &path, None).await.json();
        seen.extend(page["vectors"].as_array().unwrap().iter().map(|entry| entry["id"].clone()));
        match page["pagination"]["next"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, (0..7).map(|n| json!(format!("d#{n}"))).collect::<Vec<_>>());
    for query in ["limit=0", "limit=101", "limit=x", "paginationToken=%21"] {
        assert_eq!(world.data("GET", &format!("/vectors/list?{query}"), None).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn namespaces_are_made_listed_and_deleted() {
    let world = World::start(Options::default()).await;
    assert_eq!(world.post("/namespaces", json!({ "name": "n" })).await.status, 200);
    assert_eq!(world.post("/namespaces", json!({ "name": "n" })).await.status, 409);
    let record = json!({ "vectors": [{ "id": "a", "values": [1, 0, 0] }], "namespace": "m" });
    world.post("/vectors/upsert", record).await;
    let listed = world.data("GET", "/namespaces", None).await.json();
    assert_eq!(
        listed["namespaces"],
        json!([{ "name": "m", "record_count": "1" }, { "name": "n", "record_count": "0" }])
    );
    assert_eq!(world.data("DELETE", "/namespaces/m", None).await.status, 200);
    assert_eq!(world.data("GET", "/namespaces/m", None).await.status, 404);
    assert_eq!(world.data("DELETE", "/namespaces/m", None).await.status, 404);
}

#[tokio::test]
async fn an_update_adds_metadata_and_takes_none_away() {
    let world = World::start(Options::default()).await;
    let records = json!([
        { "id": "a", "values": [1, 0, 0], "metadata": { "kind": "x", "n": 1 } },
        { "id": "b", "values": [0, 1, 0], "metadata": { "kind": "x" } },
    ]);
    world.post("/vectors/upsert", json!({ "vectors": records })).await;
    world.post("/vectors/update", json!({ "id": "a", "setMetadata": { "n": 2, "new": true } })).await;
    let found = world.data("GET", "/vectors/fetch?ids=a", None).await.json();
    assert_eq!(found["vectors"]["a"]["metadata"], json!({ "kind": "x", "n": 2, "new": true }));
    let all = json!({ "filter": { "kind": "x" }, "setMetadata": { "seen": 1 } });
    let mut dry = all.clone();
    dry["dryRun"] = json!(true);
    assert_eq!(world.post("/vectors/update", dry).await.json()["matchedRecords"], 2);
    let unseen = world.post("/vectors/fetch_by_metadata", json!({ "filter": { "seen": 1 } })).await.json();
    assert_eq!(unseen["vectors"], json!({}));
    world.post("/vectors/update", all).await;
    let seen =
        world.post("/vectors/fetch_by_metadata", json!({ "filter": { "seen": 1 }, "limit": 1 })).await.json();
    assert_eq!(seen["vectors"].as_object().unwrap().len(), 1);
    assert!(seen["pagination"]["next"].is_string());
    refused(&world, "/vectors/update", json!({ "id": "a", "values": [1] }), "dimension").await;
    refused(&world, "/vectors/update", json!({ "setMetadata": { "a": 1 } }), "filter").await;
}

#[tokio::test]
async fn an_answer_over_four_megabytes_is_refused() {
    let world = World::start(Options::default()).await;
    for batch in 0..3 {
        let metadata = json!({ "text": "x".repeat(40_000) });
        let record =
            |n: i32| json!({ "id": format!("{batch}-{n}"), "values": [1, n, 0], "metadata": metadata });
        let records: Vec<_> = (0..45).map(record).collect();
        assert_eq!(world.post("/vectors/upsert", json!({ "vectors": records })).await.status, 200);
    }
    let query = |metadata: bool| json!({ "vector": [1, 0, 0], "topK": 200, "includeMetadata": metadata });
    let refused = world.post("/query", query(true)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(11)));
    assert_eq!(world.post("/query", query(false)).await.json()["matches"].as_array().unwrap().len(), 135);
}

#[tokio::test]
async fn a_wrong_key_and_a_missing_content_type_are_refused_in_the_shape_of_the_data_plane() {
    let world = World::start(Options::default()).await;
    let url = format!("{}/query", world.pinecone.index_url("index").unwrap());
    let answer = crate::common::send("POST", &url, &[("api-key", "wrong")], "{}").await.unwrap();
    assert_eq!((answer.status, &answer.json()["code"]), (401, &json!(16)));
    let key = Options::default().key;
    let answer = crate::common::send("POST", &url, &[("api-key", &key)], "{}").await.unwrap();
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn each_metric_orders_by_nearness() {
    for (metric, order) in [
        (Metric::Cosine, ["near", "far", "aside"]),
        (Metric::DotProduct, ["far", "near", "aside"]),
        (Metric::Euclidean, ["near", "aside", "far"]),
    ] {
        let world = World::with_metric(metric).await;
        let records = json!([
            { "id": "near", "values": [1, 0, 0] },
            { "id": "far", "values": [9, 1, 0] },
            { "id": "aside", "values": [0, 1, 0] },
        ]);
        world.post("/vectors/upsert", json!({ "vectors": records })).await;
        let found = world.post("/query", json!({ "id": "near", "topK": 3 })).await.json();
        let ids: Vec<_> =
            found["matches"].as_array().unwrap().iter().map(|found| found["id"].clone()).collect();
        assert_eq!(ids, order, "{metric:?}");
    }
}

#[tokio::test]
async fn sparse_values_count_with_dense_ones_where_the_metric_is_dotproduct() {
    let world = World::with_metric(Metric::DotProduct).await;
    let sparse = |value: f64| json!({ "indices": [7], "values": [value] });
    let records = json!([
        { "id": "dense", "values": [2, 0, 0] },
        { "id": "both", "values": [1, 0, 0], "sparseValues": sparse(3.0) },
    ]);
    world.post("/vectors/upsert", json!({ "vectors": records })).await;
    let query = json!({ "vector": [1, 0, 0], "sparseVector": sparse(1.0), "topK": 2, "includeValues": true });
    let found = world.post("/query", query).await.json();
    assert_eq!((&found["matches"][0]["id"], &found["matches"][0]["score"]), (&json!("both"), &json!(4.0)));
    assert_eq!(found["matches"][0]["sparseValues"]["indices"], json!([7]));
    let many: Vec<_> = (0..1001).collect();
    let sparse = json!({ "indices": many, "values": vec![1; 1001] });
    let record = json!({ "id": "a", "values": [1, 0, 0], "sparseValues": sparse });
    refused(&world, "/vectors/upsert", json!({ "vectors": [record] }), "1000").await;
}
