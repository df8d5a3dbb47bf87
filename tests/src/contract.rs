//! Every answer of Serene is held to what `openapi.json` says of it, whatever else a test looks at.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::Answer;

/// The description, with the schemas of a strict reader: what they do not name may not be there.
fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| {
        let mut description: Value = serde_json::from_str(http_api::OPENAPI).expect("openapi.json is JSON");
        close(&mut description);
        description
    })
}

/// Closes every object whose members are named.
fn close(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let names_all = members.get("properties").is_some_and(Value::is_object);
            // Problems are open: each kind has members of its own (RFC 9457, section 3.2).
            let is_problem = members.get("properties").is_some_and(|named| named.get("retryable").is_some());
            if names_all && !is_problem && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        _ => {}
    }
}

/// Panics when `openapi.json` knows the path and does not allow the answer.
pub(crate) fn check(method: &str, url: &str, answer: &Answer) {
    let path = path_of(url);
    let Some(methods) = methods_of(path) else { return };
    let is_head = method == "HEAD";
    let described = if is_head { "get".to_owned() } else { method.to_lowercase() };
    let operation = methods.get(&described);
    let wrong = match operation {
        Some(operation) => difference(&operation["responses"], is_head, answer).err(),
        // Then it must be refused, as everything else is.
        None => difference(&json!({ "default": problem() }), is_head, answer).err(),
    };
    if let Some(wrong) = wrong {
        panic!("{method} {path} answered {} against openapi.json: {wrong}\n{}", answer.status, answer.text());
    }
}

fn path_of(url: &str) -> &str {
    let path = url.match_indices('/').nth(2).map_or("/", |(at, _)| &url[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

/// What is described of the path, templates read as any text within a segment.
fn methods_of(path: &str) -> Option<&'static Map<String, Value>> {
    let fits = |template: &str| {
        let (wanted, given) = (template.split('/'), path.split('/'));
        template.split('/').count() == path.split('/').count()
            && wanted.zip(given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
    };
    let paths = description()["paths"].as_object()?;
    paths.iter().find(|(template, _)| fits(template))?.1.as_object()
}

fn problem() -> Value {
    json!({ "$ref": "#/components/responses/Problem" })
}

/// Follows a reference within the description.
fn resolved(value: &Value) -> &Value {
    let target = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    target.map_or(value, |pointer| description().pointer(pointer).expect("a reference leads somewhere"))
}

fn difference(responses: &Value, is_head: bool, answer: &Answer) -> Result<(), String> {
    let status = answer.status.to_string();
    let described = match (responses.get(&status), responses.get("default")) {
        (Some(response), _) => response,
        (None, Some(response)) if answer.status >= 400 => response,
        _ => return Err(format!("the status {status} is not described")),
    };
    let described = resolved(described);
    for (name, header) in described["headers"].as_object().into_iter().flatten() {
        let header = resolved(header);
        match answer.headers.get(name.as_str()).map(|value| value.to_str()) {
            Some(Ok(value)) => valid(&header["schema"], &typed(&header["schema"], value))
                .map_err(|error| format!("{name}: {error}"))?,
            Some(Err(_)) => return Err(format!("the header {name} is no text")),
            None if header["required"] == true => return Err(format!("the header {name} is missing")),
            None => {}
        }
    }
    if is_head {
        return Ok(());
    }
    let Some(content) = described["content"].as_object() else {
        return if answer.body.is_empty() {
            Ok(())
        } else {
            Err("a body where none is described".to_owned())
        };
    };
    let media_type = answer.header("content-type").split(';').next().unwrap_or_default().trim();
    let Some(content) = content.get(media_type).or_else(|| content.get("*/*")) else {
        return Err(format!("the media type {media_type:?} is not described"));
    };
    match content.get("schema") {
        Some(schema) if media_type.ends_with("json") => {
            valid(schema, &serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?)
        }
        _ => Ok(()),
    }
}

/// A header's value as its schema means it.
fn typed(schema: &Value, value: &str) -> Value {
    match value.parse::<i64>() {
        Ok(number) if schema["type"] == "integer" => json!(number),
        _ => json!(value),
    }
}

fn valid(schema: &Value, value: &Value) -> Result<(), String> {
    let mut schema = schema.clone();
    schema["components"] = json!({ "schemas": description()["components"]["schemas"] });
    let validator: Validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {:?}", error, error.instance_path().to_string()))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &Value) -> Answer {
        let mut headers = ureq::http::HeaderMap::new();
        headers.insert("content-type", content_type.parse().expect("a media type"));
        Answer { status, headers, body: body.to_string().into_bytes() }
    }

    fn is_refused(method: &str, path: &str, answer: &Answer) -> bool {
        std::panic::catch_unwind(|| check(method, &format!("http://127.0.0.1:1{path}"), answer)).is_err()
    }

    #[test]
    fn answers_that_are_not_described_are_refused() {
        let good = json!({ "status": "ok" });
        check("GET", "http://127.0.0.1:1/healthz?now", &answer(200, "application/json", &good));
        let problem =
            json!({ "type": "/problems/denied", "title": "Denied", "status": 403, "retryable": false });
        check(
            "GET",
            "http://127.0.0.1:1/v1/files?path=x",
            &answer(403, "application/problem+json", &problem),
        );
        check("GET", "http://127.0.0.1:1/elsewhere", &answer(299, "text/plain", &good));
        for (method, path, answer) in [
            ("GET", "/healthz", answer(201, "application/json", &good)),
            ("GET", "/healthz", answer(200, "text/plain", &good)),
            ("GET", "/healthz", answer(200, "application/json", &json!({ "status": "fine" }))),
            ("GET", "/healthz", answer(200, "application/json", &json!({ "status": "ok", "more": 1 }))),
            ("GET", "/v1/files", answer(403, "application/json", &problem)),
            ("GET", "/v1/files", answer(403, "application/problem+json", &json!({ "title": "Denied" }))),
            ("GET", "/v1/files", answer(200, "application/pdf", &good)),
            ("DELETE", "/healthz", answer(200, "application/json", &good)),
            (
                "GET",
                "/v1/relationships/r/documents",
                answer(200, "application/json", &json!({ "documents": [] })),
            ),
        ] {
            assert!(is_refused(method, path, &answer), "{method} {path}: {}", answer.text());
        }
    }
}
