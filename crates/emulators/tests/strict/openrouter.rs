//! OpenRouter.

use emulators::openrouter::{self, acts};
use emulators::{Effect, Fault, Server};
use serde_json::{Value, json};

use crate::common::{Answer, get, post};

struct OpenRouter {
    server: Server,
    key: String,
}

impl OpenRouter {
    async fn start(options: openrouter::Options) -> Self {
        let key = options.key.clone();
        Self { server: openrouter::start(options).await.unwrap(), key }
    }

    async fn chat(&self, body: &Value) -> Answer {
        post(&format!("{}/api/v1/chat/completions", self.server.url()), &self.key, body).await
    }

    async fn act(&self, name: &str) -> Answer {
        self.server.faults().add(Fault::new(Effect::Act(name.to_owned())));
        self.chat(&body()).await
    }
}

fn body() -> Value {
    let schema = json!({
        "type": "object",
        "properties": { "summary": { "type": "string" } },
        "required": ["summary"],
        "additionalProperties": false,
    });
    json!({
        "model": "openai/gpt-4o",
        "messages": [{ "role": "user", "content": "We argue about money every week. The money is never enough. Then we are silent." }],
        "response_format": { "type": "json_schema", "json_schema": { "name": "a", "strict": true, "schema": schema } },
    })
}

#[tokio::test]
async fn an_answer_fits_the_schema_and_says_what_it_cost() {
    let openrouter = OpenRouter::start(openrouter::Options { stats_after: 1, ..Default::default() }).await;
    let answer = openrouter.chat(&body()).await;
    let completion = answer.json();
    let content: Value =
        serde_json::from_str(completion["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert!(content["summary"].as_str().unwrap().contains("money"), "{content}");
    assert!(completion["usage"]["cost"].as_f64().unwrap() > 0.0);
    assert_eq!(answer.header("x-generation-id"), completion["id"].as_str());
    let stats =
        format!("{}/api/v1/generation?id={}", openrouter.server.url(), completion["id"].as_str().unwrap());
    assert_eq!(get(&stats, &openrouter.key).await.status, 404);
    assert_eq!(get(&stats, &openrouter.key).await.json()["data"]["total_cost"], completion["usage"]["cost"]);
}

#[tokio::test]
async fn it_does_on_demand_what_models_do_wrong() {
    let openrouter = OpenRouter::start(openrouter::Options::default()).await;
    let first = |answer: &Answer| answer.json()["choices"][0].clone();
    let refusal = first(&openrouter.act(acts::REFUSAL).await);
    assert!(refusal["message"]["refusal"].is_string() && refusal["message"]["content"].is_null());
    assert_eq!(first(&openrouter.act(acts::LENGTH).await)["finish_reason"], "length");
    assert_eq!(first(&openrouter.act(acts::CONTENT_FILTER).await)["finish_reason"], "content_filter");
    assert_eq!(first(&openrouter.act(acts::EMPTY).await)["message"]["content"], "");
    assert!(first(&openrouter.act(acts::NULL).await)["message"]["content"].is_null());
    let top = openrouter.act(acts::ERROR).await;
    assert_eq!((top.status, &top.json()["error"]["code"]), (200, &json!(502)));
    let choice = first(&openrouter.act(acts::CHOICE_ERROR).await);
    assert_eq!((&choice["finish_reason"], &choice["error"]["code"]), (&json!("error"), &json!(502)));
    let text = |choice: Value| choice["message"]["content"].as_str().unwrap().to_owned();
    let invalid = text(first(&openrouter.act(acts::INVALID_JSON).await));
    assert!(serde_json::from_str::<Value>(&invalid).is_err());
    let wrong: Value = serde_json::from_str(&text(first(&openrouter.act(acts::WRONG_JSON).await))).unwrap();
    assert!(wrong.get("summary").is_none());
    assert!(text(first(&openrouter.act(acts::FENCED_JSON).await)).starts_with("```json"));
    let whole = text(first(&openrouter.chat(&body()).await));
    assert!(serde_json::from_str::<Value>(&whole).is_ok(), "an act is done once");
}

#[tokio::test]
async fn refusals_have_the_status_and_shape_of_openrouter() {
    let openrouter = OpenRouter::start(openrouter::Options::default()).await;
    for (act, status, retry_after) in [
        (acts::NO_CREDITS, 402, None),
        (acts::KEY_LIMIT, 402, None),
        (acts::OVER_BUDGET, 402, None),
        (acts::IN_FLIGHT_BUDGET, 402, Some("1")),
        (acts::MODERATION, 403, None),
        (acts::GUARDRAIL, 403, None),
        (acts::NO_ENDPOINTS, 404, None),
    ] {
        let answer = openrouter.act(act).await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, retry_after), "{act}");
        assert_eq!(answer.json()["error"]["code"], status, "{act}");
    }
    let unavailable = openrouter.act(acts::UNAVAILABLE).await;
    let error = &unavailable.json()["error"];
    assert_eq!(unavailable.status, 503);
    assert!(error.get("code").is_none() && error["availability"]["retryable"] == true);
    let deprecated = openrouter.act(acts::DEPRECATED).await.json();
    assert_eq!(deprecated["error"]["availability"]["retryable"], false);
}

