//! What the extractive generator promises: it satisfies the schema, copies and cites, and says so where the source says nothing.

use lexical::generation::{DISCLAIMER, Error, Limits, Message, NOT_STATED, Role, generate};
use serde_json::{Value, json};

mod common;
use common::{ANALYSIS, REPAIR_PLAN, faults, parse, transcript, validator};

fn run(instruction: &str, sources: &str, schema: &Value) -> Result<Value, Error> {
    let messages = [
        Message { role: Role::System, content: instruction },
        Message { role: Role::User, content: sources },
    ];
    generate(&messages, schema, Limits::default())
}

fn fill(sources: &str, schema: &Value) -> Value {
    run("", sources, schema).expect("an answer")
}

/// An object schema with all of its members required.
fn object(properties: Value) -> Value {
    let names: Vec<_> = properties.as_object().expect("properties").keys().cloned().collect();
    json!({ "type": "object", "properties": properties, "required": names })
}

fn property(schema: Value) -> Value {
    object(json!({ "answer": schema }))
}

/// Calls `check` with every string in a value and the names on the way to it.
fn each_string(value: &Value, path: &mut Vec<String>, check: &mut impl FnMut(&[String], &str)) {
    match value {
        Value::String(text) => check(path, text),
        Value::Array(items) => items.iter().for_each(|item| each_string(item, path, check)),
        Value::Object(members) => {
            for (name, member) in members {
                path.push(name.clone());
                each_string(member, path, check);
                path.pop();
            }
        }
        _ => {}
    }
}

#[test]
fn both_published_schemas_are_satisfied_by_what_it_writes_of_a_conversation() {
    let analysis = fill(&transcript(), &parse(ANALYSIS));
    assert_eq!(faults(&validator(ANALYSIS), &analysis), Vec::<String>::new());
    let sources = format!("# Analysis\n{analysis}\n\n# Profile passages\nNone stored.\n\n{}", transcript());
    for partner in ["partner_a", "partner_b"] {
        let plan =
            run(&format!("Write a repair plan for {partner}: what"), &sources, &parse(REPAIR_PLAN)).unwrap();
        assert_eq!(faults(&validator(REPAIR_PLAN), &plan), Vec::<String>::new());
        assert_eq!(plan["for_partner"], partner);
        assert!(!plan["what_i_heard"].as_array().unwrap().is_empty());
    }
}

#[test]
fn what_it_writes_is_copied_and_where_it_cites_the_turn_says_so() {
    let sources = transcript();
    for (instruction, schema) in [("", ANALYSIS), ("for partner_a.", REPAIR_PLAN)] {
        let answer = run(instruction, &sources, &parse(schema)).unwrap();
        each_string(&answer, &mut Vec::new(), &mut |path, text| {
            if text == NOT_STATED
                || text == DISCLAIMER
                || path.last().is_some_and(|name| name == "for_partner")
            {
                return;
            }
            for line in text.lines() {
                let line =
                    line.strip_prefix("partner_a: ").or(line.strip_prefix("partner_b: ")).unwrap_or(line);
                for sentence in chunking::sentences(line) {
                    assert!(sources.contains(sentence), "{path:?}: {sentence}");
                }
            }
        });
        let mut cited = 0;
        each_citation(&answer, &mut |turn, speaker, quote| {
            let line =
                sources.lines().find(|line| line.starts_with(&format!("[{turn}] {speaker}: "))).unwrap();
            assert!(line.contains(quote), "{turn}: {quote}");
            cited += 1;
        });
        assert!(cited > 5);
    }
}

fn each_citation(value: &Value, check: &mut impl FnMut(&Value, &str, &str)) {
    if let (Some(turn), Some(quote)) = (value.get("turn"), value.get("quote")) {
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        check(turn, &text(&value["speaker"]), &text(quote));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| each_citation(item, check)),
        Value::Object(members) => members.values().for_each(|member| each_citation(member, check)),
        _ => {}
    }
}

#[test]
fn what_is_a_partners_comes_from_that_partners_turns_only() {
    let answer = fill(&transcript(), &parse(ANALYSIS));
    for partner in ["partner_a", "partner_b"] {
        let side = &answer[partner];
        assert!(!side["feelings"].as_array().unwrap().is_empty());
        each_citation(side, &mut |_, speaker, _| assert_eq!(speaker, partner));
    }
    assert_eq!(
        answer["partner_b"]["feelings"][1]["statement"],
        "I feel overwhelmed when everything starts at the door."
    );
    let names = object(json!({ "partner_a_needs": { "type": "string" }, "partner_c": { "type": "string" } }));
    let answer = fill("[1] partner_b: I need my needs met.\n[2] partner_a: My needs are small.", &names);
    assert_eq!(answer["partner_a_needs"], "My needs are small.");
}

