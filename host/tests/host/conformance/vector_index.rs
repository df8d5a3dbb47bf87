//! `serene:vector-index`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("mixes-calls-up", "calls-run-concurrently", "answers another thing beside 7 others"),
    ("forgets-the-metadata", "what-is-stored-is-found", "came back as {}"),
    ("turns-numbers-into-texts", "what-is-stored-is-found", "came back as"),
    ("tells-distances-for-scores", "what-is-stored-is-found", "its own direction has the score 0"),
    ("puts-the-farthest-first", "nearest-come-first", "the nearest first are [\"far\""),
    ("halves-its-scores", "nearest-come-first", "and its cosine is"),
    ("has-equal-scores-in-any-order", "equal-scores-come-in-the-order-of-ids", "[\"c\", \"b\", \"a\"]"),
    ("finds-one-too-many", "top-k-is-kept", "the nearest 2 are"),
    ("finds-three-at-most", "top-k-is-kept", "a top-k of 1,000 finds 3"),
    ("keeps-the-first-of-an-id", "an-upsert-replaces-whole", "the values are still the old ones"),
    ("has-one-namespace", "namespaces-are-apart", "a namespace without vectors holds"),
    ("does-not-know-an-empty-namespace", "namespaces-are-apart", "There is no such namespace."),
    ("holds-to-one-filter", "filters-hold", "a filter by two filters finds"),
    ("looks-at-no-arrays", "filters-hold", "a filter by an element of an array finds"),
    ("removes-nothing-by-ids", "ids-are-deleted", "are found"),
    ("removes-only-what-is-there", "ids-are-deleted", "There is no such vector."),
    ("removes-nothing-by-filters", "what-filters-select-is-deleted", "after the old ones were removed"),
    ("lists-in-any-order", "ids-are-listed-in-pages", "the ids are"),
    ("ignores-the-prefix", "ids-are-listed-in-pages", "the ids that start with `a#1` are"),
    ("ignores-the-limit", "ids-are-listed-in-pages", "a page of 1 ids has"),
    ("has-one-page", "ids-are-listed-in-pages", "in pages of 1, the ids are"),
    ("passes-over-what-is-invalid", "ids-out-of-range-are-invalid", "was answered, and not refused"),
    ("refuses-a-long-id", "ids-out-of-range-are-invalid", "An id is long."),
    (
        "passes-over-what-is-invalid",
        "values-that-give-no-direction-are-invalid",
        "was answered, and not refused",
    ),
    ("passes-over-what-is-invalid", "metadata-that-is-not-flat-is-invalid", "was answered, and not refused"),
    ("passes-over-other-dimensions", "other-dimensions-are-misconfigured", "was answered, and not refused"),
    ("does-not-tell-the-dimensions", "other-dimensions-are-misconfigured", "16 is not among the extras"),
    ("takes-fewer-vectors", "as-many-vectors-as-declared-are-taken", "There are too many vectors."),
    (
        "stores-the-first-few",
        "as-many-vectors-as-declared-are-taken",
        "vectors were stored, and 10 are listed",
    ),
];

#[tokio::test]
async fn each_fault_of_a_vector_index_fails_its_case() {
    each_fault_fails_its_case("vector-index", Some("vector-index-sqlite"), FAULTS).await;
}
