//! What `POST /api/v1/chat/completions` takes. Fields that are not known are passed over, as OpenRouter does.

use lexical::generation::Role;
use serde_json::{Map, Value};

use super::errors::Refusal;
use crate::server::Request;

const ROLES: [(&str, Role); 5] = [
    ("system", Role::System),
    ("developer", Role::System),
    ("user", Role::User),
    ("tool", Role::User),
    ("assistant", Role::Assistant),
];
/// Numbers, and the least and the most of each.
const RANGES: [(&str, f64, f64); 5] = [
    ("temperature", 0.0, 2.0),
    ("top_p", 0.0, 1.0),
    ("frequency_penalty", -2.0, 2.0),
    ("presence_penalty", -2.0, 2.0),
    ("min_p", 0.0, 1.0),
];
const MAX_NAME: usize = 64;
const MAX_STOPS: usize = 4;
const MAX_SESSION: usize = 256;
const MAX_PAIRS: usize = 16;

/// A request that is in order.
#[derive(Debug)]
pub(super) struct Ask {
    /// In the order to be tried; empty for the account's default.
    pub(super) models: Vec<String>,
    pub(super) messages: Vec<(Role, String)>,
    pub(super) format: Format,
    pub(super) max_tokens: Option<usize>,
    pub(super) stream: bool,
    pub(super) require_parameters: bool,
    /// The most US dollars for a million tokens of messages, and of the answer.
    pub(super) max_price: (Option<f64>, Option<f64>),
}

/// What the answer is to be.
#[derive(Debug, PartialEq)]
pub(super) enum Format {
    Text,
    JsonObject,
    Schema(Value),
}

pub(super) fn read(request: &Request) -> Result<Ask, Refusal> {
    if !request.says_json() {
        return Err(Refusal::bad("Content-Type must be application/json"));
    }
    let body = request.json().map_err(|error| Refusal::bad(format!("Invalid JSON body: {error}")))?;
    let Value::Object(body) = body else { return Err(Refusal::bad("The body must be a JSON object")) };
    check_settings(&body)?;
    let provider = object(&body, "provider")?;
    let price = object(&provider, "max_price")?;
    Ok(Ask {
        models: models(&body)?,
        messages: messages(&body)?,
        format: format(&body)?,
        max_tokens: max_tokens(&body)?,
        stream: boolean(&body, "stream")?,
        require_parameters: boolean(&provider, "require_parameters")?,
        max_price: (dollars(&price, "prompt")?, dollars(&price, "completion")?),
    })
}

fn models(body: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let name = |value: &Value| {
        let wrong = || Refusal::bad("model and models must be names such as author/slug");
        value.as_str().filter(|name| !name.is_empty()).map(str::to_owned).ok_or_else(wrong)
    };
    let mut models = Vec::new();
    if let Some(model) = given(body, "model") {
        models.push(name(model)?);
    }
    if let Some(list) = given(body, "models") {
        let list = list.as_array().ok_or_else(|| Refusal::bad("models must be a list"))?;
        for model in list {
            let model = name(model)?;
            if !models.contains(&model) {
                models.push(model);
            }
        }
    }
    Ok(models)
}

fn messages(body: &Map<String, Value>) -> Result<Vec<(Role, String)>, Refusal> {
    let list = body.get("messages").and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Refusal::bad("Input required: specify \"messages\", at least one"))?;
    let message = |(index, message): (usize, &Value)| {
        let wrong = |what: &str| Refusal::bad(format!("messages[{index}]{what}"));
        let role = message["role"].as_str().unwrap_or_default();
        let role = ROLES.iter().find(|(name, _)| *name == role);
        let (_, role) =
            role.ok_or_else(|| wrong(".role must be system, developer, user, assistant or tool"))?;
        let content = match &message["content"] {
            Value::String(text) => text.clone(),
            Value::Null if *role == Role::Assistant => String::new(),
            Value::Array(parts) => parts
                .iter()
                .map(|part| match (part["type"].as_str(), part["text"].as_str()) {
                    (Some("text"), Some(text)) => Ok(text),
                    _ => Err(wrong(".content: this emulator reads parts of the type text only")),
                })
                .collect::<Result<Vec<_>, _>>()?
                .join("\n"),
            _ => return Err(wrong(".content must be a string or a list of parts")),
        };
        Ok((*role, content))
    };
    list.iter().enumerate().map(message).collect()
}

