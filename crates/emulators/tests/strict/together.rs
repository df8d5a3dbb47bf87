//! All emulators at once.

use emulators::pinecone::NewIndex;
use emulators::{Emulators, Options, pinecone, voyage};

use crate::common::send;

#[tokio::test]
async fn all_start_and_none_answers_without_its_key() {
    let emulators = Emulators::start(Options::default()).await.unwrap();
    let calls = [
        ("POST", format!("{}/v1/ocr", emulators.mistral.url())),
        ("POST", format!("{}/v1/embeddings", emulators.voyage.url())),
        ("GET", format!("{}/api/v1/key", emulators.openrouter.url())),
        ("GET", format!("{}/indexes", emulators.pinecone.url())),
    ];
    for (method, url) in calls {
        assert_eq!(send(method, &url, &[], "").await.unwrap().status, 401, "{url}");
    }
}

#[tokio::test]
async fn what_cannot_start_says_which_and_why() {
    let taken = voyage::start(voyage::Options::default()).await.unwrap();
    let voyage = voyage::Options { address: taken.address(), ..voyage::Options::default() };
    let error = Emulators::start(Options { voyage, ..Options::default() }).await.err().unwrap().to_string();
    assert!(error.contains("Voyage") && error.contains(&taken.address().to_string()), "{error}");
    let index = NewIndex { name: "Index".to_owned(), dimension: 3, metric: pinecone::Metric::Cosine };
    let pinecone = pinecone::Options { indexes: vec![index], ..pinecone::Options::default() };
    let error = Emulators::start(Options { pinecone, ..Options::default() }).await.err().unwrap().to_string();
    assert!(error.contains("Pinecone") && error.contains("\"Index\""), "{error}");
}
