//! What the extractive generator writes satisfies whatever schema it takes.

use lexical::generation::{Limits, Message, Role, generate};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

mod common;
use common::{faults, transcript};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("summary".to_owned()),
        Just("quote".to_owned()),
        Just("turn".to_owned()),
        Just("speaker".to_owned()),
        Just("questions".to_owned()),
        Just("limitations".to_owned()),
        Just("partner_a".to_owned()),
        Just("what/to~do".to_owned()),
        "[a-z]{1,6}",
    ]
}

fn description() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("Feelings such as tired, worried, alone".to_owned()),
        Just("At most three sentences of the other partner, at most 4".to_owned()),
        Just("How the next turn took it".to_owned()),
        "[a-z ,.]{0,30}",
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..60_usize, 0..60_usize, any::<bool>()).prop_map(|(a, b, open)| {
            let mut schema = json!({ "type": "string", "minLength": a.min(b), "maxLength": a.max(b) });
            if open {
                schema.as_object_mut().expect("an object").remove("maxLength");
            }
            schema
        }),
        (-50..50_i32, 0..50_i32)
            .prop_map(|(a, b)| json!({ "type": "integer", "minimum": a, "maximum": a + b })),
        (-50..50_i32, 2..50_i32).prop_map(
            |(a, b)| json!({ "type": "integer", "exclusiveMinimum": a, "exclusiveMaximum": a + b })
        ),
        (-5.0..5.0_f64, 0.1..5.0_f64)
            .prop_map(|(a, b)| json!({ "type": "number", "exclusiveMinimum": a, "exclusiveMaximum": a + b })),
        (-5.0..5.0_f64).prop_map(|a| json!({ "type": ["number", "null"], "minimum": a })),
        Just(json!({ "type": "boolean" })),
        Just(json!({ "type": "null" })),
        Just(json!({ "type": ["null", "string"] })),
        Just(json!(true)),
        Just(json!({})),
        Just(json!({ "$ref": "#/$defs/shared" })),
        Just(json!({ "const": { "kind": 1 } })),
        prop::collection::vec("[a-z]{1,8}", 1..4).prop_map(|values| json!({ "enum": values })),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            (prop::collection::btree_map(name(), (inner.clone(), any::<bool>(), description()), 0..5), any::<bool>()).prop_map(
                |(members, closed)| {
                    let mut properties = Map::new();
                    let mut required = Vec::new();
                    for (name, (mut schema, needed, description)) in members {
                        if let Some(keywords) = schema.as_object_mut() {
                            keywords.insert("description".to_owned(), json!(description));
                        }
                        if needed {
                            required.push(json!(name));
                        }
                        properties.insert(name, schema);
                    }
                    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": !closed })
                }
            ),
            (inner.clone(), 0..4_usize, 0..4_usize).prop_map(
                |(items, least, more)| json!({ "type": "array", "items": items, "minItems": least, "maxItems": least + more })
            ),
            inner.clone().prop_map(|items| json!({ "type": "array", "items": items, "uniqueItems": true })),
            inner.clone().prop_map(|branch| json!({ "anyOf": [{ "type": "null" }, branch] })),
            (inner.clone(), inner).prop_map(|(a, b)| json!({ "anyOf": [a, b] })),
        ]
    })
}

fn sources() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(transcript()),
        Just(String::new()),
        "(\\[[0-9]{1,12}\\] [a-z_]{1,9}: [a-zA-Z ,.?!一-十]{0,40}\n){0,12}",
        "(# [A-Z][a-z]{0,9}\n)?\\PC{0,200}",
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_satisfies_its_schema(root in schema(), sources in sources(), instruction in "(for partner_[ab])?") {
        let mut root = match root {
            Value::Object(root) => root,
            _ => Map::new(),
        };
        let shared = json!({ "type": "object", "properties": {
            "quote": { "type": "string", "maxLength": 40 }, "turn": { "type": "integer", "minimum": 1 },
            "more": { "type": "array", "items": { "$ref": "#/$defs/shared" } },
        }, "required": ["quote", "turn"] });
        root.insert("$defs".to_owned(), json!({ "shared": shared }));
        let root = Value::Object(root);
        let messages = [
            Message { role: Role::System, content: &instruction },
            Message { role: Role::User, content: &sources },
        ];
        let limits = Limits { max_values: 500, ..Limits::default() };
        let answer = generate(&messages, &root, limits).unwrap();
        let validator = jsonschema::draft202012::new(&root).unwrap();
        prop_assert_eq!(faults(&validator, &answer), Vec::<String>::new(), "{}", root);
    }

    #[test]
    fn no_schema_and_no_message_makes_it_panic(schema in any_json(), sources in any::<String>()) {
        let messages = [Message { role: Role::User, content: &sources }];
        let _ = generate(&messages, &schema, Limits::default());
    }
}

/// JSON whose members are named as keywords are.
fn any_json() -> impl Strategy<Value = Value> {
    let keyword = prop::sample::select(vec![
        "type",
        "properties",
        "required",
        "items",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "enum",
        "const",
        "anyOf",
        "$ref",
        "description",
        "uniqueItems",
        "quote",
        "turn",
        "x",
    ]);
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![
            "object",
            "array",
            "string",
            "integer",
            "number",
            "null",
            "#",
            "#/x",
            "at most 9999999999 such as a"
        ])
        .prop_map(Value::from),
    ];
    value.prop_recursive(5, 30, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keyword.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
