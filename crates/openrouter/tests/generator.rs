//! What OpenRouter is asked, and what becomes of its answers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{
    CONTENT, KEY, Reply, SCHEMA, TEXT, World, answer, completion, generate, generate_with, request, said,
    shown,
};
use openrouter::Request;
use serde_json::{Value, json};
use upstream::ErrorKind;

#[test]
fn the_answer_comes_with_its_model_and_what_it_cost() {
    let world = World::new(|_| said(CONTENT));
    let generation = generate(&world, 60).unwrap();
    assert_eq!(
        (generation.content.as_str(), generation.model.as_str()),
        (CONTENT, "openai/gpt-4.1-mini-2025")
    );
    let pairs: Vec<String> =
        generation.usage.to_pairs().iter().map(|(name, value)| format!("{name} {value}")).collect();
    assert_eq!(pairs, ["input-tokens 100", "output-tokens 20", "cost-usd 0.0015"]);
}

#[test]
fn a_request_asks_for_the_schema_and_for_nobody_who_keeps_it() {
    let world = World::new(|_| said(CONTENT));
    generate(&world, 60).unwrap();
    let sent = world.sent.borrow();
    assert_eq!(sent[0].uri, "https://openrouter.ai/api/v1/chat/completions");
    assert_eq!(sent[0].headers["authorization"], format!("Bearer {KEY}"));
    assert!(sent[0].headers["authorization"].is_sensitive());
    assert!(!sent[0].headers.contains_key("referer") && !sent[0].headers.contains_key("x-openrouter-title"));
    assert_eq!(
        sent[0].json(),
        json!({
            "model": "openai/gpt-4.1-mini",
            "messages": [{"role": "system", "content": "Summarise."}, {"role": "user", "content": TEXT}],
            "max_tokens": 8192,
            "response_format": {"type": "json_schema", "json_schema": {
                "name": "summary", "strict": true, "schema": serde_json::from_str::<Value>(SCHEMA).unwrap(),
            }},
            "provider": {"require_parameters": true, "data_collection": "deny"},
        })
    );
    // Models write the members in the schema's order.
    assert!(String::from_utf8_lossy(&sent[0].body).contains(r#""required": ["summary", "mood"]"#));
}

#[test]
fn each_variable_has_its_place_in_the_request() {
    let world = World::new(|_| said(CONTENT));
    let set = [
        ("openrouter_model", "anthropic/claude-sonnet-4.5"),
        ("openrouter_fallback_models", "openai/gpt-5, google/gemini-2.5-pro"),
        ("openrouter_max_output_tokens", "2000"),
        ("openrouter_data_collection", "allow"),
        ("openrouter_app_url", "https://serene.example.com/"),
        ("openrouter_app_title", "Serene"),
        ("openrouter_base_url", "http://127.0.0.1:8080/api/v1/"),
    ];
    generate_with(&world, &set, &request(), 60).unwrap();
    let sent = &world.sent.borrow()[0];
    let body = sent.json();
    assert_eq!(sent.uri, "http://127.0.0.1:8080/api/v1/chat/completions");
    assert_eq!(
        (&sent.headers["referer"], &sent.headers["x-openrouter-title"]),
        (&"https://serene.example.com/".parse().unwrap(), &"Serene".parse().unwrap())
    );
    assert_eq!(body["model"], "anthropic/claude-sonnet-4.5");
    assert_eq!(body["models"], json!(["openai/gpt-5", "google/gemini-2.5-pro"]));
    assert_eq!((&body["max_tokens"], &body["provider"]["data_collection"]), (&json!(2000), &json!("allow")));
}

#[test]
fn an_answer_s_length_is_the_callers_within_the_operators() {
    for (asked, sent) in [(Some(500), 500), (Some(1), 16), (Some(100_000), 8192), (None, 8192)] {
        let world = World::new(|_| said(CONTENT));
        generate_with(&world, &[], &Request { max_output_tokens: asked, ..request() }, 60).unwrap();
        assert_eq!(world.sent.borrow()[0].json()["max_tokens"], json!(sent));
    }
}

#[test]
fn what_is_no_request_is_not_sent() {
    let with_schema = |schema: &str| Request { schema: schema.to_owned(), ..request() };
    let with_name = |name: &str| Request { schema_name: name.to_owned(), ..request() };
    for request in [
        Request { messages: Vec::new(), ..request() },
        with_schema("{"),
        with_schema("[]"),
        with_schema(r#"["object"]"#),
        with_schema("{}"),
        with_schema(r#"{"type": "array"}"#),
        with_schema(r#"{"type": "object", "required": 7}"#),
        with_name(""),
        with_name("a b"),
        with_name(&"n".repeat(65)),
        Request { max_output_tokens: Some(0), ..request() },
    ] {
        let world = World::new(|_| said(CONTENT));
        let error = generate_with(&world, &[], &request, 60).unwrap_err();
        assert_eq!((error.kind, world.tries()), (ErrorKind::Invalid, 0), "{error}");
    }
    let mut long = request();
    long.messages[1].content = "x".repeat(2_000_000);
    let world = World::new(|_| said(CONTENT));
    let error = generate_with(&world, &[], &long, 60).unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::TooLarge, 0));
    let schema = with_schema(&format!(r#"{{"type": "object", "title": "{}"}}"#, "x".repeat(300_000)));
    assert_eq!(generate_with(&world, &[], &schema, 60).unwrap_err().kind, ErrorKind::TooLarge);
}

#[test]
fn an_answer_that_is_no_json_gets_one_repair_turn() {
    for (bad, problem) in [
        ("{\"summary\": ", "is not JSON"),
        ("Certainly! Here is a summary.", "is not JSON"),
        ("[1]", "is JSON, but not an object"),
        (r#"{"summary": "x"}"#, "lacks mood"),
    ] {
        let mut turns = 0;
        let world = World::new(move |_| {
            turns += 1;
            if turns == 1 { said(bad) } else { said(CONTENT) }
        });
        let generation = generate(&world, 60).unwrap();
        assert_eq!((generation.content.as_str(), world.tries()), (CONTENT, 2));
        assert_eq!((generation.usage.input_tokens, generation.usage.cost_usd), (200, Some(0.003)));
        let body = world.sent.borrow()[1].json();
        let messages = body["messages"].as_array().unwrap();
        assert_eq!((messages.len(), &messages[2]), (4, &json!({"role": "assistant", "content": bad})));
        assert!(messages[3]["content"].as_str().unwrap().contains(problem), "{messages:?}");
    }
}

#[test]
fn an_answer_that_stays_wrong_is_not_json() {
    let world = World::new(|_| said(&format!("He: {TEXT}")));
    let error = generate(&world, 60).unwrap_err();
    assert_eq!((error.kind, error.extra("reason"), world.tries()), (ErrorKind::Failed, Some("not-json"), 2));
    assert_eq!(
        (error.extra("input-tokens"), error.extra("cost-usd")),
        (Some("200"), Some("0.003")),
        "both are paid for"
    );
    assert!(!shown(&error).contains("listens"), "{error}");
}

#[test]
fn json_between_fences_needs_no_repair() {
    let world = World::new(|_| said(&format!("```json\n{CONTENT}\n```")));
    assert_eq!((generate(&world, 60).unwrap().content.as_str(), world.tries()), (CONTENT, 1));
}

#[test]
fn refused_and_cut_off_answers_are_said_to_be_so_and_not_asked_for_again() {
    let cases = [
        (json!({"content": null, "refusal": format!("I cannot help with: {TEXT}")}), "stop", "refused"),
        (json!({"content": "", "refusal": null}), "content_filter", "refused"),
        (json!({"content": "{\"summary\": \"They", "refusal": null}), "length", "cut-off"),
        (json!({"content": "", "refusal": null}), "length", "cut-off"),
    ];
    for (message, finish_reason, reason) in cases {
        let body = completion(message, finish_reason);
        let world = World::new(move |_| answer(200, &body));
        let error = generate(&world, 60).unwrap_err();
        assert_eq!((error.kind, error.extra("reason"), world.tries()), (ErrorKind::Failed, Some(reason), 1));
        assert_eq!((error.extra("output-tokens"), error.extra("cost-usd")), (Some("20"), Some("0.0015")));
        assert!(!shown(&error).contains("listens"), "{error}");
    }
}

#[test]
fn an_empty_answer_is_asked_for_again() {
    let empty = [
        completion(json!({"content": "", "refusal": ""}), "stop"),
        completion(json!({"content": " \n"}), "stop"),
        completion(json!({"content": null}), "stop"),
        json!({"choices": [], "model": "m"}),
        json!({"choices": [{"message": null, "finish_reason": null}]}),
    ];
    for body in empty {
        let mut tries = 0;
        let first = body.clone();
        let world = World::new(move |_| {
            tries += 1;
            if tries == 1 { answer(200, &first) } else { said(CONTENT) }
        });
        assert_eq!((generate(&world, 60).unwrap().content.as_str(), world.tries()), (CONTENT, 2), "{body}");
        let world = World::new(move |_| answer(200, &body));
        let error = generate(&world, 60).unwrap_err();
        assert_eq!((error.kind, world.tries()), (ErrorKind::Unavailable, 3));
    }
}

#[test]
fn an_answer_that_is_no_answer_is_a_failure() {
    for body in ["", "garbage", "<html></html>", "7", r#"{"choices": 7}"#] {
        let world = World::new(move |_| Reply::Answer(200, Vec::new(), body.as_bytes().to_vec()));
        let error = generate(&world, 60).unwrap_err();
        assert_eq!((error.kind, error.status, world.tries()), (ErrorKind::Failed, Some(200), 1), "{body}");
    }
}
