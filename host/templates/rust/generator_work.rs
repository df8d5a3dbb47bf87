//! What the stage does: it fills a schema, each text of it with the first sentence of what was said. Put a model here.

use serde_json::{Map, Value, json};

/// About how many tokens a text has: four bytes each.
pub fn tokens(text: &str) -> usize {
    text.len().div_ceil(4)
}

/// The smallest value that satisfies a JSON Schema of the keywords that Serene uses.
pub fn answer(schema: &Value, said: &str) -> Value {
    let sentence = said.split_inclusive(['.', '!', '?', '\n']).next().unwrap_or_default().trim();
    fill(schema, schema, sentence)
}

fn fill(schema: &Value, root: &Value, sentence: &str) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointed = root.pointer(reference.trim_start_matches('#'));
        return pointed.map_or(Value::Null, |schema| fill(schema, root, sentence));
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let filled = |name: &str| (name.to_owned(), fill(&schema["properties"][name], root, sentence));
            Value::Object(required.map(filled).collect::<Map<_, _>>())
        }
        Some("array") => json!([]),
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(false),
        _ => json!(sentence),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::answer;

    #[test]
    fn what_is_required_is_there_and_a_text_is_the_first_sentence() {
        let schema = json!({
            "type": "object",
            "required": ["mood", "person", "turns", "points"],
            "properties": {
                "mood": { "enum": ["calm", "tense"] },
                "person": { "$ref": "#/$defs/person" },
                "turns": { "type": "integer" },
                "points": { "type": "array" },
                "other": { "type": "string" },
            },
            "$defs": { "person": { "type": "object", "required": ["said"], "properties": { "said": { "type": "string" } } } },
        });
        let expected = json!({ "mood": "calm", "person": { "said": "I waited." }, "turns": 0, "points": [] });
        assert_eq!(answer(&schema, " I waited. You were late."), expected);
    }
}