#[tokio::test]
async fn the_next_model_answers_when_one_fails() {
    let openrouter = OpenRouter::start(openrouter::Options::default()).await;
    let mut ask = body();
    ask["models"] = json!(["openai/gpt-4o", "google/gemini-2.5-flash"]);
    openrouter.server.faults().add(Fault::new(Effect::Act(acts::FIRST_MODEL_FAILS.to_owned())));
    assert_eq!(openrouter.chat(&ask).await.json()["model"], "google/gemini-2.5-flash");
    assert_eq!(openrouter.act(acts::FIRST_MODEL_FAILS).await.status, 502);
    ask["provider"] = json!({ "max_price": { "prompt": "1" } });
    assert_eq!(openrouter.chat(&ask).await.json()["model"], "google/gemini-2.5-flash");
    ask["provider"]["max_price"]["completion"] = json!(0.01);
    assert_eq!(openrouter.chat(&ask).await.status, 404);
}

#[tokio::test]
async fn what_openrouter_refuses_is_refused() {
    let openrouter = OpenRouter::start(openrouter::Options::default()).await;
    let cases = [
        ("messages", json!([])),
        ("messages", json!([{ "role": "robot", "content": "a" }])),
        ("messages", json!([{ "role": "user", "content": 1 }])),
        ("model", json!("nobody/nothing")),
        ("temperature", json!(2.1)),
        ("stop", json!(["a", "b", "c", "d", "e"])),
        ("max_tokens", json!(0)),
        ("session_id", json!("s".repeat(257))),
        ("metadata", (0..17).map(|n| (n.to_string(), json!("v"))).collect::<serde_json::Map<_, _>>().into()),
        ("response_format", json!({ "type": "xml" })),
        (
            "response_format",
            json!({ "type": "json_schema", "json_schema": { "name": "n".repeat(65), "schema": {} } }),
        ),
        ("response_format", json!({ "type": "json_schema", "json_schema": { "name": "a b", "schema": {} } })),
        ("response_format", json!({ "type": "json_schema", "json_schema": { "name": "a" } })),
        ("provider", json!({ "data_collection": "maybe" })),
        ("stream", json!("yes")),
    ];
    for (name, value) in cases {
        let mut ask = body();
        ask[name] = value;
        let answer = openrouter.chat(&ask).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!(400)), "{name}");
    }
    let url = format!("{}/api/v1/key", openrouter.server.url());
    assert_eq!(get(&url, "wrong").await.json()["error"]["code"], 401);
}

#[tokio::test]
async fn a_key_that_has_spent_its_limit_is_refused() {
    let openrouter = OpenRouter::start(openrouter::Options { limit: Some(1e-6), ..Default::default() }).await;
    assert_eq!(openrouter.chat(&body()).await.status, 200);
    assert_eq!(openrouter.chat(&body()).await.status, 402);
    let key = get(&format!("{}/api/v1/key", openrouter.server.url()), &openrouter.key).await.json();
    assert_eq!(key["data"]["limit_remaining"], 0.0);
}

#[tokio::test]
async fn a_stream_ends_with_usage_and_done_unless_it_is_cut() {
    let openrouter = OpenRouter::start(openrouter::Options::default()).await;
    let mut ask = body();
    ask["stream"] = json!(true);
    let text = |answer: Answer| String::from_utf8(answer.bytes.to_vec()).unwrap();
    let whole = text(openrouter.chat(&ask).await);
    assert!(whole.starts_with(": OPENROUTER PROCESSING") && whole.ends_with("data: [DONE]\n\n"));
    assert!(whole.contains("\"choices\":[]"));
    openrouter.server.faults().add(Fault::new(Effect::Act(acts::STREAM_CUT.to_owned())));
    assert!(!text(openrouter.chat(&ask).await).contains("[DONE]"));
    openrouter.server.faults().add(Fault::new(Effect::Act(acts::CHOICE_ERROR.to_owned())));
    let broken = text(openrouter.chat(&ask).await);
    assert!(broken.contains("\"finish_reason\":\"error\"") && broken.contains("Provider disconnected"));
}
