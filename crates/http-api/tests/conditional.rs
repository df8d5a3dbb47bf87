//! Entity tags and preconditions.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_api::conditional::Verdict::{Failed, NotModified, Proceed};
use http_api::conditional::{Current, Verdict, evaluate, if_range_holds};
use http_api::etag::{EntityTag, EntityTags};
use proptest::prelude::*;

const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

/// Written at 08:49:37.9, so that a comparison in parts of a second would show.
fn current() -> Current {
    let modified: SystemTime = UNIX_EPOCH + Duration::from_millis(784_111_777_900);
    Current { etag: EntityTag::strong("a").unwrap(), modified: Some(modified) }
}

fn headers(list: &[(HeaderName, &str)]) -> HeaderMap {
    list.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
}

fn get(list: &[(HeaderName, &str)]) -> Verdict {
    evaluate(&Method::GET, &headers(list), Some(&current()))
}

fn put(list: &[(HeaderName, &str)], current: Option<&Current>) -> Verdict {
    evaluate(&Method::PUT, &headers(list), current)
}

#[test]
fn tags_are_read_and_written() {
    for text in ["\"\"", "\"abc\"", "W/\"abc\"", "\"a,b'!#~\""] {
        assert_eq!(text.parse::<EntityTag>().unwrap().to_string(), text);
        assert_eq!(text.parse::<EntityTag>().unwrap().to_header(), text);
    }
    for text in [
        "",
        "abc",
        "\"",
        "\"a",
        "a\"",
        "w/\"a\"",
        "W/a",
        "\"a\"b\"",
        "\"a b\"",
        "\"é\"",
        "\"\u{7f}\"",
        " \"a\"",
    ] {
        assert!(text.parse::<EntityTag>().is_err(), "{text}");
    }
    assert_eq!(EntityTag::strong("a").unwrap().opaque(), "a");
    assert!(EntityTag::strong("\"a\"").is_err());
}

#[test]
fn tags_compare_as_rfc_9110_tables_it() {
    let tag = |text: &str| text.parse::<EntityTag>().unwrap();
    for (a, b, strong, weak) in [
        ("W/\"1\"", "W/\"1\"", false, true),
        ("W/\"1\"", "W/\"2\"", false, false),
        ("W/\"1\"", "\"1\"", false, true),
        ("\"1\"", "\"1\"", true, true),
        ("\"1\"", "\"2\"", false, false),
    ] {
        assert_eq!((tag(a).strong_eq(&tag(b)), tag(a).weak_eq(&tag(b))), (strong, weak), "{a} {b}");
        assert_eq!((tag(b).strong_eq(&tag(a)), tag(b).weak_eq(&tag(a))), (strong, weak), "{b} {a}");
    }
}

#[test]
fn lists_of_tags_are_read() {
    let list = |value: &str| EntityTags::from_headers(&headers(&[(IF_MATCH, value)]), &IF_MATCH).unwrap();
    let tags = |list: &[&str]| EntityTags::Tags(list.iter().map(|t| t.parse().unwrap()).collect());
    assert_eq!(list("*"), EntityTags::Any);
    assert_eq!(list("\"a\""), tags(&["\"a\""]));
    assert_eq!(list(" \"a\" ,W/\"b\",, \"c,d\" ,"), tags(&["\"a\"", "W/\"b\"", "\"c,d\""]));
    for malformed in ["", ",", "a", "*, \"a\"", "\"a\", *", "\"a\" \"b\"", "\"a\"b", "\"a", "W/", "x\"a\""] {
        assert_eq!(list(malformed), EntityTags::Malformed, "{malformed}");
    }
    assert_eq!(list(&"\"a\",".repeat(256)), tags(&["\"a\""; 256]));
    assert_eq!(list(&"\"a\",".repeat(257)), EntityTags::Malformed);
    assert_eq!(EntityTags::from_headers(&HeaderMap::new(), &IF_MATCH), None);
    let mut several = headers(&[(IF_MATCH, "\"a\"")]);
    several.append(IF_MATCH, HeaderValue::from_static("\"b\""));
    assert_eq!(EntityTags::from_headers(&several, &IF_MATCH), Some(tags(&["\"a\"", "\"b\""])));
    several.append(IF_MATCH, HeaderValue::from_bytes(b"\"\xe9\"").unwrap());
    assert_eq!(EntityTags::from_headers(&several, &IF_MATCH), Some(EntityTags::Malformed));
}

