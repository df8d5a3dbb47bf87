//! Writes the same word wherever a schema asks for a string.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/generator"],
        world: "serene:generator/generator-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::generator::generator::{Generation, GeneratorInfo, Guest, Request};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};
use serde_json::{Map, Value, json};

const MODEL: &str = "constant";
const WORD: &str = "Pomegranate.";

struct Constant;

impl Guest for Constant {
    async fn describe(_: Context) -> Result<GeneratorInfo, Error> {
        let model = MODEL.to_owned();
        Ok(GeneratorInfo { stage: stage(), model, max_input_tokens: 1 << 20, max_output_tokens: 1 << 10 })
    }

    async fn generate(_: Context, request: Request) -> Result<Generation, Error> {
        let schema: Value = serde_json::from_str(&request.schema).map_err(|error| {
            let message = format!("The schema is not JSON: {error}.");
            Error::Invalid(Fault { message, provider_status: None, extras: Vec::new() })
        })?;
        let content = fill(&schema, &schema).to_string();
        Ok(Generation { content, model: MODEL.to_owned(), usage: Vec::new() })
    }
}

/// The least value that these schemas take.
fn fill(schema: &Value, root: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return fill(root.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null), root);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let members = required.map(|name| (name.to_owned(), fill(&schema["properties"][name], root)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Some("array") => json!([]),
        Some("integer" | "number") => json!(1),
        _ => json!(WORD),
    }
}

fn stage() -> StageInfo {
    StageInfo {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extras: Vec::new(),
    }
}

bindings::export!(Constant with_types_in bindings);
