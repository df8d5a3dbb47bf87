//! `serene:generator`

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

use super::bindings::generator::GeneratorStage;
use super::bindings::generator::exports::serene::generator::generator::{
    Generation, GeneratorInfo, Message, Request, Role,
};
use super::bindings::types::{Context, Error};
use super::case::{Case, Held, Outcome, cases};
use super::expect::{SECRET, kind_of, refusal, success};
use super::lab::{Answer, Lab, Session, answered, attempt, context};
use super::stage::{Description, Stage, instantiated};
use super::{WIDEST_TEXT, sample};

type Generator = GeneratorStage;

/// More bytes than a token of ordinary sentences has in any tokeniser.
const BYTES_A_TOKEN: u32 = 16;

impl Stage for Generator {
    instantiated!("generator");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        let guest = session.stage.serene_generator_generator();
        let info = answered("describe", guest.call_describe(session.accessor, ctx).await)?;
        Ok(info.map(|info| Description {
            whole: format!("{info:?}"),
            limits: vec![
                ("max-input-tokens", info.max_input_tokens.into()),
                ("max-output-tokens", info.max_output_tokens.into()),
            ],
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        // What it writes may differ; that it is an object of the schema may not.
        let generation = attempt!(generate(session, ctx, request(&sample::text(n))).await?);
        Ok(Ok(format!("{:?}", names(&object(&generation)?))))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            the_answer_is_a_json_object: "the content is a JSON object",
            the_answer_satisfies_its_schema: "the content has what the schema requires, of the types it names, and nothing else where it allows nothing else",
            every_role_is_taken: "system, user and assistant messages are taken, in turns",
            the_model_is_named: "the answer names what wrote it",
            usage_is_named_in_kebab_case: "what was used is told under lower-case kebab-case names",
            unicode_passes: "messages of every script and with every character are taken",
            long_messages_are_taken: "a message of many pages is taken",
            no_message_is_invalid: "no message is invalid",
            what_is_no_schema_is_invalid: "a schema that is no JSON, or no object, is invalid",
            a_short_answer_is_whole_or_refused: "an answer that hits its limit is failed with the reason cut-off, and never half of one",
            messages_over_the_limit_are_too_large: "messages over max-input-tokens are too-large",
        ]
    }
}

/// A text to sum up, in an object with one string.
pub(crate) fn request(text: &str) -> Request {
    let schema = json!({
        "type": "object",
        "properties": { "summary": { "type": "string" } },
        "required": ["summary"],
        "additionalProperties": false,
    });
    Request {
        messages: vec![
            message(Role::System, "Sum up in one sentence what the user gives you."),
            message(Role::User, text),
        ],
        schema_name: "summary".to_owned(),
        schema: schema.to_string(),
        max_output_tokens: None,
    }
}

fn message(role: Role, content: &str) -> Message {
    Message { role, content: content.to_owned() }
}

async fn limits(session: &Session<'_, Generator>) -> Result<GeneratorInfo> {
    let guest = session.stage.serene_generator_generator();
    success("describe", answered("describe", guest.call_describe(session.accessor, context()).await)?)
}

pub(crate) async fn generate(
    session: &Session<'_, Generator>,
    ctx: Context,
    request: Request,
) -> Result<Answer<Generation>> {
    let guest = session.stage.serene_generator_generator();
    answered("generate", guest.call_generate(session.accessor, ctx, request).await)
}

async fn generated(session: &Session<'_, Generator>, request: Request) -> Result<Generation> {
    success("generate", generate(session, context(), request).await?)
}

fn object(generation: &Generation) -> Result<Map<String, Value>> {
    serde_json::from_str(&generation.content).with_context(|| {
        let start: String = generation.content.chars().take(80).collect();
        format!("the content is no JSON object: {start}")
    })
}

/// The members' names in order.
fn names(object: &Map<String, Value>) -> Vec<&str> {
    let mut names: Vec<_> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

async fn the_answer_is_a_json_object(lab: &Lab<Generator>) -> Outcome {
    let made = lab.with(async |session| generated(session, request(&sample::text(0))).await).await?;
    object(&made)?;
    Ok(Held::Yes)
}

async fn the_answer_satisfies_its_schema(lab: &Lab<Generator>) -> Outcome {
    let schema = json!({
        "type": "object",
        "properties": {
            "title": { "type": "string" },
            "points": { "type": "array", "items": { "type": "string" } },
            "mood": { "enum": ["calm", "tense"] },
            "detail": {
                "type": "object",
                "properties": { "place": { "type": "string" }, "certain": { "type": "boolean" } },
                "required": ["place", "certain"],
                "additionalProperties": false,
            },
        },
        "required": ["title", "points", "mood", "detail"],
        "additionalProperties": false,
    });
    let request = Request { schema: schema.to_string(), ..request(&sample::long(400)) };
    let made = lab.with(async |session| generated(session, request).await).await?;
    let content = Value::Object(object(&made)?);
    let points = content["points"].as_array();
    let asked_for =
        |value: &Value, asked: &[&str]| value.as_object().is_some_and(|object| names(object) == asked);
    ensure!(
        asked_for(&content, &["detail", "mood", "points", "title"]),
        "the content has not the members that the schema asks for"
    );
    ensure!(
        asked_for(&content["detail"], &["certain", "place"]),
        "`detail` has not the members that the schema asks for"
    );
    ensure!(content["title"].is_string(), "`title` is no string");
    ensure!(
        points.is_some_and(|points| points.iter().all(Value::is_string)),
        "`points` is no array of strings"
    );
    ensure!(content["mood"] == "calm" || content["mood"] == "tense", "`mood` is neither of its two values");
    ensure!(content["detail"]["place"].is_string(), "`detail.place` is no string");
    ensure!(content["detail"]["certain"].is_boolean(), "`detail.certain` is neither true nor false");
    Ok(Held::Yes)
}

async fn every_role_is_taken(lab: &Lab<Generator>) -> Outcome {
    let mut asked = request(&sample::text(0));
    asked.messages.push(message(Role::Assistant, "{\"summary\": \"Anna waited.\"}"));
    asked.messages.push(message(Role::User, &sample::text(1)));
    object(&lab.with(async |session| generated(session, asked).await).await?)?;
    Ok(Held::Yes)
}

async fn the_model_is_named(lab: &Lab<Generator>) -> Outcome {
    let made = lab.with(async |session| generated(session, request(&sample::text(0))).await).await?;
    ensure!(!made.model.trim().is_empty(), "the answer names no model");
    Ok(Held::Yes)
}

async fn usage_is_named_in_kebab_case(lab: &Lab<Generator>) -> Outcome {
    let made = lab.with(async |session| generated(session, request(&sample::text(0))).await).await?;
    for (name, _) in &made.usage {
        let is_kebab = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        ensure!(is_kebab, "the usage has a name {name:?}");
    }
    Ok(Held::Yes)
}

async fn unicode_passes(lab: &Lab<Generator>) -> Outcome {
    lab.with(async |session| {
        for text in sample::hard() {
            let answer = generate(session, context(), request(&text)).await?;
            object(&success(&format!("generate about {text:?}"), answer)?)?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn long_messages_are_taken(lab: &Lab<Generator>) -> Outcome {
    lab.with(async |session| {
        // A token of four bytes is a cautious guess for ordinary English.
        let bytes = limits(session).await?.max_input_tokens.min(20_000) * 2;
        object(&generated(session, request(&sample::long(bytes as usize))).await?)?;
        Ok(Held::Yes)
    })
    .await
}

async fn no_message_is_invalid(lab: &Lab<Generator>) -> Outcome {
    lab.with(async |session| {
        let asked = Request { messages: Vec::new(), ..request("") };
        refusal("generate without a message", generate(session, context(), asked).await?, "invalid")
    })
    .await
}

async fn what_is_no_schema_is_invalid(lab: &Lab<Generator>) -> Outcome {
    lab.with(async |session| {
        for schema in ["", "{", "[]", "\"object\""] {
            let asked = Request { schema: schema.to_owned(), ..request(SECRET) };
            let answer = generate(session, context(), asked).await?;
            refusal(&format!("generate with the schema {schema:?}"), answer, "invalid")?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn a_short_answer_is_whole_or_refused(lab: &Lab<Generator>) -> Outcome {
    lab.with(async |session| {
        let asked = Request { max_output_tokens: Some(1), ..request(&sample::long(2_000)) };
        match generate(session, context(), asked).await? {
            Ok(made) => object(&made).map(|_| Held::Yes),
            Err(Error::Failed(fault)) => {
                let reason =
                    fault.extras.iter().find(|(name, _)| name == "reason").map(|(_, value)| value.as_str());
                ensure!(
                    reason == Some("cut-off"),
                    "an answer that hits its limit is failed with the reason {reason:?}"
                );
                Ok(Held::Yes)
            }
            // A stage may take no limit as low as this.
            Err(Error::Invalid(_) | Error::TooLarge(_)) => Ok(Held::Yes),
            Err(error) => anyhow::bail!("an answer that hits its limit is `{}`", kind_of(&error)),
        }
    })
    .await
}

async fn messages_over_the_limit_are_too_large(lab: &Lab<Generator>) -> Outcome {
    lab.with(async |session| {
        let limit = limits(session).await?.max_input_tokens;
        let bytes = limit.saturating_add(1).saturating_mul(BYTES_A_TOKEN);
        if bytes > WIDEST_TEXT * 2 {
            return Ok(Held::NotTested(format!("max-input-tokens is {limit}")));
        }
        let asked = request(&format!("{SECRET} {}", sample::long(bytes as usize)));
        let answer = generate(session, context(), asked).await?;
        refusal(&format!("generate with more than {limit} tokens"), answer, "too-large")
    })
    .await
}
