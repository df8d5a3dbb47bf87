//! `serene:record-store`

use super::{Fault, each_fault_fails_its_case};

const FAULTS: &[Fault] = &[
    ("mixes-calls-up", "calls-run-concurrently", "answers another thing beside 7 others"),
    ("tells-times-in-another-form", "what-is-stored-is-read", "is to be RFC 3339 in UTC"),
    ("forgets-a-member", "what-is-stored-is-read", "`filename` was \"a.pdf\" and is null"),
    ("counts-one-too-many", "an-update-counts-what-it-changed", "3 are said to be changed"),
    ("changes-nothing", "an-update-counts-what-it-changed", "the rows hold"),
    ("turns-numbers-into-texts", "every-type-is-kept", "`size` was 5000000000 and is \"5000000000\""),
    ("turns-json-into-texts", "every-type-is-kept", "`stages` was"),
    ("replaces-rows-whole", "merging-keeps-what-is-not-given", "a member not given is now null"),
    ("counts-what-was-given", "keeping-leaves-the-row-as-it-is", "2 are said to be written"),
    ("merges-what-it-is-to-keep", "keeping-leaves-the-row-as-it-is", "2 are said to be written"),
    ("stores-rows-one-by-one", "failing-stores-nothing", "a call that failed left the rows"),
    ("keeps-where-it-is-to-fail", "failing-stores-nothing", "a call that failed left the rows"),
    ("gives-every-column", "columns-are-chosen", "of two columns asked for came"),
    ("holds-to-one-filter", "filters-hold", "two filters find"),
    ("has-wildcards", "filters-hold", "a character that is no wildcard"),
    ("takes-at-least-for-more-than", "filters-hold", "a filter by gte finds"),
    ("takes-one-of-for-the-first", "filters-hold", "a filter by one-of finds"),
    ("sorts-one-way", "order-is-kept-and-nulls-are-last", "descending, by Unicode code point"),
    ("puts-nulls-first", "order-is-kept-and-nulls-are-last", "ascending, by Unicode code point"),
    ("ignores-the-limit", "pages-never-overlap", "a page of 1 rows has 7"),
    ("has-one-page", "pages-never-overlap", "pages of 1 equal rows give"),
    ("begins-each-page-at-the-first", "pages-never-overlap", "pages of 1 rows give"),
    ("reads-and-then-writes", "an-update-compares-and-sets", "and 2 found it"),
    ("does-not-count", "a-delete-counts-and-may-be-repeated", "of 2 rows, 0 were removed"),
    ("removes-more-than-was-asked", "a-delete-counts-and-may-be-repeated", "of 2 rows, 3 were removed"),
    ("changes-a-whole-table", "nothing-changes-a-whole-table", "update without a filter was answered"),
    ("empties-a-whole-table", "nothing-changes-a-whole-table", "delete without a filter was answered"),
    (
        "passes-over-what-it-does-not-know",
        "what-is-unknown-is-invalid",
        "upsert into an unknown table was answered",
    ),
    (
        "finds-nothing-by-what-it-does-not-know",
        "what-is-unknown-is-invalid",
        "select by an unknown column was answered",
    ),
    ("knows-ascii-alone", "unicode-passes", "was stored, and"),
    ("drops-rows-beyond-ascii", "unicode-passes", "rows were stored, and"),
];

#[tokio::test]
async fn each_fault_of_a_record_store_fails_its_case() {
    each_fault_fails_its_case("record-store", Some("record-store-sqlite"), FAULTS).await;
}
