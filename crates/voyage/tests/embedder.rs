//! What Voyage is asked, and what becomes of its vectors.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use simulated::{Reply, Sent, World, answer};
use upstream::{Error, ErrorKind};
use voyage::{Embedder, EmbedderConfig, Embeddings, Purpose};

fn embedder(world: &Rc<World>, variables: &'static [(&str, &str)]) -> Embedder<World> {
    let get = |name: &str| {
        let set = variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        set.or_else(|| (name == "voyage_api_key").then(|| "pa-key-1".to_owned()))
    };
    Embedder::new(Rc::clone(world), EmbedderConfig::from_variables(get).unwrap())
}

fn embed(
    world: &Rc<World>,
    variables: &'static [(&str, &str)],
    texts: &[String],
) -> Result<Embeddings, Error> {
    world.run(embedder(world, variables).embed(&world.call(600), texts, Purpose::Document))
}

fn base64(vector: &[f32]) -> String {
    STANDARD.encode(vector.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())
}

/// A vector that tells its text's length: (length, 1, 0, 0, …).
fn vector(text: &str, dimensions: usize) -> String {
    let mut vector = vec![0.0; dimensions];
    vector[0] = text.len() as f32;
    vector[1] = 1.0;
    base64(&vector)
}

/// Voyage: every text's vector, last text first, ten tokens a text.
fn voyage(sent: &Sent) -> Reply {
    let request = sent.json();
    let dimensions = request["output_dimension"].as_u64().unwrap_or(1024) as usize;
    let input = request["input"].as_array().unwrap();
    let data = input.iter().enumerate().rev().map(|(index, text)| {
        json!({"object": "embedding", "index": index, "embedding": vector(text.as_str().unwrap(), dimensions)})
    });
    let data: Vec<Value> = data.collect();
    answer(
        200,
        json!({"object": "list", "data": data, "model": request["model"], "usage": {"total_tokens": 10 * input.len()}}),
    )
}

/// Voyage, which takes this many bytes of text in a request.
fn voyage_with_room_for(bytes: usize) -> impl FnMut(&Sent) -> Reply {
    move |sent| {
        let request = sent.json();
        let size: usize =
            request["input"].as_array().unwrap().iter().map(|t| t.as_str().unwrap().len()).sum();
        if size > bytes {
            return answer(400, json!({"detail": "The max allowed tokens per submitted batch is 120000."}));
        }
        voyage(sent)
    }
}

fn texts(lengths: impl IntoIterator<Item = usize>) -> Vec<String> {
    lengths.into_iter().map(|n| "x".repeat(n)).collect()
}

/// The lengths of the texts that the vectors are of.
fn lengths(embeddings: &Embeddings) -> Vec<usize> {
    embeddings.vectors.iter().map(|v| (v[0] / v[1]).round() as usize).collect()
}

fn counts(world: &World) -> Vec<usize> {
    world.sent.borrow().iter().map(|sent| sent.json()["input"].as_array().unwrap().len()).collect()
}

#[test]
fn each_text_gets_its_vector_of_length_one_in_order() {
    let world = World::new(voyage);
    let all = embed(&world, &[], &texts([3, 1, 2])).unwrap();
    assert_eq!(lengths(&all), [3, 1, 2]);
    for vector in &all.vectors {
        assert_eq!(vector.len(), 1024);
        let length: f32 = vector.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
    }
    assert_eq!((all.model.as_str(), all.tokens), ("voyage-3", 30));
}

#[test]
fn the_request_asks_for_base64_and_no_truncation_and_an_old_model_for_no_size() {
    let world = World::new(voyage);
    embed(&world, &[], &texts([1])).unwrap();
    let sent = world.sent.borrow()[0].clone();
    assert_eq!((sent.method.as_str(), sent.uri.as_str()), ("POST", "https://api.voyageai.com/v1/embeddings"));
    assert_eq!(sent.headers["authorization"], "Bearer pa-key-1");
    assert_eq!(sent.headers["content-type"], "application/json");
    let expected = json!({"input": ["x"], "model": "voyage-3", "input_type": "document", "truncation": false, "encoding_format": "base64"});
    assert_eq!(sent.json(), expected);
}

#[test]
fn queries_sizes_and_truncation_are_said() {
    let world = World::new(voyage);
    let variables =
        &[("voyage_model", "voyage-4"), ("voyage_dimension", "256"), ("voyage_truncation", "true")];
    let embedder = embedder(&world, variables);
    let all = world.run(embedder.embed(&world.call(60), &texts([1]), Purpose::Query)).unwrap();
    assert_eq!((all.vectors[0].len(), all.model.as_str()), (256, "voyage-4@256"));
    let sent = world.sent.borrow()[0].json();
    assert_eq!(
        (&sent["input_type"], &sent["output_dimension"], &sent["truncation"]),
        (&json!("query"), &json!(256), &json!(true))
    );
}

