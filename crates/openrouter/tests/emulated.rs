//! Over real connections, against the emulator of OpenRouter, which refuses what OpenRouter refuses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use emulators::openrouter::{self as emulator, Options, acts};
use emulators::server::RetryAfter;
use emulators::{Answer, Credential, Effect, Fault, Server};
use openrouter::{Config, Generation, Generator, Message, Request, Role};
use serde_json::Value;
use upstream::{Call, Error, ErrorKind};
use upstream_hyper::Native;

/// Waits are long and tests are not.
const PACE: u32 = 100;
const TEXT: &str = "She said that he never listens when she speaks of her mother.";
const SCHEMA: &str = r#"{"type": "object", "additionalProperties": false, "required": ["summary"],
    "properties": {"summary": {"type": "string", "description": "One sentence."}}}"#;

struct World {
    server: Server,
    platform: Rc<Native>,
    key: String,
}

impl World {
    async fn new() -> Self {
        let options = Options::default();
        let key = options.key.clone();
        Self {
            server: emulator::start(options).await.unwrap(),
            platform: Rc::new(Native::at_pace(PACE)),
            key,
        }
    }

    async fn generate(&self, set: &[(&str, &str)], schema: &str) -> Result<Generation, Error> {
        let find = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let usual = |name: &str| match name {
            "openrouter_api_key" => Some(self.key.clone()),
            "openrouter_base_url" => Some(format!("{}/api/v1", self.server.url())),
            _ => None,
        };
        let config = Config::from_variables(|name| find(name).or_else(|| usual(name))).unwrap();
        let message = |role, content: &str| Message { role, content: content.to_owned() };
        let request = Request {
            messages: vec![message(Role::System, "Summarise what was said."), message(Role::User, TEXT)],
            schema_name: "summary".to_owned(),
            schema: schema.to_owned(),
            max_output_tokens: None,
        };
        let call = Call::starting_now(&*self.platform, Duration::from_secs(3000), None);
        Generator::new(Rc::clone(&self.platform), config).generate(&call, &request).await
    }

    fn tries(&self) -> usize {
        self.server.calls().to("/api/v1/chat/completions").len()
    }
}

#[tokio::test]
async fn a_schema_is_filled_and_paid_for() {
    let world = World::new().await;
    let generation = world.generate(&[], SCHEMA).await.unwrap();
    let content: Value = serde_json::from_str(&generation.content).unwrap();
    assert!(content["summary"].is_string(), "{content}");
    assert_eq!(generation.model, "openai/gpt-4.1-mini");
    assert!(generation.usage.input_tokens > 0 && generation.usage.output_tokens > 0);
    assert!(generation.usage.cost_usd.is_some_and(|cost| cost > 0.0));
    let call = &world.server.calls().all()[0];
    assert_eq!((call.credential, call.status), (Credential::Right, Some(200)));
}

