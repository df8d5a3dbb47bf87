//! Over real connections, against the emulator of Voyage, which refuses what Voyage refuses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use emulators::server::RetryAfter;
use emulators::{Answer, Credential, Effect, Fault, Server, voyage as emulator};
use upstream::{Call, Error, ErrorKind};
use upstream_hyper::Native;
use voyage::{Embedder, EmbedderConfig, Embeddings, Purpose, Reranker, RerankerConfig};

const TEXT: &str = "She said that he never listens when she speaks of her mother.";

/// Waits are long and tests are not.
const PACE: u32 = 50;

struct World {
    server: Server,
    key: String,
    platform: Rc<Native>,
}

impl World {
    async fn new() -> Self {
        let options = emulator::Options::default();
        let key = options.key.clone();
        Self {
            server: emulator::start(options).await.unwrap(),
            key,
            platform: Rc::new(Native::at_pace(PACE)),
        }
    }

    fn variables(&self, name: &str) -> Option<String> {
        match name {
            "voyage_api_key" => Some(self.key.clone()),
            "voyage_base_url" => Some(format!("{}/v1", self.server.url())),
            _ => None,
        }
    }

    fn embedder(&self, set: &[(&str, &str)]) -> Embedder<Native> {
        let find = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let config = EmbedderConfig::from_variables(|name| find(name).or_else(|| self.variables(name)));
        Embedder::new(Rc::clone(&self.platform), config.unwrap())
    }

    fn call(&self, seconds: u64) -> Call {
        Call::starting_now(&*self.platform, Duration::from_secs(seconds), None)
    }

    async fn embed(&self, set: &[(&str, &str)], texts: &[String]) -> Result<Embeddings, Error> {
        self.embedder(set).embed(&self.call(1200), texts, Purpose::Document).await
    }

    async fn rerank(
        &self,
        query: &str,
        texts: &[String],
        top_k: Option<u32>,
    ) -> Result<voyage::Reranking, Error> {
        let config = RerankerConfig::from_variables(|name| self.variables(name)).unwrap();
        let reranker = Reranker::new(Rc::clone(&self.platform), config);
        reranker.rerank(&self.call(1200), query, texts, top_k).await
    }

    fn tries(&self) -> usize {
        self.server.calls().to("/v1/").len()
    }
}

fn one() -> Vec<String> {
    vec![TEXT.to_owned()]
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[tokio::test]
async fn texts_become_vectors_that_find_them() {
    let world = World::new().await;
    let texts: Vec<String> =
        ["The cat sleeps on the sofa.", "Interest rates rose again in May.", TEXT].map(str::to_owned).into();
    let documents = world.embed(&[], &texts).await.unwrap();
    assert_eq!((documents.vectors.len(), documents.model.as_str()), (3, "voyage-3"));
    assert!(documents.tokens > 0);
    for vector in &documents.vectors {
        assert_eq!(vector.len(), 1024);
        assert!((dot(vector, vector) - 1.0).abs() < 1e-4);
    }
    let embedder = world.embedder(&[]);
    let query = ["Who never listens?".to_owned()];
    let query = embedder.embed(&world.call(60), &query, Purpose::Query).await.unwrap();
    let scores: Vec<f32> = documents.vectors.iter().map(|vector| dot(vector, &query.vectors[0])).collect();
    assert!(scores[2] > scores[0] && scores[2] > scores[1], "{scores:?}");
    assert!(
        world
            .server
            .calls()
            .all()
            .iter()
            .all(|call| call.credential == Credential::Right && call.status == Some(200))
    );
}

#[tokio::test]
async fn every_model_and_size_of_the_table_is_one_that_voyage_has() {
    let world = World::new().await;
    let flexible = [
        "voyage-4-large",
        "voyage-4",
        "voyage-4-lite",
        "voyage-3.5",
        "voyage-3.5-lite",
        "voyage-3-large",
        "voyage-code-3",
    ];
    let fixed = ["voyage-3", "voyage-3-lite", "voyage-finance-2", "voyage-law-2"];
    let sizes =
        flexible.into_iter().flat_map(|model| ["256", "512", "1024", "2048"].map(|size| (model, size)));
    for (model, size) in sizes.chain(fixed.map(|model| (model, ""))) {
        let all = world.embed(&[("voyage_model", model), ("voyage_dimension", size)], &one()).await.unwrap();
        assert!(size.is_empty() || all.vectors[0].len().to_string() == size, "{model} {size}");
    }
}

#[tokio::test]
async fn a_call_with_more_tokens_than_expected_is_halved() {
    let world = World::new().await;
    // Digits have a token each: twice what is expected of text.
    let digits = "1234567890".repeat(2_000);
    let texts = vec![digits; 10];
    let all = world.embed(&[("voyage_model", "voyage-4-large")], &texts).await.unwrap();
    assert_eq!(all.vectors.len(), 10);
    let statuses: Vec<Option<u16>> = world.server.calls().all().iter().map(|call| call.status).collect();
    assert!(statuses.contains(&Some(400)), "{statuses:?}");
}

#[tokio::test]
async fn a_text_over_the_context_is_refused_by_name_unless_it_may_be_cut() {
    let world = World::new().await;
    let texts = vec!["short".to_owned(), "word ".repeat(40_000)];
    let error = world.embed(&[], &texts).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("text"), error.extra("limit")),
        (ErrorKind::TooLarge, Some("1"), Some("32000"))
    );
    assert_eq!(world.embed(&[("voyage_truncation", "true")], &texts).await.unwrap().vectors.len(), 2);
}

