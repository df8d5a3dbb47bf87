//! The stages' clients and the emulators, held to what the vendors publish of their APIs: the bodies that are sent and those that are answered have the shapes
//! described, and no other members.
//!
//! The descriptions are the vendors' own and not kept here. `OPENAPI_FILES` names a folder with
//!
//! | file | of |
//! |---|---|
//! | `pinecone-control.yaml` | `2025-10/db_control_2025-10.oas.yaml` of github.com/pinecone-io/pinecone-api |
//! | `pinecone-data.yaml` | `2025-10/db_data_2025-10.oas.yaml` of the same |
//! | `mistral.yaml` | `openapi.yaml` of github.com/mistralai/platform-docs-public |
//! | `openrouter.yaml` | `openapi/openapi.yaml` of github.com/OpenRouterTeam/docs |
//!
//! Last held to 068bdf7, 222f4ba and c26125a of these. Voyage publishes none.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod spec;

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use emulators::pinecone::{Metric, NewIndex};
use emulators::server::Call as Sent;
use emulators::{
    mistral as mistral_emulator, openrouter as openrouter_emulator, pinecone as pinecone_emulator,
};
use serde_json::{Value, json};
use upstream::Call;
use upstream_hyper::Native;

use spec::Spec;

const WHY: &str = "She said that he never listens.";

fn call() -> Call {
    Call::starting_now(&Native::new(), Duration::from_secs(60), None)
}

/// Where an API is and how it is entered.
struct Api<'a> {
    spec: &'a Spec,
    /// Before the paths that are described.
    base: String,
    key: (&'a str, String),
}

impl Api<'_> {
    /// Makes a request and holds its answer to the description; the answer.
    async fn ask(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body: Option<&Value>,
        faults: &mut Vec<String>,
    ) -> Value {
        let url = format!("{}{path}{}{query}", self.base, if query.is_empty() { "" } else { "?" });
        let headers = [
            (self.key.0, self.key.1.as_str()),
            ("content-type", "application/json"),
            ("x-pinecone-api-version", "2025-10"),
        ];
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = common::send(method, &url, &headers, body).await.unwrap();
        if answer.bytes.is_empty() {
            return Value::Null;
        }
        let json = answer.json();
        let wrong = self.spec.answer_faults(method, path, answer.status, &json);
        faults.extend(
            wrong
                .into_iter()
                .map(|fault| format!("answer {} to {method} {path}, {fault}: {json}", answer.status)),
        );
        json
    }

    /// Holds what a client sent to the description, and the answer to the same request made again.
    async fn hold(&self, sent: &[Sent], prefix: &str, faults: &mut Vec<String>) {
        assert!(!sent.is_empty());
        for call in sent {
            let Some(path) = call.path.strip_prefix(prefix) else { continue };
            if let Some(body) = &call.body {
                let wrong = self.spec.request_faults(&call.method, path, body);
                faults.extend(
                    wrong.into_iter().map(|fault| format!("request {} {path}, {fault}: {body}", call.method)),
                );
            }
            // Forms are not described as JSON.
            if call.body.is_some() || call.bytes == 0 {
                self.ask(&call.method, path, &call.query, call.body.as_ref(), faults).await;
            }
        }
    }
}

/// Nothing is wrong but what is known to differ from the description, and why; and that all does.
fn only(faults: &[String], known: &[(&str, &str)]) {
    let others: Vec<_> =
        faults.iter().filter(|fault| !known.iter().any(|(says, _)| fault.contains(says))).collect();
    assert!(others.is_empty(), "{others:#?}");
    for (says, why) in known {
        assert!(faults.iter().any(|fault| fault.contains(says)), "no more: {says} ({why})");
    }
}

