//! Over real connections, against the emulator of Pinecone, which refuses what Pinecone refuses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use emulators::pinecone::{self as emulator, HostForm, LsnHeaders, Metric, NewIndex, Options, Pinecone};
use emulators::server::RetryAfter;
use emulators::{Answer, Credential, Effect, Fault};
use pinecone::{Config, Filter, Nearest, Predicate, Selection, Vector, VectorIndex};
use serde_json::{Value, json};
use upstream::{Call, Error, ErrorKind};
use upstream_hyper::Native;

/// Waits are long and tests are not.
const PACE: u32 = 50;
const TEXT: &str = "She said that he never listens when she speaks of her mother.";

struct World {
    server: Pinecone,
    platform: Rc<Native>,
    key: String,
}

impl World {
    async fn new(options: Options) -> Self {
        let index = |name: &str, metric| NewIndex { name: name.to_owned(), dimension: 3, metric };
        let indexes = vec![
            index("serene", Metric::Cosine),
            index("dots", Metric::DotProduct),
            index("far", Metric::Euclidean),
        ];
        let key = options.key.clone();
        let server = emulator::start(Options { indexes, ..options }).await.unwrap();
        Self { server, platform: Rc::new(Native::at_pace(PACE)), key }
    }

    fn index(&self, set: &[(&str, &str)]) -> VectorIndex<Native> {
        let find = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let usual = |name: &str| match name {
            "pinecone_api_key" => Some(self.key.clone()),
            "pinecone_index_name" => Some("serene".to_owned()),
            "pinecone_control_url" => Some(self.server.url().to_owned()),
            _ => None,
        };
        let config = Config::from_variables(|name| find(name).or_else(|| usual(name))).unwrap();
        VectorIndex::new(Rc::clone(&self.platform), config)
    }

    fn call(&self) -> Call {
        Call::starting_now(&*self.platform, Duration::from_secs(600), None)
    }

    fn tries(&self, path: &str) -> usize {
        self.server.calls().to(path).len()
    }
}

fn vector(id: &str, values: [f32; 3], metadata: Value) -> Vector {
    Vector { id: id.to_owned(), values: values.to_vec(), metadata: metadata.to_string() }
}

fn nearest(filters: Vec<Filter>) -> Nearest {
    Nearest { values: vec![1.0, 0.0, 0.0], top_k: 100, filters }
}

fn filter(field: &str, predicate: Predicate) -> Filter {
    Filter { field: field.to_owned(), predicate }
}

async fn ids(world: &World, index: &VectorIndex<Native>, filters: Vec<Filter>) -> Vec<String> {
    let found = index.query(&world.call(), "profiles", &nearest(filters)).await.unwrap();
    found.into_iter().map(|found| found.id).collect()
}

#[tokio::test]
async fn what_is_stored_is_found_listed_counted_and_removed() {
    for name in ["serene", "dots"] {
        let world = World::new(Options::default()).await;
        let index = world.index(&[("pinecone_index_name", name)]);
        let call = world.call();
        let metadata = json!({"text": TEXT, "page": 3, "ratio": 0.5, "tags": ["a", "b"], "seen": true});
        let vectors = [
            vector("near", [2.0, 0.0, 0.0], metadata.clone()),
            vector("far", [0.0, 0.0, 7.0], json!({})),
            vector("half", [3.0, 4.0, 0.0], json!({"page": 4})),
            vector("equal", [3.0, 0.0, 4.0], json!({"page": 5})),
        ];
        index.upsert(&call, "profiles", &vectors).await.unwrap();
        let found = index.query(&call, "profiles", &nearest(Vec::new())).await.unwrap();
        let order: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
        assert_eq!(order, ["near", "equal", "half", "far"], "{name}");
        for (found, score) in found.iter().zip([1.0, 0.6, 0.6, 0.0]) {
            assert!((found.score - score).abs() < 1e-5, "{found:?}");
        }
        assert_eq!(serde_json::from_str::<Value>(&found[0].metadata).unwrap(), metadata);
        let info = index.describe(&call).await.unwrap();
        assert_eq!((info.dimensions, info.namespaces), (Some(3), vec![("profiles".to_owned(), 4)]));
        let page = index.list(&call, "profiles", "", None, 1000).await.unwrap();
        assert_eq!((page.ids.join(" ").as_str(), page.next), ("equal far half near", None));
        assert_eq!(index.list(&call, "profiles", "ne", None, 1).await.unwrap().ids, ["near"]);
        index
            .delete(&call, "profiles", &Selection::Ids(vec!["near".to_owned(), "none".to_owned()]))
            .await
            .unwrap();
        index
            .delete(&call, "profiles", &Selection::Filters(vec![filter("page", Predicate::Gte(json!(5)))]))
            .await
            .unwrap();
        assert_eq!(ids(&world, &index, Vec::new()).await, ["half", "far"]);
        assert!(world.server.calls().all().iter().all(|call| call.credential == Credential::Right));
    }
}

