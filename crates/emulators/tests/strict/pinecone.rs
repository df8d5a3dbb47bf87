//! Pinecone's control plane, and how fresh reads are.

use emulators::pinecone::{self, HostForm, LsnHeaders, Metric, NewIndex, Options, Pinecone};
use serde_json::{Value, json};

use crate::common::{Answer, send};

pub struct World {
    pub pinecone: Pinecone,
    key: String,
}

impl World {
    /// With an index of three dimensions, by the name of `index`.
    pub async fn start(options: Options) -> Self {
        Self::of(options, Metric::Cosine).await
    }

    pub async fn with_metric(metric: Metric) -> Self {
        Self::of(Options::default(), metric).await
    }

    async fn of(options: Options, metric: Metric) -> Self {
        let index = NewIndex { name: "index".to_owned(), dimension: 3, metric };
        let key = options.key.clone();
        let pinecone = pinecone::start(Options { indexes: vec![index], ..options }).await.unwrap();
        Self { pinecone, key }
    }

    pub async fn send(&self, method: &str, url: String, version: &str, body: Option<&Value>) -> Answer {
        let headers = [
            ("api-key", self.key.as_str()),
            ("x-pinecone-api-version", version),
            ("content-type", "application/json"),
        ];
        send(method, &url, &headers, body.map(Value::to_string).unwrap_or_default()).await.unwrap()
    }

    /// A call of the control plane.
    async fn control(&self, method: &str, path: &str, version: &str, body: Option<&Value>) -> Answer {
        self.send(method, format!("{}{path}", self.pinecone.url()), version, body).await
    }

    /// A call of the index.
    pub async fn data(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}{path}", self.pinecone.index_url("index").unwrap());
        self.send(method, url, "2025-10", body).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.data("POST", path, Some(&body)).await
    }

    async fn upsert(&self, id: &str) -> u64 {
        let answer =
            self.post("/vectors/upsert", json!({ "vectors": [{ "id": id, "values": [1, 0, 0] }] })).await;
        answer.header("x-pinecone-request-lsn").unwrap().parse().unwrap()
    }

    async fn query(&self) -> (usize, Option<u64>) {
        let answer = self.post("/query", json!({ "vector": [1, 0, 0], "topK": 10 })).await;
        let lsn = answer.header("x-pinecone-max-indexed-lsn").map(|lsn| lsn.parse().unwrap());
        (answer.json()["matches"].as_array().unwrap().len(), lsn)
    }
}

fn classic(name: &str) -> Value {
    json!({
        "name": name,
        "dimension": 8,
        "metric": "cosine",
        "spec": { "serverless": { "cloud": "aws", "region": "us-east-1" } },
    })
}

#[tokio::test]
async fn a_new_index_has_no_host_until_it_is_ready() {
    let world = World::start(Options { initializing: 2, ..Options::default() }).await;
    for version in ["2025-10", "2026-04"] {
        let name = format!("new-{version}");
        let made = world.control("POST", "/indexes", version, Some(&classic(&name))).await;
        assert_eq!((made.status, made.json()["status"]["ready"].as_bool()), (201, Some(false)));
        assert!(made.json().get("host").is_none());
        let path = format!("/indexes/{name}");
        assert_eq!(
            world.control("GET", &path, version, None).await.json()["status"]["state"],
            "Initializing"
        );
        let ready = world.control("GET", &path, version, None).await.json();
        assert_eq!((&ready["status"]["state"], &ready["dimension"]), (&json!("Ready"), &json!(8)));
        let host = ready["host"].as_str().unwrap();
        assert_eq!(world.pinecone.index_url(&name).unwrap(), format!("http://{host}"));
    }
}

#[tokio::test]
async fn each_version_has_its_form_of_an_index() {
    let world = World::start(Options { host_form: HostForm::WithScheme, ..Options::default() }).await;
    let old = world.control("GET", "/indexes/index", "2025-10", None).await.json();
    assert_eq!((&old["metric"], &old["spec"]["serverless"]["cloud"]), (&json!("cosine"), &json!("aws")));
    assert!(old.get("schema").is_none());
    let new = world.control("GET", "/indexes/index", "2026-07", None).await.json();
    assert_eq!(new["schema"]["fields"]["_values"]["dimension"], 3);
    assert!(new.get("dimension").is_none() && new["host"].as_str().unwrap().starts_with("http://"));
    assert_eq!(world.control("POST", "/indexes", "2026-07", Some(&classic("a"))).await.status, 422);
    assert_eq!(world.control("GET", "/indexes", "2023-01", None).await.status, 400);
}