#[tokio::test]
#[ignore = "needs the vendors' OpenAPI files: OPENAPI_FILES=folder"]
async fn pinecone() {
    let (control, data) = (Spec::read("pinecone-control.yaml"), Spec::read("pinecone-data.yaml"));
    let options = pinecone_emulator::Options {
        indexes: vec![NewIndex { name: "serene".to_owned(), dimension: 3, metric: Metric::Cosine }],
        ..pinecone_emulator::Options::default()
    };
    let key = ("api-key", options.key.clone());
    let server = pinecone_emulator::start(options).await.unwrap();
    let get = |name: &str| match name {
        "pinecone_api_key" => Some(key.1.clone()),
        "pinecone_index_name" => Some("serene".to_owned()),
        "pinecone_control_url" => Some(server.url().to_owned()),
        _ => None,
    };
    let index =
        pinecone::VectorIndex::new(Rc::new(Native::new()), pinecone::Config::from_variables(get).unwrap());
    let metadata = json!({ "kind": "profile", "page": 1, "tags": ["a"], "seen": true }).to_string();
    let vector = |id: &str| pinecone::Vector {
        id: id.to_owned(),
        values: vec![1.0, 0.5, 0.0],
        metadata: metadata.clone(),
    };
    let filter = |field: &str, predicate| pinecone::Filter { field: field.to_owned(), predicate };
    let filters = vec![
        filter("kind", pinecone::Predicate::OneOf(vec![json!("profile")])),
        filter("page", pinecone::Predicate::Lt(json!(2))),
        filter("missing", pinecone::Predicate::IsNull),
    ];
    index.upsert(&call(), "r", &[vector("a"), vector("b")]).await.unwrap();
    let nearest = pinecone::Nearest { values: vec![1.0, 0.0, 0.0], top_k: 10, filters: filters.clone() };
    assert_eq!(index.query(&call(), "r", &nearest).await.unwrap().len(), 2);
    index.list(&call(), "r", "a", None, 10).await.unwrap();
    index.describe(&call()).await.unwrap();
    index.delete(&call(), "r", &pinecone::Selection::Ids(vec!["a".to_owned()])).await.unwrap();
    index.delete(&call(), "r", &pinecone::Selection::Filters(vec![filters[0].clone()])).await.unwrap();

    let mut faults = Vec::new();
    let (of_control, of_data): (Vec<_>, Vec<_>) =
        server.calls().all().into_iter().partition(|call| call.path.starts_with("/indexes"));
    let api = Api { spec: &control, base: server.url().to_owned(), key: key.clone() };
    api.hold(&of_control, "", &mut faults).await;
    let new = json!({ "name": "new", "dimension": 4, "metric": "cosine", "spec": { "serverless": { "cloud": "aws", "region": "us-east-1" } } });
    for (method, path, body) in [
        ("GET", "/indexes", None),
        ("POST", "/indexes", Some(&new)),
        ("POST", "/indexes", Some(&new)),
        ("GET", "/indexes/new", None),
        ("GET", "/indexes/nowhere", None),
        ("POST", "/indexes", Some(&json!({ "name": "No Name" }))),
        ("DELETE", "/indexes/new", None),
    ] {
        api.ask(method, path, "", body, &mut faults).await;
    }
    let api = Api { spec: &data, base: server.index_url("serene").unwrap(), key };
    api.hold(&of_data, "", &mut faults).await;
    let one = json!({ "vectors": [{ "id": "a", "values": [1, 0, 0], "metadata": { "k": "v" } }], "namespace": "r" });
    let query = json!({ "vector": [1, 0, 0], "topK": 3, "namespace": "r", "includeMetadata": true, "includeValues": true });
    for (method, path, query, body) in [
        ("POST", "/vectors/upsert", "", Some(&one)),
        ("POST", "/query", "", Some(&query)),
        ("GET", "/vectors/fetch", "ids=a&namespace=r", None),
        ("GET", "/vectors/list", "namespace=r&limit=1", None),
        ("GET", "/namespaces", "", None),
        ("GET", "/namespaces/r", "", None),
        ("GET", "/namespaces/nowhere", "", None),
        ("POST", "/describe_index_stats", "", Some(&json!({}))),
        ("POST", "/query", "", Some(&json!({ "vector": [1], "topK": 3 }))),
        ("POST", "/vectors/upsert", "", Some(&json!({ "vectors": [] }))),
    ] {
        api.ask(method, path, query, body, &mut faults).await;
    }
    only(
        &faults,
        &[
            ("/tags: null", "Pinecone's examples show null where there are none"),
            ("\"host\" is a required", "an index has none while it is being made, as its SDK expects"),
            ("/record_count: \"", "whole numbers of 64 bits are strings here, as its SDK says"),
        ],
    );
}

