//! Each failure of Voyage's: what the caller gets, how often Voyage was tried, and that nothing secret is shown.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use simulated::{Reply, World, answer, shown, shows_part_of};
use upstream::{Error, ErrorKind, Platform, TransportFault};
use voyage::{Embedder, EmbedderConfig, Purpose, Reranker, RerankerConfig};

const KEY: &str = "pa-0123456789-secret";
const TEXT: &str = "She said that he never listens when she speaks of her mother.";

fn variables(name: &str) -> Option<String> {
    (name == "voyage_api_key").then(|| KEY.to_owned())
}

fn embed(world: &Rc<World>, seconds: u64) -> Result<(), Error> {
    let embedder = Embedder::new(Rc::clone(world), EmbedderConfig::from_variables(variables).unwrap());
    world.run(embedder.embed(&world.call(seconds), &[TEXT.to_owned()], Purpose::Document)).map(drop)
}

fn rerank(world: &Rc<World>, seconds: u64) -> Result<(), Error> {
    let reranker = Reranker::new(Rc::clone(world), RerankerConfig::from_variables(variables).unwrap());
    world.run(reranker.rerank(&world.call(seconds), "Who listens?", &[TEXT.to_owned()], None)).map(drop)
}

type Embed = fn(&Rc<World>, u64) -> Result<(), Error>;
const CALLS: [Embed; 2] = [embed, rerank];

#[test]
fn no_part_of_the_key_is_shown_where_long_words_are_cut_off() {
    for before in 280..=310 {
        let words = format!("{} {KEY} is wrong", "x".repeat(before));
        for body in [json!({"detail": words}).to_string(), words] {
            let world = World::new(move |_| answer(400, &body));
            let error = embed(&world, 60).unwrap_err();
            assert!(!shows_part_of(&error, KEY), "after {before}: {error}");
        }
    }
}

