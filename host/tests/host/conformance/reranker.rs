//! `serene:reranker`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("mixes-calls-up", "calls-run-concurrently", "answers another thing beside 7 others"),
    ("drops-a-text", "every-text-has-one-place", "are in the order and not"),
    ("names-a-text-twice", "every-text-has-one-place", "a text is in the order twice"),
    ("names-a-text-that-is-not-there", "every-text-has-one-place", "the order names text"),
    ("puts-the-worst-first", "best-comes-first", "the scores do not fall"),
    ("has-scores-that-are-none", "best-comes-first", "a score is no finite number"),
    ("ignores-top-k", "top-k-is-the-start-of-the-whole", "the best 1 of"),
    ("refuses-a-large-k", "top-k-may-be-more-than-there-is", "There are fewer texts."),
    ("ranks-what-is-not-there", "no-text-gives-no-order", "an order of 1 came back"),
    ("takes-an-empty-query", "an-empty-query-is-invalid", "was answered, and not refused"),
    ("cuts-characters", "unicode-passes", "wasm trap"),
    ("takes-equal-texts-for-one", "texts-that-are-the-same-are-taken", "are in the order and not 4"),
    ("names-no-model", "the-model-is-named", "names no model"),
    ("takes-fewer-texts", "as-many-texts-as-declared-are-taken", "more texts than one call takes"),
    ("takes-more-texts", "more-texts-than-declared-are-too-large", "was answered, and not refused"),
];

#[tokio::test]
async fn each_fault_of_a_reranker_fails_its_case() {
    each_fault_fails_its_case("reranker", None, FAULTS).await;
}