#[tokio::test]
async fn passages_are_ordered_by_the_question() {
    let world = World::new().await;
    let texts: Vec<String> = ["The cat sleeps.", "", TEXT, "Rates rose."].map(str::to_owned).into();
    let all = world.rerank("Who never listens?", &texts, None).await.unwrap();
    assert_eq!((all.ranks.len(), all.ranks[0].index, all.ranks[3].index), (4, 2, 1));
    assert_eq!(all.model, "rerank-2.5");
    assert!(all.tokens > 0);
    assert_eq!(world.rerank("Who never listens?", &texts, Some(1)).await.unwrap().ranks.len(), 1);
}

#[tokio::test]
async fn a_wrong_key_is_named_and_not_shown() {
    let world = World::new().await;
    let error = world.embed(&[("voyage_api_key", "pa-9999-another-key")], &one()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable"), world.tries()),
        (ErrorKind::Misconfigured, Some("voyage_api_key"), 1)
    );
    assert!(!format!("{error} {error:?}").contains("9999"), "{error:?}");
}

#[tokio::test]
async fn a_model_that_voyage_does_not_have_is_named() {
    let world = World::new().await;
    let set = [("voyage_model", "voyage-9"), ("voyage_dimension", "768")];
    let error = world.embed(&set, &one()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable")),
        (ErrorKind::Misconfigured, Some("voyage_model")),
        "{error}"
    );
}

#[tokio::test]
async fn each_fault_heals_or_ends_after_the_tries_it_is_worth() {
    use ErrorKind as Kind;
    let answer = |status| Effect::status(status);
    // What Voyage does for how many requests, what comes of it, after how many tries.
    let cases = [
        (answer(429), 2, None, 3),
        (answer(503), 2, None, 3),
        (answer(500), 3, Some(Kind::Failed), 3),
        (answer(408), 1, None, 2),
        (answer(504), 3, Some(Kind::TimedOut), 3),
        (answer(400), 1, Some(Kind::Invalid), 1),
        (answer(403), 1, Some(Kind::Denied), 1),
        (answer(422), 1, Some(Kind::Invalid), 1),
        (Effect::Reset, 2, None, 3),
        (Effect::Reset, 3, Some(Kind::Unavailable), 3),
        (Effect::LoseAnswer, 1, None, 2),
        (Effect::Truncate, 1, None, 2),
        (Effect::Garbage, 1, Some(Kind::Failed), 1),
        (Effect::Stall, 1, None, 2),
        (Effect::StallBody, 1, None, 2),
    ];
    for (effect, times, outcome, tries) in cases {
        for rerank in [false, true] {
            let world = World::new().await;
            world.server.faults().add(Fault::new(effect.clone()).times(times));
            let result = if rerank {
                world.rerank("Who?", &one(), None).await.map(drop)
            } else {
                world.embed(&[], &one()).await.map(drop)
            };
            assert_eq!(result.as_ref().err().map(|error| error.kind), outcome, "{effect:?}: {result:?}");
            assert_eq!(world.tries(), tries, "{effect:?}");
            assert!(
                !format!("{result:?}").contains(&world.key) && !format!("{result:?}").contains("She said")
            );
        }
    }
}

#[tokio::test]
async fn a_wait_longer_than_the_call_comes_back_to_the_caller() {
    let world = World::new().await;
    let answer = Answer { status: 429, retry_after: Some(RetryAfter::Seconds(4000)), ..Answer::default() };
    world.server.faults().add(Fault::new(Effect::Answer(answer)));
    let error = world.embed(&[], &one()).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_secs(4000))));
    assert_eq!(world.tries(), 1);
}

#[tokio::test]
async fn nobody_at_the_address_is_said_so() {
    let world = World::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let error = world.embed(&[("voyage_base_url", url.as_str())], &one()).await.unwrap_err();
    assert_eq!((error.kind, error.extra("tries")), (ErrorKind::Unavailable, Some("3")));
}
