//! U+0000 inside SQLite's JSON functions.
//!
//! `json_extract` ends a string at U+0000, so that two different strings would compare equal. Strings that go through it are escaped: U+0000 becomes U+0001 U+0001,
//! U+0001 becomes U+0001 U+0002. This keeps the order of strings and their prefixes, and text without these two characters, which is nearly all, as it is.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A string as the database's JSON holds it.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', '\u{1}']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => escaped.push_str("\u{1}\u{1}"),
            '\u{1}' => escaped.push_str("\u{1}\u{2}"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1}' => plain.push(if chars.next() == Some('\u{1}') { '\0' } else { '\u{1}' }),
            c => plain.push(c),
        }
    }
    plain
}

fn map_strings(object: Map<String, Value>, change: &impl Fn(&str) -> String) -> Map<String, Value> {
    let value = |value| match value {
        Value::String(text) => Value::String(change(&text)),
        Value::Array(items) => items
            .into_iter()
            .map(|item| item.as_str().map_or(item.clone(), |text| change(text).into()))
            .collect(),
        other => other,
    };
    object.into_iter().map(|(name, v)| (change(&name), value(v))).collect()
}

/// A flat object as JSON for the database.
pub(crate) fn escape_json(object: Map<String, Value>) -> String {
    Value::Object(map_strings(object, &|text| escape(text).into_owned())).to_string()
}

/// The JSON of [`escape_json`] as it was given; `None` when it is not one.
pub(crate) fn unescape_json(json: String) -> Option<String> {
    if !json.contains("\\u0001") {
        return Some(json);
    }
    let object = serde_json::from_str(&json).ok()?;
    Some(Value::Object(map_strings(object, &unescape)).to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn escaping_keeps_order_and_prefixes_and_comes_back(a in "[\0-\u{3}a]{0,6}", b in "[\0-\u{3}a]{0,6}") {
            prop_assert_eq!(a.cmp(&b), escape(&a).cmp(&escape(&b)));
            prop_assert_eq!(a.starts_with(&b), escape(&a).starts_with(&*escape(&b)));
            prop_assert!(!escape(&a).contains('\0'));
            let object = json!({ "f": a, "list": [b, "x"], "n": 1 }).as_object().cloned().unwrap();
            let back = unescape_json(escape_json(object.clone())).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&back).unwrap(), Value::Object(object));
        }
    }
}