#[test]
fn atlas_keys_go_to_their_own_address_unless_one_is_set() {
    let addresses: [(&'static [(&str, &str)], &str); 2] = [
        (&[("voyage_api_key", "al-key")], "https://ai.mongodb.com/v1/embeddings"),
        (
            &[("voyage_api_key", "al-key"), ("voyage_base_url", "http://localhost:9/v1/")],
            "http://localhost:9/v1/embeddings",
        ),
    ];
    for (variables, uri) in addresses {
        let world = World::new(voyage);
        embed(&world, variables, &texts([1])).unwrap();
        assert_eq!(world.sent.borrow()[0].uri, uri);
    }
}

#[test]
fn a_call_over_a_request_s_limits_goes_out_in_several() {
    let world = World::new(voyage);
    let by_count = texts((1..=300).map(|n| n % 7 + 1));
    let all = embed(&world, &[], &by_count).unwrap();
    assert_eq!(counts(&world), [128, 128, 44]);
    assert_eq!(lengths(&all), by_count.iter().map(String::len).collect::<Vec<_>>());
    assert_eq!(all.tokens, 3000);

    // 120,000 tokens are 240,000 bytes by the cautious count.
    let world = World::new(voyage);
    embed(&world, &[("voyage_model", "voyage-4-large")], &texts([100_000; 5])).unwrap();
    assert_eq!(counts(&world), [2, 2, 1]);
}

#[test]
fn a_request_with_too_many_tokens_is_halved_until_it_fits() {
    let world = World::new(voyage_with_room_for(10));
    let all = embed(&world, &[], &texts([1, 2, 3, 4, 5, 6, 7])).unwrap();
    assert_eq!(lengths(&all), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(counts(&world), [7, 3, 4, 2, 2, 1, 1]);
}

#[test]
fn a_text_that_is_too_long_is_named() {
    let world = World::new(voyage_with_room_for(10));
    let error = embed(&world, &[], &texts([1, 2, 11])).unwrap_err();
    assert_eq!((error.kind, error.status, error.extra("text")), (ErrorKind::TooLarge, Some(400), Some("2")));
    assert_eq!(error.extra("limit"), Some("32000"));
    assert!(error.message.starts_with("Text 2 (from 0) is longer than the 32000 tokens"), "{error}");
}

#[test]
fn what_breaks_a_rule_is_refused_before_anything_is_sent() {
    let cases: [(Vec<String>, ErrorKind, Option<&str>); 4] = [
        (vec![], ErrorKind::Invalid, None),
        (vec!["a".to_owned(), " \n".to_owned()], ErrorKind::Invalid, Some("1")),
        (texts([1; 1001]), ErrorKind::TooLarge, None),
        (texts([1, 512_001]), ErrorKind::TooLarge, Some("1")),
    ];
    for (texts, kind, text) in cases {
        let world = World::new(|_| unreachable!("nothing is sent"));
        let error = embed(&world, &[], &texts).unwrap_err();
        assert_eq!((error.kind, error.extra("text"), world.tries()), (kind, text, 0), "{error}");
    }
}

#[test]
fn an_answer_that_is_not_one_vector_a_text_fails_and_is_not_billed_again() {
    let item = |index: usize, embedding: &str| json!({"index": index, "embedding": embedding});
    let good = vector("a", 1024);
    let (mut nan, mut infinite) = (vec![1.0; 1024], vec![1.0; 1024]);
    nan[7] = f32::NAN;
    infinite[7] = f32::INFINITY;
    let bodies = [
        json!({"data": [item(0, &good)]}).to_string(),
        json!({"data": [item(0, &good), item(0, &good)]}).to_string(),
        json!({"data": [item(0, &good), item(2, &good)]}).to_string(),
        json!({"data": [item(0, &good), item(1, &base64(&vec![0.0; 1024]))]}).to_string(),
        json!({"data": [item(0, &good), item(1, &base64(&nan))]}).to_string(),
        json!({"data": [item(0, &good), item(1, &base64(&infinite))]}).to_string(),
        json!({"data": [item(0, &good), item(1, "no base64!")]}).to_string(),
        json!({"data": [item(0, &good), {"index": 1, "embedding": [0.5, 0.5]}]}).to_string(),
        json!({"detail": "fine"}).to_string(),
        "<html>".to_owned(),
        String::new(),
        " ".repeat(17 * 1024 * 1024),
    ];
    for body in bodies {
        let start: String = body.chars().take(60).collect();
        let world = World::new(move |_| answer(200, &body));
        let error = embed(&world, &[], &texts([1, 2])).unwrap_err();
        assert_eq!(
            (error.kind, error.status, world.tries()),
            (ErrorKind::Failed, Some(200), 1),
            "{start}: {error}"
        );
    }
}

#[test]
fn vectors_of_another_size_are_an_operator_s_to_mend() {
    for numbers in [vec![1.0; 512], vec![]] {
        let body =
            json!({"data": [{"index": 0, "embedding": base64(&numbers)}], "usage": {"total_tokens": 1}});
        let world = World::new(move |_| answer(200, &body));
        let error = embed(&world, &[], &texts([1])).unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some("voyage_dimension"))
        );
        assert_eq!(error.extra("actual"), Some(numbers.len().to_string().as_str()));
    }
}