#[tokio::test]
async fn the_product_s_schemas_are_taken() {
    for schema in ["analysis", "repair-plan"] {
        let path = format!("{}/../../schemas/{schema}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let schema = std::fs::read_to_string(path).unwrap();
        let world = World::new().await;
        let generation = world.generate(&[], &schema).await.unwrap();
        let content: Value = serde_json::from_str(&generation.content).unwrap();
        let required = serde_json::from_str::<Value>(&schema).unwrap()["required"].clone();
        for name in required.as_array().unwrap() {
            assert!(content.get(name.as_str().unwrap()).is_some(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_fallback_answers_when_the_first_model_does_not() {
    let world = World::new().await;
    world.server.faults().add(Fault::new(Effect::Act(acts::FIRST_MODEL_FAILS.to_owned())));
    let generation = world.generate(&[("openrouter_fallback_models", "openai/gpt-5")], SCHEMA).await.unwrap();
    assert_eq!((generation.model.as_str(), world.tries()), ("openai/gpt-5", 1));
}

#[tokio::test]
async fn each_act_means_what_it_should() {
    use ErrorKind as Kind;
    // What OpenRouter does for how many requests, what comes of it (with the reason or variable that tells), after how many tries.
    let cases = [
        (acts::REFUSAL, 1, Some((Kind::Failed, "refused")), 1),
        (acts::CONTENT_FILTER, 1, Some((Kind::Failed, "refused")), 1),
        (acts::LENGTH, 1, Some((Kind::Failed, "cut-off")), 1),
        (acts::ERROR, 1, None, 2),
        (acts::ERROR, 3, Some((Kind::Unavailable, "")), 3),
        (acts::CHOICE_ERROR, 2, None, 3),
        (acts::CHOICE_ERROR, 3, Some((Kind::Unavailable, "")), 3),
        (acts::EMPTY, 1, None, 2),
        (acts::NULL, 3, Some((Kind::Unavailable, "")), 3),
        (acts::INVALID_JSON, 1, None, 2),
        (acts::INVALID_JSON, 2, Some((Kind::Failed, "not-json")), 2),
        (acts::WRONG_JSON, 1, None, 2),
        (acts::WRONG_JSON, 2, Some((Kind::Failed, "not-json")), 2),
        (acts::FENCED_JSON, 1, None, 1),
        (acts::FIRST_MODEL_FAILS, 1, None, 2),
        (acts::NO_CREDITS, 1, Some((Kind::Denied, "quota-exhausted")), 1),
        (acts::KEY_LIMIT, 1, Some((Kind::Denied, "quota-exhausted")), 1),
        (acts::OVER_BUDGET, 1, Some((Kind::Denied, "quota-exhausted")), 1),
        (acts::IN_FLIGHT_BUDGET, 1, None, 2),
        (acts::IN_FLIGHT_BUDGET, 3, Some((Kind::RateLimited, "")), 3),
        (acts::MODERATION, 1, Some((Kind::Failed, "refused")), 1),
        (acts::GUARDRAIL, 1, Some((Kind::Failed, "refused")), 1),
        (acts::NO_ENDPOINTS, 1, Some((Kind::Misconfigured, "")), 1),
        (acts::UNAVAILABLE, 1, None, 2),
        (acts::UNAVAILABLE, 3, Some((Kind::Unavailable, "")), 3),
        (acts::DEPRECATED, 1, Some((Kind::Misconfigured, "")), 1),
    ];
    for (act, times, outcome, tries) in cases {
        let world = World::new().await;
        world.server.faults().add(Fault::new(Effect::Act(act.to_owned())).times(times));
        let result = world.generate(&[], SCHEMA).await;
        let found =
            result.as_ref().err().map(|error| (error.kind, error.extra("reason").unwrap_or_default()));
        assert_eq!(found, outcome, "{act}: {result:?}");
        assert_eq!(world.tries(), tries, "{act}");
        if let Err(error) = result {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(&world.key) && !shown.contains("She said"), "{shown}");
        }
    }
}

#[tokio::test]
async fn each_fault_heals_or_ends_after_the_tries_it_is_worth() {
    use ErrorKind as Kind;
    let answer = |status| Effect::status(status);
    let cases = [
        (answer(429), 2, None, 3),
        (answer(500), 3, Some(Kind::Failed), 3),
        (answer(502), 1, None, 2),
        (answer(524), 1, None, 2),
        (answer(529), 3, Some(Kind::Unavailable), 3),
        (answer(400), 1, Some(Kind::Invalid), 1),
        (answer(413), 1, Some(Kind::TooLarge), 1),
        (Effect::Reset, 2, None, 3),
        (Effect::Reset, 3, Some(Kind::Unavailable), 3),
        (Effect::LoseAnswer, 1, None, 2),
        (Effect::Truncate, 1, None, 2),
        (Effect::Garbage, 1, Some(Kind::Failed), 1),
        (Effect::Stall, 1, None, 2),
        (Effect::StallBody, 1, None, 2),
    ];
    for (effect, times, outcome, tries) in cases {
        let world = World::new().await;
        world.server.faults().add(Fault::new(effect.clone()).times(times));
        let result = world.generate(&[], SCHEMA).await;
        assert_eq!(result.as_ref().err().map(|error| error.kind), outcome, "{effect:?}: {result:?}");
        assert_eq!(world.tries(), tries, "{effect:?}");
    }
}

#[tokio::test]
async fn each_wrong_setting_is_named() {
    let world = World::new().await;
    for (set, variable) in [
        (("openrouter_api_key", "sk-or-v1-9999-another"), "openrouter_api_key"),
        (("openrouter_model", "openai/gpt-99"), "openrouter_model"),
        (("openrouter_model", "gryphe/mythomax-l2-13b"), "openrouter_model"),
    ] {
        let error = world.generate(&[set], SCHEMA).await.unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some(variable)),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("9999"), "{error:?}");
    }
}

#[tokio::test]
async fn a_wait_longer_than_the_call_comes_back_to_the_caller() {
    let world = World::new().await;
    let answer = Answer { status: 429, retry_after: Some(RetryAfter::Seconds(4000)), ..Answer::default() };
    world.server.faults().add(Fault::new(Effect::Answer(answer)));
    let error = world.generate(&[], SCHEMA).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_secs(4000))));
    assert_eq!(world.tries(), 1);
}
