//! `serene:chunker`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("mixes-calls-up", "calls-run-concurrently", "answers another thing beside 7 others"),
    ("loses-the-end", "every-character-is-in-a-passage", "is in no passage"),
    ("changes-the-text", "a-passage-is-the-text-between-its-places", "is not the text between bytes"),
    ("turns-the-order", "passages-come-in-order", "does not begin after passage 0"),
    ("makes-passages-too-long", "passages-keep-to-max-tokens", "and at most 16 were asked for"),
    (
        "joins-what-is-to-be-apart",
        "sections-are-kept-apart-unless-joined",
        "passage 0 runs from section 0 to section",
    ),
    ("loses-the-first-when-joining", "sections-may-be-joined", "'A' at byte 0 of section 0 is in no passage"),
    (
        "numbers-sections-anew",
        "places-name-sections-by-their-index",
        "a passage lies in section 0, which was not given",
    ),
    ("makes-a-passage-of-nothing", "no-text-gives-no-passages", "give 1 passages"),
    ("stops-at-an-empty-section", "empty-sections-are-passed-over", "of section 1 is in no passage"),
    ("counts-characters-for-bytes", "unicode-passes", "is not between two characters"),
    ("cuts-at-spaces-only", "text-without-a-break-is-cut", "has more than the 16 tokens"),
    ("takes-any-options", "options-out-of-range-are-invalid", "was answered, and not refused"),
    ("takes-any-order", "sections-out-of-order-are-invalid", "was answered, and not refused"),
    ("takes-any-size", "more-text-than-declared-is-too-large", "was answered, and not refused"),
];

#[tokio::test]
async fn each_fault_of_a_chunker_fails_its_case() {
    each_fault_fails_its_case("chunker", None, FAULTS).await;
}