#[test]
fn without_preconditions_everything_proceeds() {
    assert_eq!(get(&[]), Proceed);
    assert_eq!(put(&[], None), Proceed);
}

#[test]
fn if_match_protects_against_lost_updates() {
    let now = current();
    assert_eq!(put(&[(IF_MATCH, "\"a\"")], Some(&now)), Proceed);
    assert_eq!(put(&[(IF_MATCH, "\"b\", \"a\"")], Some(&now)), Proceed);
    assert_eq!(put(&[(IF_MATCH, "\"b\"")], Some(&now)), Failed);
    assert_eq!(put(&[(IF_MATCH, "W/\"a\"")], Some(&now)), Failed, "weak tags do not protect bytes");
    assert_eq!(put(&[(IF_MATCH, "*")], Some(&now)), Proceed);
    assert_eq!(put(&[(IF_MATCH, "*")], None), Failed);
    assert_eq!(put(&[(IF_MATCH, "\"a\"")], None), Failed);
    assert_eq!(put(&[(IF_MATCH, "a")], Some(&now)), Failed, "malformed");
    assert_eq!(get(&[(IF_MATCH, "\"b\"")]), Failed);
}

#[test]
fn if_none_match_spares_transfers_and_creates_only() {
    let now = current();
    assert_eq!(get(&[(IF_NONE_MATCH, "W/\"a\"")]), NotModified);
    assert_eq!(get(&[(IF_NONE_MATCH, "\"b\", \"a\"")]), NotModified);
    assert_eq!(get(&[(IF_NONE_MATCH, "*")]), NotModified);
    assert_eq!(get(&[(IF_NONE_MATCH, "\"b\"")]), Proceed);
    assert_eq!(get(&[(IF_NONE_MATCH, "a")]), Proceed, "malformed");
    let head = headers(&[(IF_NONE_MATCH, "\"a\"")]);
    assert_eq!(evaluate(&Method::HEAD, &head, Some(&now)), NotModified);
    assert_eq!(put(&[(IF_NONE_MATCH, "*")], None), Proceed);
    assert_eq!(put(&[(IF_NONE_MATCH, "*")], Some(&now)), Failed);
    assert_eq!(put(&[(IF_NONE_MATCH, "\"a\"")], Some(&now)), Failed);
    assert_eq!(put(&[(IF_NONE_MATCH, "\"a\"")], None), Proceed);
    assert_eq!(put(&[(IF_NONE_MATCH, "a")], None), Failed, "malformed: nothing is overwritten");
}

#[test]
fn dates_compare_in_whole_seconds() {
    assert_eq!(get(&[(IF_MODIFIED_SINCE, EARLIER)]), Proceed);
    assert_eq!(get(&[(IF_MODIFIED_SINCE, SAME)]), NotModified);
    assert_eq!(get(&[(IF_MODIFIED_SINCE, LATER)]), NotModified);
    assert_eq!(get(&[(IF_UNMODIFIED_SINCE, EARLIER)]), Failed);
    assert_eq!(get(&[(IF_UNMODIFIED_SINCE, SAME)]), Proceed);
    assert_eq!(get(&[(IF_UNMODIFIED_SINCE, LATER)]), Proceed);
    assert_eq!(get(&[(IF_MODIFIED_SINCE, "Sunday, 06-Nov-94 08:49:37 GMT")]), NotModified, "RFC 850 form");
    assert_eq!(get(&[(IF_MODIFIED_SINCE, "Sun Nov  6 08:49:37 1994")]), NotModified, "asctime form");
}

