//! What is asked.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use upstream::Error;

use crate::config::{Config, DataCollection, MAX_INPUT_TOKENS, MIN_OUTPUT_TOKENS};

const MAX_NAME_BYTES: usize = 64;
const MAX_SCHEMA_BYTES: usize = 256 * 1024;
/// No text has fewer tokens than one for this many bytes: what is longer is over the limit whatever the tokeniser.
const MAX_BYTES_A_TOKEN: u64 = 16;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructs.
    System,
    /// Asks, and brings what is to be read.
    User,
    /// Has answered.
    Assistant,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What.
    pub content: String,
}

/// What to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// 1 or more.
    pub messages: Vec<Message>,
    /// 1 to 64 ASCII letters, digits, `_` and `-`.
    pub schema_name: String,
    /// A JSON Schema whose root is an object, as JSON; at most 256 KiB.
    pub schema: String,
    /// The most tokens of the answer, where that is less than what `openrouter_max_output_tokens` says. Fewer than 16 count as 16.
    pub max_output_tokens: Option<u32>,
}

/// A request that is in order, ready to be sent.
#[derive(Serialize)]
pub(crate) struct Prepared<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    models: &'a [String],
    messages: Vec<Cow<'a, Message>>,
    max_tokens: u32,
    response_format: ResponseFormat<'a>,
    provider: Provider,
    #[serde(skip)]
    required: Vec<String>,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    r#type: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'a str,
    strict: bool,
    /// As given: models write the members in the schema's order.
    schema: Box<RawValue>,
}

#[derive(Serialize)]
struct Provider {
    /// Without it, what a provider does not support is silently dropped: the schema first of all.
    require_parameters: bool,
    data_collection: DataCollection,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(config: &'a Config, request: &'a Request) -> Result<Self, Error> {
        check(request)?;
        let (schema, required) = schema(&request.schema)?;
        let asked = request.max_output_tokens.unwrap_or(config.max_output_tokens);
        Ok(Self {
            model: &config.model,
            models: &config.fallback_models,
            messages: request.messages.iter().map(Cow::Borrowed).collect(),
            max_tokens: asked.min(config.max_output_tokens).max(MIN_OUTPUT_TOKENS),
            response_format: ResponseFormat {
                r#type: "json_schema",
                json_schema: JsonSchema { name: &request.schema_name, strict: true, schema },
            },
            provider: Provider { require_parameters: true, data_collection: config.data_collection },
            required,
        })
    }

    /// The members that an answer must have.
    pub(crate) fn required(&self) -> &[String] {
        &self.required
    }

    /// The body to send.
    pub(crate) fn to_bytes(&self) -> Result<Bytes, Error> {
        serde_json::to_vec(self).map(Bytes::from).map_err(|error| {
            Error::failed(format!("The request to OpenRouter cannot be written as JSON: {error}."))
        })
    }

    /// Adds the turn that asks for a better answer than this one.
    pub(crate) fn ask_again(&mut self, content: String, problem: &str) {
        let again = format!(
            "Your answer {problem}. Answer again: the whole JSON object that the schema asks for, and nothing else."
        );
        self.messages.push(Cow::Owned(Message { role: Role::Assistant, content }));
        self.messages.push(Cow::Owned(Message { role: Role::User, content: again }));
    }
}

fn check(request: &Request) -> Result<(), Error> {
    if request.messages.iter().all(|message| message.content.trim().is_empty()) {
        return Err(Error::invalid("There is no message to answer."));
    }
    let bytes = request.messages.iter().map(|message| message.content.len() as u64).sum();
    let limit = u64::from(MAX_INPUT_TOKENS) * MAX_BYTES_A_TOKEN;
    if bytes > limit {
        return Err(Error::too_large("The size of all messages in bytes", limit, bytes));
    }
    let name = &request.schema_name;
    let is_name = (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !is_name {
        return Err(Error::invalid(format!(
            "A schema's name is 1 to {MAX_NAME_BYTES} ASCII letters, digits, `_` and `-`."
        )));
    }
    if request.max_output_tokens == Some(0) {
        return Err(Error::invalid("An answer of no tokens is none: ask for at least one."));
    }
    Ok(())
}

/// The schema, and what its root requires.
fn schema(text: &str) -> Result<(Box<RawValue>, Vec<String>), Error> {
    #[derive(Deserialize)]
    struct Root {
        r#type: Option<Value>,
        #[serde(default)]
        required: Vec<String>,
    }
    if text.len() > MAX_SCHEMA_BYTES {
        let what = "The size of the schema in bytes";
        return Err(Error::too_large(what, MAX_SCHEMA_BYTES as u64, text.len() as u64));
    }
    let wrong = |e: serde_json::Error| {
        Error::invalid(format!("The schema is not one in JSON: line {}, column {}.", e.line(), e.column()))
    };
    let root: Root = serde_json::from_str(text).map_err(wrong)?;
    let is_object =
        text.trim_start().starts_with('{') && root.r#type.as_ref().and_then(Value::as_str) == Some("object");
    if !is_object {
        return Err(Error::invalid("The schema's root must be of the type object."));
    }
    Ok((serde_json::from_str(text).map_err(wrong)?, root.required))
}