#[test]
fn each_status_has_one_meaning_and_one_retry_rule() {
    use ErrorKind as Kind;
    let cases = [
        (400, Kind::Invalid, 1),
        (401, Kind::Misconfigured, 1),
        (402, Kind::Denied, 1),
        (403, Kind::Denied, 1),
        (404, Kind::Misconfigured, 1),
        (302, Kind::Misconfigured, 1),
        (408, Kind::TimedOut, 3),
        (413, Kind::TooLarge, 1),
        (418, Kind::Failed, 1),
        (422, Kind::Invalid, 1),
        (429, Kind::RateLimited, 3),
        (500, Kind::Failed, 3),
        (502, Kind::Unavailable, 3),
        (503, Kind::Unavailable, 3),
        (504, Kind::TimedOut, 3),
        (520, Kind::Unavailable, 3),
    ];
    let bodies = [
        json!({"detail": "no"}).to_string(),
        json!({"detail": [{"loc": ["body", "input", 0], "msg": "no", "input": TEXT}]}).to_string(),
        json!({"detail": format!("The key {KEY} may not send '{TEXT}'")}).to_string(),
        json!({"error": {"message": format!("key {KEY}")}}).to_string(),
        json!({"message": 7}).to_string(),
        format!("upstream connect error, key {KEY}"),
        String::new(),
    ];
    for call in CALLS {
        for (status, kind, tries) in cases {
            for body in &bodies {
                let reply = body.clone();
                let world = World::new(move |_| answer(status, &reply));
                let error = call(&world, 600).unwrap_err();
                assert_eq!((error.kind, error.status), (kind, Some(status)), "{status} {body}: {error}");
                assert_eq!(world.tries(), tries, "{status} {body}");
                assert_eq!(error.extra("tries"), Some(tries.to_string().as_str()));
                assert!(
                    !shown(&error).contains("0123456789") && !shown(&error).contains("She said"),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn what_passes_heals() {
    for status in [408, 429, 500, 503] {
        let mut tries = 0;
        let world = World::new(move |_| {
            tries += 1;
            if tries < 3 {
                return answer(status, "");
            }
            let vector = "AACAPw==".to_owned();
            answer(200, json!({"data": [{"index": 0, "embedding": vector}], "usage": {"total_tokens": 1}}))
        });
        let get = |name: &str| match name {
            "voyage_model" => Some("tiny".to_owned()),
            "voyage_dimension" => Some("1".to_owned()),
            _ => variables(name),
        };
        let embedder = Embedder::new(Rc::clone(&world), EmbedderConfig::from_variables(get).unwrap());
        let all = world.run(embedder.embed(&world.call(60), &[TEXT.to_owned()], Purpose::Query)).unwrap();
        assert_eq!((all.vectors, world.tries()), (vec![vec![1.0]], 3), "{status}");
    }
}

#[test]
fn a_wait_that_voyage_asks_for_is_kept_or_passed_on() {
    let busy = |_: &simulated::Sent| {
        let headers = vec![("retry-after", "20".to_owned())];
        Reply::Answer(429, headers, json!({"detail": "slow down"}).to_string().into_bytes())
    };
    for call in CALLS {
        let world = World::new(busy);
        let error = call(&world, 600).unwrap_err();
        assert_eq!((world.tries(), error.retry_after), (3, Some(Duration::from_secs(20))));
        assert!(world.monotonic() >= Duration::from_secs(40));

        let world = World::new(busy);
        let error = call(&world, 10).unwrap_err();
        assert_eq!((world.tries(), error.retry_after), (1, Some(Duration::from_secs(20))));
        assert_eq!(
            error.message,
            "Voyage asks for fewer requests or tokens a minute. It says: slow down. Wait, or raise the account's limits."
        );
    }
}

#[test]
fn a_model_that_voyage_does_not_know_names_its_variable() {
    for (call, variable) in CALLS.into_iter().zip(["voyage_model", "voyage_rerank_model"]) {
        let world = World::new(|_| {
            answer(400, json!({"detail": "Model x is not supported. Supported models are [y]."}))
        });
        let error = call(&world, 60).unwrap_err();
        assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Misconfigured, Some(variable)));
    }
}

#[test]
fn a_size_that_the_model_does_not_give_names_its_variable() {
    let world = World::new(|_| answer(400, json!({"detail": "output_dimension 7 is not supported by x."})));
    let error = embed(&world, 60).unwrap_err();
    assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Misconfigured, Some("voyage_dimension")));
}

#[test]
fn refusals_name_the_variable_to_mend() {
    for (status, variable) in [(401, "voyage_api_key"), (403, "voyage_api_key"), (404, "voyage_base_url")] {
        let world = World::new(move |_| answer(status, json!({"detail": "no"})));
        let error = embed(&world, 60).unwrap_err();
        assert_eq!(error.extra("variable"), Some(variable));
        assert!(error.message.contains(variable) || status == 403, "{error}");
    }
}

#[test]
fn a_broken_connection_is_tried_again_and_one_that_is_not_allowed_is_not() {
    let cases = [
        (TransportFault::Broken, ErrorKind::Unavailable, 3),
        (TransportFault::Refused, ErrorKind::Unavailable, 3),
        (TransportFault::NotPermitted, ErrorKind::Misconfigured, 1),
        (TransportFault::NotHttp, ErrorKind::Failed, 1),
    ];
    for call in CALLS {
        for (fault, kind, tries) in cases {
            let world = World::new(move |_| Reply::Fault(fault));
            let error = call(&world, 60).unwrap_err();
            assert_eq!((error.kind, world.tries()), (kind, tries), "{fault:?}");
        }
    }
}

#[test]
fn silence_ends_with_the_call_s_time() {
    for call in CALLS {
        let world = World::new(|_| Reply::Silence);
        let error = call(&world, 60).unwrap_err();
        assert_eq!((error.kind, world.tries()), (ErrorKind::TimedOut, 1));
        assert_eq!(world.monotonic(), Duration::from_secs(60));
    }
}

#[test]
fn an_address_that_is_set_is_named_where_nothing_answers_there() {
    for (address, named) in [(Some("https://voyage.example/v1"), Some("voyage_base_url")), (None, None)] {
        let world = World::new(|_| Reply::Fault(TransportFault::NoSuchHost));
        let get = |name: &str| match name {
            "voyage_base_url" => address.map(str::to_owned),
            _ => variables(name),
        };
        let embedder = Embedder::new(Rc::clone(&world), EmbedderConfig::from_variables(get).unwrap());
        let texts = [TEXT.to_owned()];
        let error = world.run(embedder.embed(&world.call(60), &texts, Purpose::Query)).unwrap_err();
        assert_eq!(error.extra("variable"), named, "{error}");
        let reranker = Reranker::new(Rc::clone(&world), RerankerConfig::from_variables(get).unwrap());
        let error = world.run(reranker.rerank(&world.call(60), "Who?", &texts, None)).unwrap_err();
        assert_eq!(error.extra("variable"), named, "{error}");
    }
}