#[test]
fn dates_are_ignored_where_they_mean_nothing() {
    let now = current();
    assert_eq!(put(&[(IF_MODIFIED_SINCE, SAME)], Some(&now)), Proceed, "only for GET and HEAD");
    assert_eq!(get(&[(IF_MODIFIED_SINCE, "yesterday")]), Proceed);
    assert_eq!(get(&[(IF_UNMODIFIED_SINCE, "yesterday")]), Proceed);
    assert_eq!(get(&[(IF_MODIFIED_SINCE, SAME), (IF_MODIFIED_SINCE, SAME)]), Proceed, "two of them");
    let undated = Current { modified: None, ..current() };
    assert_eq!(put(&[(IF_UNMODIFIED_SINCE, EARLIER)], Some(&undated)), Proceed);
    assert_eq!(put(&[(IF_UNMODIFIED_SINCE, EARLIER)], None), Proceed);
}

#[test]
fn tags_come_before_dates_and_if_match_before_if_none_match() {
    assert_eq!(get(&[(IF_MATCH, "\"a\""), (IF_UNMODIFIED_SINCE, EARLIER)]), Proceed);
    assert_eq!(get(&[(IF_NONE_MATCH, "\"b\""), (IF_MODIFIED_SINCE, LATER)]), Proceed);
    assert_eq!(get(&[(IF_MATCH, "\"b\""), (IF_NONE_MATCH, "\"a\"")]), Failed);
    assert_eq!(get(&[(IF_MATCH, "\"a\""), (IF_NONE_MATCH, "\"a\"")]), NotModified);
    assert_eq!(get(&[(IF_UNMODIFIED_SINCE, SAME), (IF_MODIFIED_SINCE, SAME)]), NotModified);
}

#[test]
fn if_range_holds_for_this_very_version_only() {
    let holds = |list: &[(HeaderName, &str)]| if_range_holds(&headers(list), &current());
    assert!(holds(&[]));
    assert!(holds(&[(IF_RANGE, "\"a\"")]));
    for other in ["\"b\"", "W/\"a\"", "a", "", SAME, "\"a\", \"a\""] {
        assert!(!holds(&[(IF_RANGE, other)]), "{other}");
    }
    assert!(!holds(&[(IF_RANGE, "\"a\""), (IF_RANGE, "\"a\"")]));
}

fn value() -> impl Strategy<Value = HeaderValue> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        "(W/)?\"?[a-b*,\" ]{0,6}\"?(, ?\"a\")?".prop_map(String::into_bytes),
    ];
    bytes.prop_filter_map("no header value", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

proptest! {
    #[test]
    fn no_header_panics_and_no_malformed_list_lets_a_write_through(value in value(), exists: bool) {
        let now = current();
        let now = exists.then_some(&now);
        for name in [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, IF_RANGE] {
            let headers: HeaderMap = [(name.clone(), value.clone())].into_iter().collect();
            for method in [Method::GET, Method::PUT] {
                let verdict = evaluate(&method, &headers, now);
                let malformed = EntityTags::from_headers(&headers, &name) == Some(EntityTags::Malformed);
                if malformed && method == Method::PUT && (name == IF_MATCH || name == IF_NONE_MATCH) {
                    prop_assert_eq!(verdict, Failed);
                }
            }
            let _ = if_range_holds(&headers, &current());
        }
    }

    #[test]
    fn every_tag_matches_itself(opaque in "[!#-~]{0,40}") {
        let tag = EntityTag::strong(opaque).unwrap();
        let now = Current { etag: tag.clone(), modified: None };
        let sent: HeaderMap = [(IF_NONE_MATCH, tag.to_header())].into_iter().collect();
        prop_assert_eq!(evaluate(&Method::GET, &sent, Some(&now)), NotModified);
    }
}
