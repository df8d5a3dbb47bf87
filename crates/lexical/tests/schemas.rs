//! The published schemas in `schemas/`: valid, within what strict structured output takes, and neither too loose nor too tight.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

mod common;
use common::{ANALYSIS, REPAIR_PLAN, TRANSCRIPT, parse, validator};

const GENERATED: [(&str, &str, &str); 2] = [
    ("analysis", ANALYSIS, include_str!("data/analysis.json")),
    ("repair-plan", REPAIR_PLAN, include_str!("data/repair-plan.json")),
];

#[test]
fn they_are_valid_json_schemas_of_draft_2020_12() {
    for schema in [TRANSCRIPT, ANALYSIS, REPAIR_PLAN] {
        let schema = parse(schema);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        jsonschema::draft202012::meta::validate(&schema).unwrap();
    }
}

#[test]
fn what_a_model_fills_keeps_to_the_subset_of_strict_structured_output() {
    for (name, schema, _) in GENERATED {
        let schema = parse(schema);
        strict(&schema, name);
        for (key, definition) in schema["$defs"].as_object().unwrap() {
            strict(definition, &format!("{name}/$defs/{key}"));
        }
    }
}

/// Objects are closed and all their members required; a reference stands alone; every member tells a model what it is for; and nothing is
/// used that some provider refuses, such as bounds on lengths (they stand in the descriptions).
fn strict(schema: &Value, place: &str) {
    const KEYWORDS: [&str; 10] = [
        "$schema",
        "$defs",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
    ];
    let members = schema.as_object().expect("an object");
    if members.contains_key("$ref") {
        assert_eq!(members.len(), 1, "{place}: a reference stands alone");
        return;
    }
    for keyword in members.keys() {
        assert!(KEYWORDS.contains(&keyword.as_str()), "{place}: {keyword}");
    }
    if let Some(properties) = schema.get("properties") {
        let properties = properties.as_object().expect("an object");
        let required: BTreeSet<_> = schema["required"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|r| r.as_str().expect("a name"))
            .collect();
        assert_eq!(required, properties.keys().map(String::as_str).collect(), "{place}");
        assert_eq!(schema["additionalProperties"], false, "{place}");
        for (name, property) in properties {
            let place = format!("{place}/{name}");
            if property.get("$ref").is_none() {
                assert!(property["title"].is_string() && property["description"].is_string(), "{place}");
            }
            strict(property, &place);
        }
    }
    if let Some(items) = schema.get("items") {
        strict(items, &format!("{place}/items"));
    }
}

#[test]
fn examples_fit() {
    assert_fits(&validator(TRANSCRIPT), &parse(include_str!("data/transcript.json")));
    for (_, schema, example) in GENERATED {
        assert_fits(&validator(schema), &parse(example));
    }
}

fn assert_fits(validator: &Validator, instance: &Value) {
    let errors: Vec<_> =
        validator.iter_errors(instance).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn every_member_of_a_generated_document_is_required_and_no_other_is_taken() {
    for (name, schema, example) in GENERATED {
        let validator = validator(schema);
        let example = parse(example);
        for member in example.as_object().unwrap().keys() {
            let mut without = example.clone();
            without.as_object_mut().unwrap().remove(member);
            assert!(!validator.is_valid(&without), "{name} without {member}");
        }
        let mut with = example.clone();
        with["verdict"] = json!("Partner A is right.");
        assert!(!validator.is_valid(&with), "{name}");
    }
}

#[test]
fn wrong_values_are_refused() {
    let plan = validator(REPAIR_PLAN);
    for (pointer, value) in [
        ("/for_partner", json!("mediator")),
        ("/steps", json!({})),
        ("/steps/0/evidence/0/turn", json!("7")),
        ("/steps/0/evidence/0/turn", json!(1.5)),
        ("/check_in/questions/0", json!(null)),
        ("/safety_note", json!(null)),
    ] {
        let mut instance = parse(include_str!("data/repair-plan.json"));
        *instance.pointer_mut(pointer).unwrap() = value.clone();
        assert!(!plan.is_valid(&instance), "{pointer} = {value}");
    }
}

#[test]
fn a_transcript_may_hold_more_than_the_schema_names_but_not_less() {
    let transcript = validator(TRANSCRIPT);
    for good in [
        json!({ "segments": [{ "speaker": "Kim", "text": "" }] }),
        json!({ "segments": [{ "speaker": "partner_a", "text": "Hi", "start": null, "words": [] }], "language": null, "source": 7 }),
    ] {
        assert_fits(&transcript, &good);
    }
    for bad in [
        json!({}),
        json!([]),
        json!({ "segments": [] }),
        json!({ "segments": [{ "text": "Hi" }] }),
        json!({ "segments": [{ "speaker": "partner_a" }] }),
        json!({ "segments": [{ "speaker": "", "text": "Hi" }] }),
        json!({ "segments": [{ "speaker": "a\n[2] b", "text": "Hi" }] }),
        json!({ "segments": [{ "speaker": "a", "text": "Hi", "start": -1 }] }),
        json!({ "segments": [{ "speaker": "a", "text": "x".repeat(50_001) }] }),
        json!({ "segments": [{ "speaker": "a", "text": "Hi" }], "metadata": "none" }),
    ] {
        assert!(!transcript.is_valid(&bad), "{bad}");
    }
}
