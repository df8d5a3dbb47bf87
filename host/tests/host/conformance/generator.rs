//! `serene:generator`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("writes-prose", "the-answer-is-a-json-object", "the content is no JSON object"),
    ("writes-a-list", "the-answer-is-a-json-object", "the content is no JSON object"),
    (
        "leaves-a-member-out",
        "the-answer-satisfies-its-schema",
        "has not the members that the schema asks for",
    ),
    (
        "writes-what-was-not-asked-for",
        "the-answer-satisfies-its-schema",
        "has not the members that the schema asks for",
    ),
    ("writes-a-text-for-an-array", "the-answer-satisfies-its-schema", "`points` is no array of strings"),
    ("knows-no-assistant", "every-role-is-taken", "There is a message of an assistant."),
    ("names-no-model", "the-model-is-named", "the answer names no model"),
    ("names-what-it-used-its-own-way", "usage-is-named-in-kebab-case", "\"inputTokens\""),
    ("cuts-characters", "unicode-passes", "wasm trap"),
    ("takes-short-messages", "long-messages-are-taken", "A message is too long."),
    ("answers-nothing", "no-message-is-invalid", "was answered, and not refused"),
    ("takes-anything-for-a-schema", "what-is-no-schema-is-invalid", "was answered, and not refused"),
    ("writes-half-an-answer", "a-short-answer-is-whole-or-refused", "the content is no JSON object"),
    ("does-not-say-that-it-was-cut-off", "a-short-answer-is-whole-or-refused", "with the reason None"),
    ("reads-the-beginning", "messages-over-the-limit-are-too-large", "was answered, and not refused"),
];

#[tokio::test]
async fn each_fault_of_a_generator_fails_its_case() {
    each_fault_fails_its_case("generator", Some("generator-local"), FAULTS).await;
}