fn format(body: &Map<String, Value>) -> Result<Format, Refusal> {
    let format = object(body, "response_format")?;
    if format.is_empty() {
        return Ok(Format::Text);
    }
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Format::Text),
        Some("json_object") => Ok(Format::JsonObject),
        Some("json_schema") => schema(&object(&format, "json_schema")?),
        _ => Err(Refusal::bad("response_format.type must be text, json_object or json_schema")),
    }
}

fn schema(given: &Map<String, Value>) -> Result<Format, Refusal> {
    let name = given.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_name = (1..=MAX_NAME).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !is_name {
        let message = format!(
            "response_format.json_schema.name must have 1 to {MAX_NAME} letters, digits, underscores and hyphens"
        );
        return Err(Refusal::bad(message));
    }
    boolean(given, "strict")?;
    match given.get("schema") {
        Some(schema @ Value::Object(_)) => Ok(Format::Schema(schema.clone())),
        _ => Err(Refusal::bad("response_format.json_schema.schema must be an object")),
    }
}

fn max_tokens(body: &Map<String, Value>) -> Result<Option<usize>, Refusal> {
    let given = given(body, "max_completion_tokens").or_else(|| given(body, "max_tokens"));
    let Some(value) = given else { return Ok(None) };
    let count = value.as_u64().filter(|count| *count >= 1).and_then(|count| usize::try_from(count).ok());
    count
        .map(Some)
        .ok_or_else(|| Refusal::bad("max_tokens and max_completion_tokens must be whole numbers from 1"))
}

fn check_settings(body: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, least, most) in RANGES {
        if let Some(value) = given(body, name) {
            let fits = value.as_f64().is_some_and(|number| (least..=most).contains(&number));
            if !fits {
                return Err(Refusal::bad(format!(
                    "{name} must be a number in {least} to {most}, got {value}"
                )));
            }
        }
    }
    let has_few_stops = match given(body, "stop") {
        Some(Value::Array(stops)) => stops.len() <= MAX_STOPS && stops.iter().all(Value::is_string),
        Some(stop) => stop.is_string(),
        None => true,
    };
    if !has_few_stops {
        return Err(Refusal::bad(format!("stop must be a string or a list of at most {MAX_STOPS}")));
    }
    let session = given(body, "session_id");
    if session.is_some_and(|id| id.as_str().is_none_or(|id| id.chars().count() > MAX_SESSION)) {
        return Err(Refusal::bad(format!("session_id must be a string of at most {MAX_SESSION} characters")));
    }
    let metadata = object(body, "metadata")?;
    if metadata.len() > MAX_PAIRS || !metadata.values().all(Value::is_string) {
        return Err(Refusal::bad(format!("metadata must be at most {MAX_PAIRS} pairs of strings")));
    }
    let policy = given(body, "provider").and_then(|provider| provider.get("data_collection"));
    if policy.is_some_and(|policy| policy != "allow" && policy != "deny") {
        return Err(Refusal::bad("provider.data_collection must be allow or deny"));
    }
    Ok(())
}

fn dollars(price: &Map<String, Value>, name: &str) -> Result<Option<f64>, Refusal> {
    let Some(value) = given(price, name) else { return Ok(None) };
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    number
        .map(Some)
        .ok_or_else(|| Refusal::bad(format!("provider.max_price.{name} must be a price in US dollars")))
}

fn boolean(body: &Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    match given(body, name) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(Refusal::bad(format!("{name} must be a boolean"))),
    }
}

fn object(body: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    match given(body, name) {
        None => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(Refusal::bad(format!("{name} must be an object"))),
    }
}

/// A field's value; null counts as absent.
fn given<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}