#[tokio::test]
async fn what_the_control_plane_refuses_is_refused_in_its_shape() {
    let world = World::start(Options { max_indexes: 2, ..Options::default() }).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = classic("a");
        change(&mut body);
        body
    };
    let cases = [
        (with(&|body| body["name"] = json!("index")), 409, "ALREADY_EXISTS"),
        (with(&|body| body["name"] = json!("Upper")), 400, "INVALID_ARGUMENT"),
        (with(&|body| body["name"] = json!("-a")), 400, "INVALID_ARGUMENT"),
        (with(&|body| body["name"] = json!("a".repeat(46))), 400, "INVALID_ARGUMENT"),
        (with(&|body| body["dimension"] = json!(20_001)), 400, "INVALID_ARGUMENT"),
        (with(&|body| body["dimension"] = json!(0)), 400, "INVALID_ARGUMENT"),
        (with(&|body| body["metric"] = json!("manhattan")), 422, "UNPROCESSABLE_ENTITY"),
        (with(&|body| body["pods"] = json!(1)), 422, "UNPROCESSABLE_ENTITY"),
        (with(&|body| body["tags"] = json!({ "k": "v".repeat(121) })), 400, "INVALID_ARGUMENT"),
        (with(&|body| body["spec"]["serverless"]["region"] = json!("mars-1")), 404, "NOT_FOUND"),
    ];
    for (body, status, code) in cases {
        let answer = world.control("POST", "/indexes", "2025-10", Some(&body)).await;
        let seen = answer.json();
        assert_eq!(
            (answer.status, &seen["status"], &seen["error"]["code"]),
            (status, &json!(status), &json!(code))
        );
    }
    assert_eq!(world.control("POST", "/indexes", "2025-10", Some(&classic("a"))).await.status, 201);
    assert_eq!(world.control("POST", "/indexes", "2025-10", Some(&classic("b"))).await.status, 403);
    assert_eq!(world.control("DELETE", "/indexes/a", "2025-10", None).await.status, 202);
    assert_eq!(world.control("DELETE", "/indexes/a", "2025-10", None).await.status, 404);
    let wrong = send("GET", &format!("{}/indexes", world.pinecone.url()), &[("api-key", "wrong")], "").await;
    assert_eq!(wrong.unwrap().json()["error"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_protected_index_is_not_deleted() {
    let world = World::start(Options::default()).await;
    for (protection, status) in [("enabled", 403), ("disabled", 202)] {
        let change = json!({ "deletion_protection": protection });
        assert_eq!(world.control("PATCH", "/indexes/index", "2025-10", Some(&change)).await.status, 202);
        assert_eq!(world.control("DELETE", "/indexes/index", "2025-10", None).await.status, status);
    }
}

#[tokio::test]
async fn so_many_reads_do_not_see_a_write_and_its_lsn_tells_when_they_do() {
    let world = World::start(Options { lag: 2, ..Options::default() }).await;
    let written = world.upsert("a").await;
    assert_eq!(world.query().await, (0, None));
    assert_eq!(world.query().await, (0, None));
    assert_eq!(world.query().await, (1, Some(written)));
    let later = world.upsert("b").await;
    assert!(later > written);
    assert_eq!(world.query().await, (1, Some(written)));
    world.query().await;
    assert_eq!(world.query().await, (2, Some(later)));
}

#[tokio::test]
async fn lsns_are_told_under_either_name_or_not_at_all() {
    for (lsn_headers, expected) in [
        (LsnHeaders::Current, ["x-pinecone-request-lsn", "x-pinecone-max-indexed-lsn"].as_slice()),
        (LsnHeaders::Old, &["x-pinecone-lsn-committed", "x-pinecone-lsn-reconciled"]),
        (LsnHeaders::None, &[]),
    ] {
        let world = World::start(Options { lsn_headers, ..Options::default() }).await;
        let body = json!({ "vectors": [{ "id": "a", "values": [1, 0, 0] }] });
        let written = world.post("/vectors/upsert", body).await;
        let read = world.post("/query", json!({ "vector": [1, 0, 0], "topK": 1 })).await;
        let names = |answer: &Answer| {
            let names = answer.headers.keys().map(|name| name.to_string());
            names.filter(|name| name.contains("lsn")).collect::<Vec<_>>()
        };
        assert_eq!([names(&written), names(&read)].concat(), expected);
    }
}
