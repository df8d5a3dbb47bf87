//! What Voyage is asked to order, and what becomes of its order.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use serde_json::{Value, json};
use simulated::{Reply, Sent, World, answer};
use upstream::{Error, ErrorKind};
use voyage::{Reranker, RerankerConfig, Reranking};

fn rerank(world: &Rc<World>, query: &str, texts: &[&str], top_k: Option<u32>) -> Result<Reranking, Error> {
    let get = |name: &str| (name == "voyage_api_key").then(|| "pa-key-1".to_owned());
    let reranker = Reranker::new(Rc::clone(world), RerankerConfig::from_variables(get).unwrap());
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    world.run(reranker.rerank(&world.call(60), query, &texts, top_k))
}

/// Voyage: the longer a text, the better it answers.
fn voyage(sent: &Sent) -> Reply {
    let request = sent.json();
    let documents = request["documents"].as_array().unwrap();
    let mut data: Vec<Value> = documents
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"index": index, "relevance_score": text.as_str().unwrap().len() as f64 / 100.0}))
        .collect();
    data.sort_by(|a, b| {
        b["relevance_score"].as_f64().unwrap().total_cmp(&a["relevance_score"].as_f64().unwrap())
    });
    data.truncate(request["top_k"].as_u64().unwrap() as usize);
    answer(
        200,
        json!({"object": "list", "data": data, "model": request["model"], "usage": {"total_tokens": 26}}),
    )
}

fn order(reranking: &Reranking) -> Vec<u32> {
    reranking.ranks.iter().map(|rank| rank.index).collect()
}

#[test]
fn the_best_come_first() {
    let world = World::new(voyage);
    let all = rerank(&world, "q", &["aa", "aaaa", "a", "aaa"], None).unwrap();
    assert_eq!(order(&all), [1, 3, 0, 2]);
    assert_eq!((all.model.as_str(), all.tokens), ("rerank-2.5", 26));
    assert!((all.ranks[0].score - 0.04).abs() < 1e-6);
    let sent = world.sent.borrow()[0].clone();
    assert_eq!(sent.uri, "https://api.voyageai.com/v1/rerank");
    let expected = json!({"query": "q", "documents": ["aa", "aaaa", "a", "aaa"], "model": "rerank-2.5", "top_k": 4, "return_documents": false, "truncation": false});
    assert_eq!(sent.json(), expected);
}

#[test]
fn only_as_many_as_asked_for_come_back() {
    let world = World::new(voyage);
    assert_eq!(order(&rerank(&world, "q", &["aa", "aaaa", "a"], Some(2)).unwrap()), [1, 0]);
    assert_eq!(order(&rerank(&world, "q", &["aa", "a"], Some(9)).unwrap()), [0, 1]);
}

#[test]
fn blank_texts_are_not_sent_and_come_last() {
    let world = World::new(voyage);
    assert_eq!(order(&rerank(&world, "q", &["", "a", " ", "aa"], None).unwrap()), [3, 1, 0, 2]);
    assert_eq!(order(&rerank(&world, "q", &["", "a", " ", "aa"], Some(3)).unwrap()), [3, 1, 0]);
    assert_eq!(world.sent.borrow()[0].json()["documents"], json!(["a", "aa"]));
}

#[test]
fn nothing_to_order_needs_no_call() {
    let world = World::new(|_| unreachable!("nothing is sent"));
    for (texts, top_k) in [(&[][..], None), (&["a"][..], Some(0)), (&[" "][..], Some(0))] {
        assert_eq!(order(&rerank(&world, "q", texts, top_k).unwrap()), [0_u32; 0]);
    }
    assert_eq!(order(&rerank(&world, "q", &["", " "], None).unwrap()), [0, 1]);
}

#[test]
fn what_breaks_a_rule_is_refused_before_anything_is_sent() {
    let long = "x".repeat(600_000);
    let query = "x".repeat(128_001);
    let cases: [(&str, Vec<&str>, ErrorKind); 5] = [
        (" ", vec!["a"], ErrorKind::Invalid),
        ("q", vec!["a"; 1001], ErrorKind::TooLarge),
        (&query, vec!["a"], ErrorKind::TooLarge),
        ("q", vec!["a", &long], ErrorKind::TooLarge),
        ("q", vec![&long[..500_000]; 20], ErrorKind::TooLarge),
    ];
    for (query, texts, kind) in cases {
        let world = World::new(|_| unreachable!("nothing is sent"));
        let error = rerank(&world, query, &texts, None).unwrap_err();
        assert_eq!((error.kind, world.tries()), (kind, 0), "{error}");
    }
}

#[test]
fn too_many_tokens_are_too_large() {
    let world = World::new(|_| answer(400, json!({"detail": "The total number of tokens is over 600000."})));
    let error = rerank(&world, "q", &["a"], None).unwrap_err();
    assert_eq!((error.kind, error.extra("limit"), world.tries()), (ErrorKind::TooLarge, Some("600000"), 1));
}

#[test]
fn an_answer_that_is_no_order_of_the_texts_fails() {
    let rank = |index: usize, score: f64| json!({"index": index, "relevance_score": score});
    let bodies = [
        json!({"data": [rank(0, 0.5)]}),
        json!({"data": [rank(0, 0.5), rank(0, 0.4)]}),
        json!({"data": [rank(0, 0.5), rank(2, 0.4)]}),
        json!({"data": [rank(0, 1e300), rank(1, 0.4)]}),
        json!({"data": [{"index": 0}, {"index": 1}]}),
        json!([]),
    ];
    for body in bodies {
        let shown = body.to_string();
        let world = World::new(move |_| answer(200, &body));
        let error = rerank(&world, "q", &["a", "b"], None).unwrap_err();
        assert_eq!((error.kind, world.tries()), (ErrorKind::Failed, 1), "{shown}: {error}");
    }
}
