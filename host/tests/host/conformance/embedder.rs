//! `serene:embedder`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("mixes-calls-up", "calls-run-concurrently", "answers another thing beside 7 others"),
    ("drops-a-vector", "one-vector-a-text", "1 texts went in, and 0 vectors came back"),
    ("has-fewer-dimensions", "vectors-have-the-declared-dimensions", "describe says 256"),
    ("has-vectors-of-any-length", "vectors-are-finite-and-of-length-1", "and not 1 within 1 %"),
    ("has-no-numbers", "vectors-are-finite-and-of-length-1", "NaN"),
    ("turns-the-order", "vectors-come-in-the-order-of-the-texts", "is another vector than that of the text"),
    ("puts-all-in-one-place", "other-texts-get-other-vectors", "have the same vector"),
    ("puts-questions-elsewhere", "questions-lie-in-the-same-space", "no nearer to the text about birds"),
    ("is-another-model", "the-model-is-the-one-described", "describe names `words-256`"),
    ("embeds-no-text", "no-text-is-invalid", "was answered, and not refused"),
    ("embeds-an-empty-text", "an-empty-text-is-invalid", "was answered, and not refused"),
    ("cuts-characters", "unicode-passes", "wasm trap"),
    ("cuts-texts-off", "a-text-over-the-limit-is-too-large", "was answered, and not refused"),
    ("takes-fewer-texts", "as-many-texts-as-declared-are-taken", "more texts than one call takes"),
    ("takes-more-texts", "more-texts-than-declared-are-too-large", "was answered, and not refused"),
];

#[tokio::test]
async fn each_fault_of_an_embedder_fails_its_case() {
    each_fault_fails_its_case("embedder", None, FAULTS).await;
}