#[tokio::test]
async fn conditions_hold_as_the_contract_says() {
    use Predicate::{Eq, Gt, IsNotNull, IsNull, Lt, Ne, OneOf};
    let world = World::new(Options::default()).await;
    let index = world.index(&[]);
    let vectors = [
        vector("a", [1.0, 0.0, 0.0], json!({"n": 1, "s": "x", "b": true, "l": ["p", "q"]})),
        vector("b", [1.0, 0.0, 0.0], json!({"n": 2, "s": "y", "b": false, "l": ["q"]})),
        vector("c", [1.0, 0.0, 0.0], json!({})),
    ];
    index.upsert(&world.call(), "profiles", &vectors).await.unwrap();
    let cases = [
        ("n", Eq(json!(1)), "a"),
        ("n", Ne(json!(1)), "b"),
        ("n", Lt(json!(2)), "a"),
        ("n", Gt(json!(0.5)), "a b"),
        ("n", Gt(json!(true)), ""),
        ("s", Eq(json!("x")), "a"),
        ("s", Eq(json!(1)), ""),
        ("s", Ne(json!("x")), "b"),
        ("s", OneOf(vec![json!("x"), json!("y"), json!(1)]), "a b"),
        ("b", Eq(json!(false)), "b"),
        ("b", OneOf(vec![json!(true), json!("x")]), "a"),
        ("l", Eq(json!("q")), "a b"),
        ("l", OneOf(vec![json!("p")]), "a"),
        ("s", IsNull, "c"),
        ("s", IsNotNull, "a b"),
    ];
    for (field, predicate, expected) in cases {
        let found = ids(&world, &index, vec![filter(field, predicate.clone())]).await;
        assert_eq!(found.join(" "), expected, "{field} {predicate:?}");
    }
    let both = vec![filter("n", Gt(json!(0))), filter("s", Ne(json!("x")))];
    assert_eq!(ids(&world, &index, both).await, ["b"]);
}