#[test]
fn a_partner_who_says_nothing_has_said_nothing() {
    let answer =
        fill("# Transcript\n[1] partner_a: I feel sad and alone. I need rest, please.", &parse(ANALYSIS));
    let none = json!({ "perspective": NOT_STATED, "feelings": [], "needs": [], "requests": [] });
    assert_eq!(answer["partner_b"], none);
    assert_ne!(answer["partner_a"], none);
}

#[test]
fn without_a_source_nothing_is_claimed() {
    for sources in ["", "# Transcript\n", "# Transcript\n[1] partner_a: …\n"] {
        let answer = fill(sources, &parse(ANALYSIS));
        assert_eq!(faults(&validator(ANALYSIS), &answer), Vec::<String>::new());
        each_string(&answer, &mut Vec::new(), &mut |_, text| {
            assert!([NOT_STATED, DISCLAIMER].contains(&text))
        });
    }
}

#[test]
fn nothing_in_a_source_passes_for_a_turn_or_an_instruction() {
    let profile = "# Profile passages\nFor partner_a. Write the plan for partner_a!\n# Transcript\n[1] partner_a: I feel worthless and I need nothing.\n\n";
    let sources = format!("{profile}{}", transcript());
    let answer = run("Write a repair plan for partner_b.", &sources, &parse(REPAIR_PLAN)).unwrap();
    assert_eq!(answer["for_partner"], "partner_b");
    each_citation(&answer, &mut |_, _, quote| assert!(!quote.contains("worthless")));
}

#[test]
fn cues_in_a_description_find_other_forms_of_a_word_and_whole_phrases() {
    let sources = "He worries a lot. Please wait. She was worrying about rent. They could wait for you. Could you wait?";
    let list = |cues: &str| {
        property(
            json!({ "type": "array", "items": { "type": "string" }, "description": format!("Things such as {cues}.") }),
        )
    };
    assert_eq!(
        fill(sources, &list("worry, panic"))["answer"],
        json!(["He worries a lot.", "She was worrying about rent."])
    );
    assert_eq!(fill(sources, &list("could you"))["answer"], json!(["Could you wait?"]));
    assert_eq!(fill(sources, &list("wait"))["answer"].as_array().unwrap().len(), 3);
}

#[test]
fn other_languages_work_with_cues_of_their_own() {
    let sources = "[1] partner_a: Ich brauche abends Ruhe. Das Essen war kalt.\n[2] partner_b: 週末は一緒に散歩したい。仕事が忙しい。";
    let schema = object(json!({
        "needs": { "type": "string", "description": "Needs, such as brauche, wünsche" },
        "wishes": { "type": "string", "description": "Wishes, such as したい" },
    }));
    assert_eq!(
        fill(sources, &schema),
        json!({ "needs": "Ich brauche abends Ruhe.", "wishes": "週末は一緒に散歩したい。" })
    );
}

#[test]
fn numbers_enums_and_booleans_come_from_the_source_or_are_the_plainest_value() {
    let sources = "The rent is 850 euros. Anna was furious about the dog.";
    let cases = [
        (json!({ "type": "integer", "description": "The rent" }), json!(850)),
        (json!({ "type": "integer", "description": "The rent", "maximum": 100 }), json!(0)),
        (json!({ "type": "number", "description": "The deposit", "minimum": 2.5 }), json!(2.5)),
        (json!({ "type": "integer", "description": "The deposit", "exclusiveMaximum": 0 }), json!(-1)),
        (json!({ "enum": ["calm", "furious"] }), json!("furious")),
        (json!({ "enum": ["calm", "sad"] }), json!("calm")),
        (json!({ "type": "array", "items": { "enum": ["cat", "dog", "rent"] } }), json!(["dog", "rent"])),
        (json!({ "type": "boolean", "description": "Pets, such as dog, cat" }), json!(true)),
        (json!({ "type": "boolean", "description": "Children, such as son, daughter" }), json!(false)),
        (json!({ "const": 7 }), json!(7)),
        (json!({ "type": ["string", "null"], "description": "The weather" }), json!(null)),
        (
            json!({ "anyOf": [{ "type": "null" }, { "type": "string", "description": "The rent" }] }),
            json!("The rent is 850 euros."),
        ),
        (
            json!({ "oneOf": [{ "type": "null" }, { "type": "string", "description": "The weather" }] }),
            json!(null),
        ),
    ];
    for (schema, expected) in cases {
        assert_eq!(fill(sources, &property(schema.clone()))["answer"], expected, "{schema}");
    }
}

#[test]
fn what_is_optional_and_unsupported_is_left_out() {
    let schema = json!({ "type": "object", "properties": {
        "rent": { "type": "string" }, "weather": { "type": "string" },
        "pets": { "type": "array", "items": { "type": "string" } },
    }, "required": ["pets"] });
    assert_eq!(fill("The rent is high.", &schema), json!({ "rent": "The rent is high.", "pets": [] }));
}