#[tokio::test]
#[ignore = "needs the vendors' OpenAPI files: OPENAPI_FILES=folder"]
async fn mistral() {
    let spec = Spec::read("mistral.yaml");
    let options = mistral_emulator::Options::default();
    let key = options.key.clone();
    let server = mistral_emulator::start(options).await.unwrap();
    let get = |name: &str| match name {
        "mistral_api_key" => Some(key.clone()),
        "mistral_base_url" => Some(format!("{}/v1", server.url())),
        _ => None,
    };
    let pdf = Bytes::from(common::pdf(&[WHY]));
    let url = common::web(pdf.to_vec(), "application/pdf").await;
    let extractor =
        mistral::Extractor::new(Rc::new(Native::new()), mistral::Config::from_variables(get).unwrap());
    let content = futures_util::stream::iter([Ok(pdf.clone())]);
    let sources =
        [mistral::Source::Url(upstream::Secret::new(url)), mistral::Source::Content(Box::pin(content))];
    for source in sources {
        let document = mistral::Document {
            media_type: "application/pdf".to_owned(),
            size: Some(pdf.len() as u64),
            source,
        };
        extractor.extract(&call(), document).await.unwrap();
    }

    let mut faults = Vec::new();
    let api =
        Api { spec: &spec, base: server.url().to_owned(), key: ("authorization", format!("Bearer {key}")) };
    api.hold(&server.calls().all(), "", &mut faults).await;
    let unfetched = json!({ "model": "mistral-ocr-2512", "document": { "type": "document_url", "document_url": "http://127.0.0.1:9/x" } });
    for (method, path, body) in [
        ("POST", "/v1/ocr", Some(&unfetched)),
        ("POST", "/v1/ocr", Some(&json!({ "model": "mistral-ocr-2512" }))),
    ] {
        api.ask(method, path, "", body, &mut faults).await;
    }
    only(
        &faults,
        &[("the status 400 is not described", "the description has 422 alone; its pages have both")],
    );
}

#[tokio::test]
#[ignore = "needs the vendors' OpenAPI files: OPENAPI_FILES=folder"]
async fn openrouter() {
    let spec = Spec::read("openrouter.yaml");
    let options = openrouter_emulator::Options::default();
    let key = options.key.clone();
    let server = openrouter_emulator::start(options).await.unwrap();
    let get = |name: &str| match name {
        "openrouter_api_key" => Some(key.clone()),
        "openrouter_base_url" => Some(format!("{}/api/v1", server.url())),
        "openrouter_fallback_models" => Some("anthropic/claude-sonnet-4.5".to_owned()),
        _ => None,
    };
    let generator =
        openrouter::Generator::new(Rc::new(Native::new()), openrouter::Config::from_variables(get).unwrap());
    let message = |role, content: &str| openrouter::Message { role, content: content.to_owned() };
    for schema in ["analysis", "repair-plan"] {
        let path = format!("{}/../../schemas/{schema}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let request = openrouter::Request {
            messages: vec![
                message(openrouter::Role::System, "Summarise."),
                message(openrouter::Role::User, WHY),
            ],
            schema_name: schema.to_owned(),
            schema: std::fs::read_to_string(path).unwrap(),
            max_output_tokens: None,
        };
        generator.generate(&call(), &request).await.unwrap();
    }

    let mut faults = Vec::new();
    let api = Api {
        spec: &spec,
        base: format!("{}/api/v1", server.url()),
        key: ("authorization", format!("Bearer {key}")),
    };
    api.hold(&server.calls().all(), "/api/v1", &mut faults).await;
    let ask = |model: &str| json!({ "model": model, "messages": [{ "role": "user", "content": WHY }] });
    let answer =
        api.ask("POST", "/chat/completions", "", Some(&ask("openai/gpt-4o-mini")), &mut faults).await;
    let id = format!("id={}", answer["id"].as_str().unwrap());
    for (method, path, query, body) in [
        ("POST", "/chat/completions", "", Some(&ask("nobody/nothing"))),
        ("POST", "/chat/completions", "", Some(&json!({ "messages": [] }))),
        ("GET", "/generation", id.as_str(), None),
        ("GET", "/key", "", None),
        ("GET", "/models", "", None),
    ] {
        api.ask(method, path, query, body, &mut faults).await;
    }
    only(
        &faults,
        &[
            ("('native_finish_reason' was", "OpenRouter's pages say that each choice has it"),
            ("('provider' was", "its pages say who answered"),
        ],
    );
}
