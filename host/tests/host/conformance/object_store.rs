//! `serene:object-store`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("mixes-calls-up", "calls-run-concurrently", "answers another thing beside 7 others"),
    ("changes-a-byte", "what-is-put-is-got", "other bytes came back than were put"),
    ("loses-the-last-byte", "what-is-put-is-got", "a body of 299999 bytes is said to have 300000"),
    ("forgets-the-content-type", "what-is-put-is-got", "says \"application/octet-stream\""),
    ("forgets-the-metadata", "what-is-put-is-got", "gives the metadata []"),
    ("quotes-its-etags", "what-is-put-is-got", "gives an etag in quotes"),
    ("tells-seconds-for-milliseconds", "what-is-put-is-got", "which is not now"),
    ("takes-an-empty-object-for-none", "an-empty-object-is-kept", "There is no object."),
    ("holds-objects-whole", "a-large-object-passes-in-constant-memory", "kB of memory more than 1 MB did"),
    ("folds-the-case-of-keys", "keys-mean-what-they-say", "the key \"a b\" holds \"A b\""),
    ("decodes-keys", "keys-mean-what-they-say", "the key \"a b\" holds \"a%20b\""),
    ("takes-any-key", "keys-out-of-range-are-invalid", "was answered, and not refused"),
    ("says-nothing-of-what-is-not-there", "what-is-not-there-is-not-found", "and not `not-found`"),
    ("removes-only-what-is-there", "removing-may-be-repeated", "a second delete answered `not-found`"),
    ("removes-nothing", "removing-may-be-repeated", "head of what was removed was answered"),
    ("keeps-the-first-write", "a-write-replaces-the-object", "the key holds \"old bytes\""),
    ("has-one-etag-for-all", "a-write-replaces-the-object", "the etag is the same for other bytes"),
    ("writes-on-any-condition", "absent-keeps-what-is-there", "replaced what is there"),
    ("writes-on-any-condition", "matches-keeps-what-others-wrote", "replaced what is there"),
    ("ignores-the-size", "a-body-of-another-size-is-invalid", "was answered, and not refused"),
    (
        "keeps-what-was-cut-short",
        "a-body-cut-short-stores-nothing",
        "a body whose outcome is an error was stored",
    ),
    ("clears-the-place-first", "a-body-cut-short-stores-nothing", "get answered `not-found`"),
    ("ignores-ranges", "ranges-are-cut-from-the-object", "gives 200000 bytes"),
    ("takes-the-last-byte-for-the-end", "ranges-are-cut-from-the-object", "gives 99989 bytes"),
    ("has-no-more-than-there-is", "a-suffix-may-be-longer-than-the-object", "There are fewer bytes."),
    ("gives-all-for-a-range-outside", "ranges-that-hold-no-byte-are-invalid", "is not `invalid`"),
    (
        "does-not-say-why-a-range-is-invalid",
        "ranges-that-hold-no-byte-are-invalid",
        "reason=range-not-satisfiable",
    ),
    ("reads-whatever-is-there-now", "reading-on-needs-the-same-object", "was answered, and not refused"),
    ("lists-in-any-order", "keys-are-listed-in-pages", "the keys are"),
    ("ignores-the-prefix", "keys-are-listed-in-pages", "list 5 and 5"),
    ("ignores-the-limit", "keys-are-listed-in-pages", "a page of 1 has 5"),
    ("has-one-page", "keys-are-listed-in-pages", "in pages of 1, the keys are"),
    ("begins-each-page-at-the-first", "keys-are-listed-in-pages", "an object is listed twice"),
    ("takes-any-metadata", "metadata-out-of-range-is-invalid", "was answered, and not refused"),
    ("signs-for-any-time", "signed-urls-have-their-limits", "presign for 0 seconds was answered"),
    ("signs-for-what-is-there", "signed-urls-have-their-limits", "presign answered `not-found`"),
    ("tells-seconds-for-milliseconds", "signed-urls-have-their-limits", "which is another time"),
    (
        "redeems-for-any-method",
        "signed-urls-are-redeemed-for-what-they-grant",
        "redeem for another method was answered",
    ),
    ("says-that-a-method-is-wrong", "signed-urls-are-redeemed-for-what-they-grant", "and not `denied`"),
    (
        "redeems-what-was-changed",
        "signed-urls-are-redeemed-for-what-they-grant",
        "a URL that was changed in place",
    ),
    ("redeems-for-another-key", "signed-urls-are-redeemed-for-what-they-grant", "is redeemed for"),
];

#[tokio::test]
async fn each_fault_of_an_object_store_fails_its_case() {
    each_fault_fails_its_case("object-store", Some("object-store-sqlite"), FAULTS).await;
}
