//! The fields of a request's body, each checked for its type; what is left over is refused.

use serde_json::{Map, Value};

use super::errors::Refusal;
use crate::server::Request;

pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn of(request: &Request) -> Result<Self, Refusal> {
        if !request.says_json() {
            let message = "Input should be a valid dictionary or object to extract fields from";
            return Err(Refusal::unprocessable("model_attributes_type", &[], message));
        }
        match request.json() {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::unprocessable("dict_type", &[], "Input should be a valid dictionary")),
            Err(error) => {
                Err(Refusal::unprocessable("json_invalid", &[], &format!("JSON decode error: {error}")))
            }
        }
    }

    /// A field's value; null counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// Gives a value back.
    pub(super) fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn required(&mut self, name: &str) -> Result<Value, Refusal> {
        self.take(name).ok_or_else(|| Refusal::unprocessable("missing", &[name], "Field required"))
    }

    pub(super) fn string(&mut self, name: &str) -> Result<String, Refusal> {
        match self.required(name)? {
            Value::String(text) => Ok(text),
            _ => Err(Refusal::unprocessable("string_type", &[name], "Input should be a valid string")),
        }
    }

    /// One of a few words.
    pub(super) fn choice(&mut self, name: &str, among: &[&str]) -> Result<Option<String>, Refusal> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let word = value.as_str().filter(|word| among.contains(word));
        let wrong =
            || Refusal::bad(format!("Argument '{name}' is {value}, and must be one of {}", among.join(", ")));
        word.map(|word| Some(word.to_owned())).ok_or_else(wrong)
    }

    pub(super) fn boolean(&mut self, name: &str, default: bool) -> Result<bool, Refusal> {
        match self.take(name) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(value),
            Some(_) => Err(Refusal::unprocessable("bool_type", &[name], "Input should be a valid boolean")),
        }
    }

    pub(super) fn count(&mut self, name: &str) -> Result<Option<usize>, Refusal> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
        let wrong = || Refusal::unprocessable("int_type", &[name], "Input should be a valid integer");
        count.map(Some).ok_or_else(wrong)
    }

    /// A list of 1 to so many texts, none of them empty.
    pub(super) fn texts(&mut self, name: &str, most: usize) -> Result<Vec<String>, Refusal> {
        let wrong =
            || Refusal::bad(format!("Argument '{name}' must be a list of 1 to {most} non-empty strings"));
        let Value::Array(list) = self.required(name)? else { return Err(wrong()) };
        if list.len() > most {
            let message = format!("The batch size limit is {most}. Your batch size is {}.", list.len());
            return Err(Refusal::bad(message));
        }
        let text = |value| match value {
            Value::String(text) if !text.is_empty() => Ok(text),
            _ => Err(wrong()),
        };
        let texts = list.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
        if texts.is_empty() { Err(wrong()) } else { Ok(texts) }
    }

    /// Refuses what was not taken.
    pub(super) fn end(self) -> Result<(), Refusal> {
        match self.0.into_iter().find(|(_, value)| !value.is_null()) {
            None => Ok(()),
            Some((name, _)) => Err(Refusal::bad(format!("Argument '{name}' is not supported by our API"))),
        }
    }
}
