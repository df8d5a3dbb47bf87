//! `serene:extractor`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("mixes-calls-up", "calls-run-concurrently", "answers another thing beside 7 others"),
    ("reads-no-pdf", "media-types-are-told", "it does not read application/pdf"),
    ("names-types-by-their-endings", "media-types-are-told", "\"pdf\" is no media type"),
    ("turns-the-order", "every-page-comes-in-order", "has the pages [8, 7"),
    ("counts-pages-from-one", "every-page-comes-in-order", "has the pages [1, 2"),
    ("loses-the-last-page", "every-page-comes-in-order", "a document of 9 pages has the pages"),
    ("mixes-pages-up", "the-text-of-a-page-is-read", "a page is without its text"),
    ("reads-no-text", "the-text-of-a-page-is-read", "a page is without its text"),
    ("needs-the-size", "the-size-may-be-unknown", "The size is not known."),
    ("reads-what-comes-first", "bytes-may-come-one-by-one", "extract answered `invalid`"),
    ("names-no-model", "the-model-is-named", "no model is named"),
    ("takes-anything-for-a-pdf", "another-media-type-is-invalid", "was answered with pages"),
    ("gives-no-reason", "another-media-type-is-invalid", "is invalid with the reason None"),
    ("reads-what-is-no-document", "what-is-no-document-is-invalid", "was answered with pages"),
    ("reads-an-empty-document", "an-empty-body-is-invalid", "was answered with pages"),
    ("reads-what-was-cut-short", "a-body-cut-short-is-an-error", "was taken for a document"),
    ("leaves-pages-without-text-out", "a-page-without-text-is-empty-or-refused", "has 0 pages"),
    ("reads-more-than-it-says", "more-bytes-than-declared-are-too-large", "and not `too-large`"),
    ("calls-too-much-invalid", "more-bytes-than-declared-are-too-large", "is `invalid` and not `too-large`"),
    ("does-not-say-its-limit", "more-bytes-than-declared-are-too-large", "without the extra `limit`"),
    ("reads-all-before-it-looks", "more-bytes-than-declared-are-too-large", "bytes were read before"),
];

#[tokio::test]
async fn each_fault_of_an_extractor_fails_its_case() {
    each_fault_fails_its_case("extractor", Some("extractor-pdf"), FAULTS).await;
}
