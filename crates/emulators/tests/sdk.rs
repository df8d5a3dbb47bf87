//! The vendors' official Python SDKs work against the emulators, and see the errors that they see at the real services. The scripts lie in `sdk/`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use emulators::pinecone::{HostForm, Metric, NewIndex};
use emulators::{mistral, openrouter, pinecone, voyage};

/// Runs a script with what it needs to know in its environment.
async fn run(script: &str, environment: &[(&str, &str)]) {
    // Installing takes its time, and nothing else of the test can go on meanwhile.
    let python = tokio::task::spawn_blocking(peers::python).await.unwrap();
    let python = python.unwrap_or_else(|error| panic!("the vendors' SDKs: {error:#}"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(script);
    let output = tokio::process::Command::new(python)
        .arg("-B")
        .arg(&script)
        .envs(environment.iter().copied())
        .env("NO_PROXY", "*")
        .output()
        .await
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistralai_reads_a_document_by_url_by_content_and_by_file() {
    let options = mistral::Options::default();
    let key = options.key.clone();
    let server = mistral::start(options).await.unwrap();
    let pdf = common::pdf(&["The first page speaks of apples.", "The second page speaks of pears."]);
    let web = common::web(pdf.clone(), "application/pdf").await;
    let path = std::env::temp_dir().join(format!("emulators-{}.pdf", std::process::id()));
    std::fs::write(&path, pdf).unwrap();
    let file = path.to_string_lossy().into_owned();
    run("mistral.py", &[("URL", server.url()), ("KEY", &key), ("PDF", &file), ("PDF_URL", &web)]).await;
    std::fs::remove_file(path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn voyageai_embeds_and_reranks() {
    let options = voyage::Options::default();
    let key = options.key.clone();
    let server = voyage::start(options).await.unwrap();
    run("voyage.py", &[("URL", server.url()), ("KEY", &key)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_gets_completions_plain_streamed_and_by_schema() {
    let options = openrouter::Options::default();
    let key = options.key.clone();
    let server = openrouter::start(options).await.unwrap();
    run("openrouter.py", &[("URL", server.url()), ("KEY", &key)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pinecone_makes_an_index_and_stores_finds_lists_and_deletes_in_it() {
    let options = pinecone::Options {
        host_form: HostForm::WithScheme,
        indexes: vec![NewIndex { name: "given".to_owned(), dimension: 3, metric: Metric::Cosine }],
        ..pinecone::Options::default()
    };
    let key = options.key.clone();
    let pinecone = pinecone::start(options).await.unwrap();
    run("pinecone_.py", &[("URL", pinecone.url()), ("KEY", &key)]).await;
}
