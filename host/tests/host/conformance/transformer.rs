//! `serene:transformer`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("mixes-calls-up", "calls-run-concurrently", "answers another thing beside 7 others"),
    ("drops-a-text", "as-many-texts-come-back", "texts went in, and"),
    ("turns-the-order", "each-text-is-transformed-by-itself", "in place 0 of 5 texts is another text"),
    ("makes-a-text-up", "no-text-gives-no-text", "no text went in, and 1 came back"),
    ("refuses-an-empty-text", "an-empty-text-is-taken", "A text is empty."),
    ("knows-its-kinds", "every-kind-is-taken", "The kind is not known."),
    ("cuts-characters", "unicode-passes", "wasm trap"),
    ("takes-shorter-texts", "texts-of-the-largest-size-are-taken", "longer than one may be"),
    ("cuts-texts-off", "a-text-over-the-limit-is-too-large", "was answered, and not refused"),
    ("repeats-the-text-in-its-error", "a-text-over-the-limit-is-too-large", "repeats the text"),
    ("does-not-say-its-limit", "a-text-over-the-limit-is-too-large", "without the extra `limit`"),
    ("takes-fewer-texts", "as-many-texts-as-declared-are-taken", "more texts than one call takes"),
    ("takes-more-texts", "more-texts-than-declared-are-too-large", "was answered, and not refused"),
];

#[tokio::test]
async fn each_fault_of_a_transformer_fails_its_case() {
    each_fault_fails_its_case("transformer", None, FAULTS).await;
}
