//! The compiled schemas are the published ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::sync::LazyLock;

use jsonschema::Validator;
use pipeline::schemas::Schema;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What is published, read by a validator that is not compiled.
static PUBLISHED: LazyLock<[Validator; 3]> = LazyLock::new(|| {
    Schema::ALL.map(|schema| {
        let text: Value = serde_json::from_str(schema.text()).unwrap();
        assert!(jsonschema::meta::is_valid(&text), "{} is a schema", schema.name());
        jsonschema::validator_for(&text).unwrap()
    })
});

fn agrees(schema: Schema, value: &Value) -> bool {
    let published = PUBLISHED[schema as usize].is_valid(value);
    let verdict = schema.validate(value);
    assert_eq!(verdict.is_ok(), published, "{}: {verdict:?} for {value}", schema.name());
    published
}

fn example(schema: Schema) -> Value {
    let text = match schema {
        Schema::Transcript => {
            return json!({
                "language": "en", "metadata": { "recorded": "2026" },
                "segments": [
                    { "speaker": "partner_a", "text": "Hello.", "start": 0.5, "end": null },
                    { "speaker": "Dr. Weiß", "text": "" },
                ],
            });
        }
        Schema::Analysis => include_str!("../../lexical/tests/data/analysis.json"),
        Schema::RepairPlan => include_str!("../../lexical/tests/data/repair-plan.json"),
    };
    serde_json::from_str(text).unwrap()
}

/// Every place of a value, as JSON Pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| places(item, &format!("{at}/{n}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| places(member, &format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

#[test]
fn an_example_of_each_fits_and_each_change_of_it_is_judged_as_the_published_schema_judges_it() {
    let others = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!("x"),
        json!(""),
        json!("line\nbreak"),
        json!("x".repeat(101)),
        json!([]),
        json!({}),
        json!(["partner_a", {}]),
    ];
    for schema in Schema::ALL {
        let example = example(schema);
        assert!(agrees(schema, &example), "{}", schema.name());
        let mut found = Vec::new();
        places(&example, "", &mut found);
        let mut refused = 0;
        for place in &found {
            for other in &others {
                let mut changed = example.clone();
                *changed.pointer_mut(place).unwrap() = other.clone();
                refused += usize::from(!agrees(schema, &changed));
            }
            if let Some(members) = example.pointer(place).unwrap().as_object() {
                for name in members.keys().map(String::as_str).chain(["another"]) {
                    let mut changed = example.clone();
                    let members = changed.pointer_mut(place).unwrap().as_object_mut().unwrap();
                    if members.remove(name).is_none() {
                        members.insert(name.to_owned(), json!(1));
                    }
                    refused += usize::from(!agrees(schema, &changed));
                }
            }
        }
        assert!(refused > found.len(), "{}: {refused} changes refused", schema.name());
        let fault = schema.validate(&json!(7)).unwrap_err();
        assert!(fault.starts_with("at the root, "), "{fault}");
    }
}

proptest! {
    #[test]
    fn any_speaker_is_judged_as_the_published_schema_judges_it(speaker in any::<String>(), control in "[\\x00-\\x20\\x7f-\\u{a0}]{0,2}") {
        for speaker in [format!("{speaker}{control}"), format!("{control}{speaker}"), control] {
            agrees(Schema::Transcript, &json!({ "segments": [{ "speaker": speaker, "text": "x" }] }));
        }
    }
}
