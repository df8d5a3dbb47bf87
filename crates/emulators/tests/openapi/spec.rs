//! A vendor's own description of its API.

use std::path::Path;

use serde_json::{Map, Value, json};

/// An OpenAPI document of version 3.0 or 3.1.
pub struct Spec {
    document: Value,
}

impl Spec {
    /// Reads a file of the folder that `OPENAPI_FILES` names.
    pub fn read(file: &str) -> Self {
        let folder = std::env::var_os("OPENAPI_FILES").expect("OPENAPI_FILES names a folder");
        let path = Path::new(&folder).join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut document: Value = serde_saphyr::from_str(&text).unwrap();
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        schemas.values_mut().for_each(|schema| strict(schema, false));
        Self { document }
    }

    /// What is wrong with the body of a request.
    pub fn request_faults(&self, method: &str, path: &str, body: &Value) -> Vec<String> {
        let content = self.resolve(&self.operation(method, path)["requestBody"]);
        self.faults(content, body)
    }

    /// What is wrong with the body of an answer.
    pub fn answer_faults(&self, method: &str, path: &str, status: u16, body: &Value) -> Vec<String> {
        let responses = &self.operation(method, path)["responses"];
        let of_class = format!("{}XX", status / 100);
        let known = [&status.to_string(), &of_class, "default"].map(|name| responses.get(name));
        match known.into_iter().flatten().next() {
            Some(response) => self.faults(self.resolve(response), body),
            None => vec![format!("the status {status} is not described")],
        }
    }

    fn operation(&self, method: &str, path: &str) -> &Value {
        let paths = self.document["paths"].as_object().unwrap();
        let template =
            paths.keys().filter(|template| means(template, path)).min_by_key(|t| t.matches('{').count());
        let template = template.unwrap_or_else(|| panic!("{path} is not described"));
        let operation = &paths[template][&method.to_lowercase()];
        assert!(operation.is_object(), "{method} {template} is not described");
        operation
    }

    /// What a reference refers to.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    fn faults(&self, described: &Value, body: &Value) -> Vec<String> {
        let mut schema = described["content"]["application/json"]["schema"].clone();
        if schema.is_null() {
            return Vec::new();
        }
        strict(&mut schema, false);
        schema["components"] = self.document["components"].clone();
        let validator =
            jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap();
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

/// Whether a path such as `/indexes/{name}` means this one.
fn means(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(actual)) if part == actual || (part.starts_with('{') && !actual.is_empty()) => {
            }
            _ => return false,
        }
    }
}

/// Makes of OpenAPI's dialect a JSON Schema that takes no member it does not list. Parts of an `allOf` stay open: each lists some of the members.
fn strict(schema: &mut Value, is_part: bool) {
    let Some(members) = schema.as_object_mut() else { return };
    // Version 3.0 says so what 3.1 says with types.
    if members.remove("nullable") == Some(json!(true))
        && let Some(of_type) = members.get("type").cloned()
    {
        members.insert("type".to_owned(), json!([of_type, "null"]));
    }
    for limit in ["exclusiveMinimum", "exclusiveMaximum"] {
        if members.get(limit).is_some_and(Value::is_boolean) {
            members.remove(limit);
        }
    }
    let is_open = is_part || members.contains_key("allOf") || members.contains_key("additionalProperties");
    if members.contains_key("properties") && !is_open {
        members.insert("additionalProperties".to_owned(), json!(false));
    }
    if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(|property| strict(property, false));
    }
    for (name, is_part) in [("items", false), ("additionalProperties", false), ("not", true)] {
        if let Some(inner) = members.get_mut(name) {
            strict(inner, is_part);
        }
    }
    strict_all(members, "allOf", true);
    strict_all(members, "oneOf", is_part);
    strict_all(members, "anyOf", is_part);
}

fn strict_all(members: &mut Map<String, Value>, name: &str, is_part: bool) {
    if let Some(list) = members.get_mut(name).and_then(Value::as_array_mut) {
        list.iter_mut().for_each(|schema| strict(schema, is_part));
    }
}