#[tokio::test]
async fn a_thousand_vectors_go_in_requests_that_pinecone_takes_and_come_back_in_pages() {
    let world = World::new(Options::default()).await;
    let index = world.index(&[]);
    let text = "x".repeat(5_000);
    let vectors: Vec<Vector> = (0..1000_u16)
        .map(|n| vector(&format!("{n:04}"), [1.0, f32::from(n), 0.0], json!({"text": text})))
        .collect();
    index.upsert(&world.call(), "profiles", &vectors).await.unwrap();
    assert_eq!(world.tries("/vectors/upsert"), 3);
    let mut listed = Vec::new();
    let mut cursor = None;
    loop {
        let page = index.list(&world.call(), "profiles", "", cursor.as_deref(), 350).await.unwrap();
        listed.extend(page.ids);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(listed, (0..1000).map(|n| format!("{n:04}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_upsert_is_seen_by_the_query_that_follows_however_late_pinecone_is() {
    for lsn_headers in [LsnHeaders::Current, LsnHeaders::Old, LsnHeaders::None] {
        let world = World::new(Options { lag: 4, lsn_headers, ..Options::default() }).await;
        let index = world.index(&[]);
        for id in ["a", "b"] {
            index.upsert(&world.call(), "profiles", &[vector(id, [1.0, 0.0, 0.0], json!({}))]).await.unwrap();
            assert!(ids(&world, &index, Vec::new()).await.contains(&id.to_owned()), "{lsn_headers:?}");
        }
    }
}

#[tokio::test]
async fn what_pinecone_never_shows_is_said_to_be_stored_and_not_seen() {
    let world = World::new(Options { lag: 100_000, ..Options::default() }).await;
    let index = world.index(&[]);
    let vectors = [vector("a", [1.0, 0.0, 0.0], json!({}))];
    let error = index.upsert(&world.call(), "profiles", &vectors).await.unwrap_err();
    assert_eq!((error.kind, error.extra("reason")), (ErrorKind::TimedOut, Some("not-visible-yet")));
    assert_eq!(world.tries("/vectors/upsert"), 1);
}

#[tokio::test]
async fn an_unknown_namespace_is_empty() {
    let world = World::new(Options::default()).await;
    let index = world.index(&[]);
    assert!(ids(&world, &index, Vec::new()).await.is_empty());
    assert!(index.list(&world.call(), "profiles", "", None, 10).await.unwrap().ids.is_empty());
    index.delete(&world.call(), "profiles", &Selection::Ids(vec!["a".to_owned()])).await.unwrap();
    let by_filter = Selection::Filters(vec![filter("f", Predicate::IsNotNull)]);
    index.delete(&world.call(), "profiles", &by_filter).await.unwrap();
}

#[tokio::test]
async fn the_index_is_found_by_name_and_by_host() {
    let world = World::new(Options { host_form: HostForm::WithScheme, ..Options::default() }).await;
    let index = world.index(&[]);
    for _ in 0..3 {
        ids(&world, &index, Vec::new()).await;
    }
    assert_eq!((world.tries("/indexes/serene"), world.tries("/query")), (1, 3));
    let host = world.server.index_url("serene").unwrap();
    let index = world.index(&[("pinecone_index_host", &host)]);
    ids(&world, &index, Vec::new()).await;
    assert_eq!((world.tries("/indexes/serene"), world.tries("/describe_index_stats")), (1, 1));
}

#[tokio::test]
async fn each_wrong_setting_is_named() {
    let world = World::new(Options::default()).await;
    let far = world.server.index_url("far").unwrap();
    for (set, variable) in [
        (("pinecone_api_key", "pcsk_9999_another"), "pinecone_api_key"),
        (("pinecone_index_name", "nowhere"), "pinecone_index_name"),
        (("pinecone_index_name", "far"), "pinecone_index_name"),
        (("pinecone_index_host", far.as_str()), "pinecone_index_host"),
    ] {
        let index = world.index(&[set]);
        let error = index.query(&world.call(), "profiles", &nearest(Vec::new())).await.unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some(variable)),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("9999"), "{error:?}");
    }
    let index = world.index(&[]);
    let four = Nearest { values: vec![1.0; 4], ..nearest(Vec::new()) };
    let error = index.query(&world.call(), "profiles", &four).await.unwrap_err();
    assert_eq!((error.extra("expected"), error.extra("actual")), (Some("3"), Some("4")));
}

async fn store(world: &World) -> Result<(), Error> {
    let vectors = [vector("a", [1.0, 0.0, 0.0], json!({"text": TEXT}))];
    world.index(&[]).upsert(&world.call(), "profiles", &vectors).await
}

async fn search(world: &World) -> Result<(), Error> {
    world.index(&[]).query(&world.call(), "profiles", &nearest(Vec::new())).await.map(drop)
}

#[tokio::test]
async fn each_fault_heals_or_ends_after_the_tries_it_is_worth() {
    use ErrorKind as Kind;
    let answer = |status| Effect::status(status);
    // What Pinecone does for how many requests, what comes of it, after how many tries.
    let cases = [
        (answer(429), 3, None, 4),
        (answer(500), 2, None, 3),
        (answer(502), 4, Some(Kind::Unavailable), 4),
        (answer(503), 1, None, 2),
        (answer(504), 4, Some(Kind::TimedOut), 4),
        (answer(408), 1, None, 2),
        (answer(400), 1, Some(Kind::Invalid), 1),
        (answer(402), 1, Some(Kind::Denied), 1),
        (answer(403), 1, Some(Kind::Denied), 1),
        (answer(413), 1, Some(Kind::TooLarge), 1),
        (answer(422), 1, Some(Kind::Invalid), 1),
        (Effect::Reset, 3, None, 4),
        (Effect::Reset, 4, Some(Kind::Unavailable), 4),
        (Effect::LoseAnswer, 1, None, 2),
        (Effect::Truncate, 1, None, 2),
        (Effect::Garbage, 1, Some(Kind::Failed), 1),
        (Effect::Stall, 1, None, 2),
        (Effect::StallBody, 1, None, 2),
    ];
    for (effect, times, outcome, tries) in cases {
        for path in ["/vectors/upsert", "/query"] {
            let world = World::new(Options::default()).await;
            world.server.faults().add(Fault::new(effect.clone()).on(path).times(times));
            let result = if path == "/query" { search(&world).await } else { store(&world).await };
            assert_eq!(
                result.as_ref().err().map(|error| error.kind),
                outcome,
                "{path} {effect:?}: {result:?}"
            );
            assert_eq!(world.tries(path), tries, "{path} {effect:?}");
            let shown = format!("{result:?}");
            assert!(!shown.contains(&world.key) && !shown.contains("She said"), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_wait_longer_than_the_call_comes_back_to_the_caller() {
    let world = World::new(Options::default()).await;
    let answer = Answer { status: 429, retry_after: Some(RetryAfter::Seconds(4000)), ..Answer::default() };
    world.server.faults().add(Fault::new(Effect::Answer(answer)).on("/query"));
    let error = search(&world).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_secs(4000))));
    assert_eq!(world.tries("/query"), 1);
}
