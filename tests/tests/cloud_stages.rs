//! The shipped cloud stages keep the contract, against what `serene emulate` stands in with.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serde_json::Value;
use serene_tests::{Emulated, serene, workspace};

const STAGES: [&str; 7] = [
    "embedder_voyage",
    "extractor_mistral",
    "generator_openrouter",
    "object_store_s3",
    "record_store_supabase",
    "reranker_voyage",
    "vector_index_pinecone",
];

/// What the server that stands in does not do, and not the stage: s3s-fs 0.14 ends a request for more bytes from the end than there are with a panic.
const NOT_OF_THE_STAGE: [(&str, &str); 1] = [("object_store_s3", "a-suffix-may-be-longer-than-the-object")];

#[test]
fn every_cloud_stage_keeps_the_contract() {
    let cloud = Emulated::start();
    let variables = cloud.env_file().to_str().unwrap();
    for stage in STAGES {
        let file = workspace().join(format!("target/wasm32-wasip2/component/{stage}.wasm"));
        let check = ["stage", "check", file.to_str().unwrap(), "--env-file", variables, "--format", "json"];
        let output = serene(&check);
        let reports: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{stage}: {}", String::from_utf8_lossy(&output.stderr)));
        let cases = reports[0]["cases"].as_array().unwrap();
        assert!(cases.len() >= 20, "{reports}");
        for case in cases.iter().filter(|case| case["verdict"] == "failed") {
            let name = case["name"].as_str().unwrap();
            assert!(NOT_OF_THE_STAGE.contains(&(stage, name)), "{stage}: {name}: {}", case["detail"]);
        }
    }
}
