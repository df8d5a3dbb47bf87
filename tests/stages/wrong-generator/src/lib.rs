//! A generator that is right but for one fault: it spoils what another one does.

/// The stage that is spoilt.
mod imports {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:wrong-generator;

            world imports {
                import serene:generator/generator@0.2.0;
            }
        ",
        path: ["../../../wit/types", "../../../wit/generator"],
        world: "serene-tests:wrong-generator/imports",
        with: { "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

/// The same interface from the other side, over the same types.
mod exports {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/generator"],
        world: "serene:generator/generator-stage",
        with: {
            "serene:types/types@0.2.0": fault::types,
            "serene:generator/generator@0.2.0/generation": crate::inner::Generation,
            "serene:generator/generator@0.2.0/generator-info": crate::inner::GeneratorInfo,
            "serene:generator/generator@0.2.0/message": crate::inner::Message,
            "serene:generator/generator@0.2.0/request": crate::inner::Request,
            "serene:generator/generator@0.2.0/role": crate::inner::Role,
        },
        generate_all,
        async: true,
    });
}

use exports::exports::serene::generator::generator::Guest;
use fault::types::{Context, Error};
use fault::{Fault, invalid, refuse, too_large};
use imports::serene::generator::generator as inner;
use inner::{Generation, GeneratorInfo, Request, Role};
use serde_json::{Map, Value, json};

/// Bytes of a message that is read to its end.
const SHORT: usize = 4_000;

struct Wrong;

impl Guest for Wrong {
    async fn describe(ctx: Context) -> Result<GeneratorInfo, Error> {
        let fault = Fault::read().await;
        let info = inner::describe(ctx).await?;
        let stage = fault.stage(env!("CARGO_PKG_NAME"));
        Ok(GeneratorInfo { stage, max_input_tokens: fault.limit(info.max_input_tokens), ..info })
    }

    async fn generate(ctx: Context, mut request: Request) -> Result<Generation, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        let messages = &mut request.messages;
        if messages.is_empty() && fault.is("answers-nothing") {
            return answer(json!({ "summary": "" }));
        }
        if fault.is("knows-no-assistant")
            && messages.iter().any(|message| matches!(message.role, Role::Assistant))
        {
            return Err(invalid("There is a message of an assistant."));
        }
        for message in messages {
            if message.content.len() > SHORT {
                if fault.is("takes-short-messages") {
                    return Err(too_large("A message is too long.", SHORT, message.content.len()));
                }
                if fault.is("reads-the-beginning") {
                    // All that is this long is ASCII.
                    message.content.truncate(SHORT);
                }
            }
            if fault.is("cuts-characters") {
                message.content = fault.text(&message.content).await;
            }
        }
        let is_short = request.max_output_tokens.is_some();
        if is_short && fault.is("does-not-say-that-it-was-cut-off") {
            return Err(Error::Failed(refuse("There is no answer.", &[])));
        }
        match inner::generate(ctx, request).await {
            Ok(generation) => spoilt(&fault, is_short, generation).await,
            Err(Error::Invalid(_)) if fault.is("takes-anything-for-a-schema") => answer(json!({})),
            Err(error) => Err(error),
        }
    }
}

fn answer(content: Value) -> Result<Generation, Error> {
    Ok(Generation { content: content.to_string(), model: "none".to_owned(), usage: Vec::new() })
}

async fn spoilt(fault: &Fault, is_short: bool, mut generation: Generation) -> Result<Generation, Error> {
    if is_short && fault.is("writes-half-an-answer") {
        generation.content = generation.content.chars().take(10).collect();
    }
    if fault.is("writes-prose") {
        generation.content = format!("Here it is: {}", generation.content);
    }
    if fault.is("writes-a-list") {
        generation.content = format!("[{}]", generation.content);
    }
    if fault.is("names-no-model") {
        generation.model.clear();
    }
    if fault.is("names-what-it-used-its-own-way") {
        generation.usage.push(("inputTokens".to_owned(), "1".to_owned()));
    }
    if let Ok(mut members) = serde_json::from_str::<Map<String, Value>>(&generation.content) {
        spoil(fault, &mut members).await;
        generation.content = Value::Object(members).to_string();
    }
    Ok(generation)
}

async fn spoil(fault: &Fault, members: &mut Map<String, Value>) {
    if fault.is("leaves-a-member-out") {
        members.remove("mood");
    }
    if fault.is("writes-a-text-for-an-array") && members.contains_key("points") {
        members.insert("points".to_owned(), json!("one, two"));
    }
    if fault.is("writes-what-was-not-asked-for") {
        members.insert("note".to_owned(), json!("This is no part of the schema."));
    }
    // What the stage remembers of other calls shows in the name.
    let name = fault.text("summary").await;
    if let Some(summary) = members.remove("summary") {
        members.insert(name, summary);
    }
}

exports::export!(Wrong with_types_in exports);