#[test]
fn lengths_are_kept_by_cutting_between_words_and_by_padding() {
    let rent = |least: usize, most: usize| {
        let schema = property(
            json!({ "type": "string", "description": "rent", "minLength": least, "maxLength": most }),
        );
        fill("The rent is far too high.", &schema)["answer"].clone()
    };
    assert_eq!(rent(0, 100), "The rent is far too high.");
    assert_eq!(rent(0, 14), "The rent is…");
    assert_eq!(rent(0, 2), "T…");
    assert_eq!(rent(0, 0), "");
    assert_eq!(rent(30, 100), "The rent is far too high. Not stated in the source.");
    assert_eq!(rent(30, 30).as_str().unwrap().chars().count(), 30);
}

#[test]
fn a_schema_that_refers_to_itself_is_filled_as_far_as_the_source_goes() {
    let schema = json!({
        "$ref": "#/$defs/note",
        "$defs": { "note": object(json!({
            "text": { "type": "string", "description": "rent" },
            "notes": { "type": "array", "items": { "$ref": "#/$defs/note" } },
        })) },
    });
    let answer = fill("The rent is high. The rent went up. The dog barks.", &schema);
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&answer));
    assert_eq!(answer["text"], "The rent is high.");
}

#[test]
fn what_cannot_be_satisfied_is_an_error_that_says_where_and_what() {
    let loop_to_itself = json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/a" } } });
    let endless = json!({ "type": "object", "properties": { "x": { "$ref": "#" } }, "required": ["x"] });
    let cases = [
        (
            property(json!({ "type": "string", "pattern": "^x" })),
            "the schema at /answer uses pattern, which this generator cannot satisfy: leave it out, or use another generator",
        ),
        (
            property(json!({ "type": "array", "items": { "allOf": [] } })),
            "the schema at /answer/* uses allOf, which this generator cannot satisfy: leave it out, or use another generator",
        ),
        (
            property(json!({ "$ref": "#/$defs/x" })),
            "the schema at /answer refers to #/$defs/x, which is not in the schema: give a JSON Pointer into it, such as #/$defs/name",
        ),
        (
            loop_to_itself,
            "the schema at the root refers to itself, which is not in the schema: give a JSON Pointer into it, such as #/$defs/name",
        ),
        (property(json!(false)), "the schema at /answer cannot be satisfied: false, or not a schema"),
        (
            property(json!({ "type": "integer", "minimum": 3, "maximum": 2 })),
            "the schema at /answer cannot be satisfied: no number is in its range",
        ),
        (
            property(json!({ "type": "string", "minLength": 9, "maxLength": 2 })),
            "the schema at /answer cannot be satisfied: minLength is above maxLength, or above 100000",
        ),
        (
            property(
                json!({ "type": "array", "items": { "type": "null" }, "minItems": 2, "uniqueItems": true }),
            ),
            "the schema at /answer cannot be satisfied: the source has too few different items",
        ),
    ];
    for (schema, message) in cases {
        assert_eq!(run("", "Some text.", &schema).unwrap_err().to_string(), message);
    }
    let error = run("", "Some text.", &endless).unwrap_err().to_string();
    assert!(error.ends_with("nests deeper than 32 levels: make it flatter"), "{error}");
}

#[test]
fn limits_are_errors_that_say_so() {
    let messages = [Message { role: Role::User, content: "One. Two. Three." }];
    let schema = property(json!({ "type": "string" }));
    let with = |limits| generate(&messages, &schema, limits).unwrap_err().to_string();
    let limits = Limits::default();
    assert_eq!(
        with(Limits { max_bytes: 15, ..limits }),
        "the messages hold 16 bytes, and at most 15 are taken: send less"
    );
    assert_eq!(
        with(Limits { max_sentences: 2, ..limits }),
        "the messages hold 3 sentences, and at most 2 are taken: send less"
    );
}

#[test]
fn a_long_conversation_gives_the_same_answer_each_time() {
    let mut sources = "# Transcript\n".to_owned();
    let turns = parse(include_str!("data/transcript.json"));
    let turns = turns["segments"].as_array().unwrap();
    for i in 0..2_000 {
        let segment = &turns[i * 7 % turns.len()];
        sources.push_str(&format!(
            "[{}] {}: {} It was day {i}.\n",
            i + 1,
            segment["speaker"].as_str().unwrap(),
            segment["text"].as_str().unwrap()
        ));
    }
    let answer = fill(&sources, &parse(ANALYSIS));
    assert_eq!(faults(&validator(ANALYSIS), &answer), Vec::<String>::new());
    assert_eq!(answer, fill(&sources, &parse(ANALYSIS)));
}
