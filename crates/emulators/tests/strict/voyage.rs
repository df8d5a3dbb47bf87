//! Voyage.

use base64::Engine as _;
use emulators::{Server, voyage};
use serde_json::{Value, json};

use crate::common::{Answer, get, post};

struct Voyage {
    server: Server,
    key: String,
}

impl Voyage {
    async fn start() -> Self {
        let options = voyage::Options::default();
        let key = options.key.clone();
        Self { server: voyage::start(options).await.unwrap(), key }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        post(&format!("{}{path}", self.server.url()), &self.key, &body).await
    }

    async fn vectors(&self, more: Value) -> Value {
        let mut body = json!({ "model": "voyage-4", "input": ["apples and pears", "plums"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.post("/v1/embeddings", body).await;
        assert_eq!(answer.status, 200, "{:?}", answer.bytes);
        answer.json()
    }
}

#[tokio::test]
async fn base64_holds_the_same_numbers_as_lists() {
    let voyage = Voyage::start().await;
    for size in [256, 512, 1024, 2048] {
        let plain = voyage.vectors(json!({ "output_dimension": size })).await;
        let packed = voyage.vectors(json!({ "output_dimension": size, "encoding_format": "base64" })).await;
        for index in 0..2 {
            let text = packed["data"][index]["embedding"].as_str().unwrap();
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
            let numbers: Vec<f32> =
                bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
            let list: Vec<f32> = serde_json::from_value(plain["data"][index]["embedding"].clone()).unwrap();
            assert_eq!((numbers.len(), &numbers), (size, &list));
        }
    }
    let bits = voyage.vectors(json!({ "output_dtype": "binary", "encoding_format": "base64" })).await;
    let text = bits["data"][0]["embedding"].as_str().unwrap();
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(text).unwrap().len(), 1024 / 8);
}

#[tokio::test]
async fn a_single_text_is_a_list_of_one_and_usage_counts_tokens() {
    let voyage = Voyage::start().await;
    let answer = voyage.vectors(json!({ "input": "one text" })).await;
    assert_eq!(answer["data"].as_array().unwrap().len(), 1);
    assert_eq!(answer["model"], "voyage-4");
    assert_eq!(answer["usage"]["total_tokens"], 2);
}

#[tokio::test]
async fn what_voyage_refuses_is_refused() {
    let voyage = Voyage::start().await;
    let embed = |more: Value| {
        let mut body = json!({ "model": "voyage-3", "input": ["a"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let long = "word ".repeat(33_000);
    let cases = [
        ("/v1/embeddings", embed(json!({ "model": "voyage-99" })), 400, "not supported"),
        ("/v1/embeddings", embed(json!({ "input": [] })), 400, "non-empty"),
        ("/v1/embeddings", embed(json!({ "input": ["a", ""] })), 400, "non-empty"),
        ("/v1/embeddings", embed(json!({ "input": vec!["a"; 1001] })), 400, "1001"),
        ("/v1/embeddings", embed(json!({ "input_type": "passage" })), 400, "input_type"),
        ("/v1/embeddings", embed(json!({ "output_dimension": 512 })), 400, "output_dimension 512"),
        ("/v1/embeddings", embed(json!({ "output_dtype": "int8" })), 400, "float only"),
        ("/v1/embeddings", embed(json!({ "encoding_format": "float" })), 400, "encoding_format"),
        ("/v1/embeddings", embed(json!({ "user": "me" })), 400, "'user' is not supported"),
        ("/v1/embeddings", embed(json!({ "input": [long], "truncation": false })), 400, "context window"),
        ("/v1/embeddings", embed(json!({ "truncation": "yes" })), 422, "bool_type"),
        ("/v1/embeddings", json!({ "input": ["a"] }), 422, "missing"),
        ("/v1/embeddings", json!(["a"]), 422, "dict_type"),
        ("/v1/rerank", json!({ "model": "rerank-2.5", "query": "q", "documents": [] }), 400, "non-empty"),
        (
            "/v1/rerank",
            json!({ "model": "rerank-9", "query": "q", "documents": ["a"] }),
            400,
            "not supported",
        ),
        ("/v1/rerank", json!({ "model": "rerank-2.5", "documents": ["a"] }), 422, "missing"),
        (
            "/v1/rerank",
            json!({ "model": "rerank-2.5", "query": "q", "documents": [long], "truncation": false }),
            400,
            "32000",
        ),
        (
            "/v1/rerank",
            json!({ "model": "rerank-2.5", "query": "word ".repeat(2000), "documents": vec!["a"; 301] }),
            400,
            "600000",
        ),
    ];
    for (path, body, status, says) in cases {
        let answer = voyage.post(path, body).await;
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        assert_eq!(answer.status, status, "{says}: {text}");
        assert!(text.contains(says), "{says}: {text}");
        assert!(answer.json().get("detail").is_some());
    }
    let url = format!("{}/v1/embeddings", voyage.server.url());
    let answer = post(&url, "wrong", &embed(json!({}))).await;
    assert_eq!((answer.status, answer.json()["detail"].is_string()), (401, true));
    assert_eq!(get(&url, &voyage.key).await.status, 405);
}

#[tokio::test]
async fn reranking_sorts_by_score_and_keeps_the_best() {
    let voyage = Voyage::start().await;
    let body = json!({
        "model": "rerank-2.5-lite",
        "query": "Who washes the dishes?",
        "documents": ["We fly to Rome.", "He washes the dishes daily.", "The dishes are blue."],
        "return_documents": true,
    });
    let mut one = body.clone();
    one["top_k"] = json!(1);
    let all = voyage.post("/v1/rerank", body).await.json();
    let order: Vec<_> = all["data"].as_array().unwrap().iter().map(|entry| entry["index"].clone()).collect();
    assert_eq!(order, [json!(1), json!(2), json!(0)]);
    assert_eq!(all["data"][0]["document"], "He washes the dishes daily.");
    let one = voyage.post("/v1/rerank", one).await.json();
    assert_eq!(one["data"].as_array().unwrap().len(), 1);
}
