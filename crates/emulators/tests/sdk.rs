//! The vendors' official Python SDKs work against the emulators, and see the errors that they see at the real services. The scripts lie in `sdk/`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use emulators::pinecone::{HostForm, Metric, NewIndex};
use emulators::{Effect, Fault, mistral, openrouter, pinecone, proxy, supabase, voyage};

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

#[tokio::test(flavor = "multi_thread")]
async fn boto3_is_let_through_to_a_real_s3_which_verifies_its_signatures_and_sends_again_the_part_that_failed()
 {
    let s3 = peers::S3::start(0, "AKIDTEST", "a-secret-of-the-test", &["bucket"]).await.unwrap();
    let proxy = proxy::start(proxy::Options::new(&s3.url)).await.unwrap();
    proxy.faults().add(Fault::new(Effect::status(503)).query("partNumber=2"));
    let secret = ("SECRET", "a-secret-of-the-test");
    run("s3.py", &[("URL", proxy.url()), ("KEY", "AKIDTEST"), secret]).await;
    let calls = proxy.calls().all();
    let tries =
        |part: &str| calls.iter().filter(|call| call.query.split('&').any(|pair| pair == part)).count();
    assert_eq!((tries("partNumber=1"), tries("partNumber=2")), (1, 2));
    let denied = calls.iter().filter(|call| call.status == Some(403)).count();
    assert_eq!(denied, 0, "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn storage3_makes_buckets_stores_reads_signs_and_removes() {
    // Storage asks nothing of PostgREST, and nothing listens on port 1.
    let options = supabase::Options::new("http://127.0.0.1:1", "emulated-secret-of-thirty-two-bytes-or-more");
    let keys = options.keys();
    let server = supabase::start(options).await.unwrap();
    let environment = [
        ("URL", server.url()),
        ("SECRET", &keys.secret),
        ("LEGACY", &keys.service_role),
        ("PUBLISHABLE", &keys.publishable),
    ];
    run("storage.py", &environment).await;
}
