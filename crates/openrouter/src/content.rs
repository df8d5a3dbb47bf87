//! What a model wrote.

use serde_json::Value;

/// The JSON object in an answer, as text; or what is wrong with the answer, for the model to mend.
pub(crate) fn object(content: &str, required: &[String]) -> Result<String, String> {
    let text = without_fence(content);
    let value: Value = serde_json::from_str(text)
        .map_err(|e| format!("is not JSON: it breaks at line {}, column {}", e.line(), e.column()))?;
    let object = value.as_object().ok_or("is JSON, but not an object")?;
    let missing = required.iter().map(String::as_str).filter(|name| !object.contains_key(*name));
    let missing: Vec<&str> = missing.take(20).collect();
    if missing.is_empty() { Ok(text.to_owned()) } else { Err(format!("lacks {}", missing.join(", "))) }
}

/// What stands between Markdown's fences, when it all does.
fn without_fence(content: &str) -> &str {
    let text = content.trim();
    let inside = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    // The first line may name the language.
    match inside.and_then(|inside| inside.split_once('\n')) {
        Some((_, json)) => json.trim(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<String, String> {
        object(content, &["a".to_owned(), "b".to_owned()])
    }

    #[test]
    fn fences_and_white_space_are_taken_off() {
        let json = r#"{"a": 1, "b": "```"}"#;
        for content in [
            json.to_owned(),
            format!("\n {json}\n"),
            format!("```json\n{json}\n```"),
            format!("```\n{json}```\n"),
        ] {
            assert_eq!(read(&content).unwrap(), json);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(read("{\"a\": 1").unwrap_err(), "is not JSON: it breaks at line 1, column 7");
        assert_eq!(read("[1]").unwrap_err(), "is JSON, but not an object");
        assert_eq!(read("{\"c\": 1}").unwrap_err(), "lacks a, b");
        for content in ["", "```", "``````", "```json\n```", "Here it is: {}"] {
            assert!(read(content).is_err(), "{content}");
        }
    }
}
