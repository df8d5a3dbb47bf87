//! Byte ranges.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

use http::header::RANGE;
use http::{HeaderMap, HeaderValue, Method};
use http_api::range::Selection::{Part, Unsatisfiable, Whole};
use http_api::range::{ByteRange, Selection, content_range, content_range_unsatisfied, select};
use proptest::prelude::*;

fn headers(value: &str) -> HeaderMap {
    [(RANGE, HeaderValue::from_str(value).unwrap())].into_iter().collect()
}

fn of(value: &str, size: u64) -> Selection {
    select(&Method::GET, &headers(value), size)
}

#[test]
fn the_three_forms_select_their_bytes() {
    assert_eq!(of("bytes=0-499", 1000), Part(0..500));
    assert_eq!(of("bytes=500-999", 1000), Part(500..1000));
    assert_eq!(of("bytes=500-9999", 1000), Part(500..1000), "cut to the end");
    assert_eq!(of("bytes=999-", 1000), Part(999..1000));
    assert_eq!(of("bytes=-1", 1000), Part(999..1000));
    assert_eq!(of("bytes=-9999", 1000), Part(0..1000), "all of a shorter file");
    assert_eq!(of("bytes=0-0", 1), Part(0..1));
    assert_eq!(of("BYTES=0-0", 1), Part(0..1), "units are case-insensitive");
    assert_eq!(of("bytes= 0-0 ,", 1), Part(0..1), "a list may have blanks and empty elements");
}

#[test]
fn what_lies_outside_the_file_is_unsatisfiable() {
    for range in ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999-"] {
        assert_eq!(of(range, 1000), Unsatisfiable, "{range}");
    }
    assert_eq!(content_range_unsatisfied(1000), "bytes */1000");
}

#[test]
fn huge_numbers_do_not_overflow() {
    assert_eq!(of("bytes=0-18446744073709551615", 10), Part(0..10));
    assert_eq!(of("bytes=0-99999999999999999999999", u64::MAX), Part(0..u64::MAX));
    assert_eq!(of("bytes=-99999999999999999999999", 10), Part(0..10));
}

#[test]
fn what_is_malformed_several_or_of_another_unit_gets_the_whole() {
    for range in [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=a-b",
        "bytes=0",
        "bytes=5-4",
        "bytes=+1-2",
        "bytes=0x1-2",
        "bytes=1 - 2",
        "bytes=1--2",
        "bytes 0-1",
        "bytes =0-1",
        "lines=0-1",
        "bytes=0-1,3-4",
        "bytes=0-0,-1",
    ] {
        assert_eq!(of(range, 1000), Whole, "{range}");
    }
    let mut two = headers("bytes=0-1");
    two.append(RANGE, HeaderValue::from_static("bytes=3-4"));
    assert_eq!(select(&Method::GET, &two, 1000), Whole);
    assert_eq!(select(&Method::GET, &HeaderMap::new(), 1000), Whole);
}

#[test]
fn ranges_are_for_get_only() {
    for method in [Method::HEAD, Method::PUT, Method::POST] {
        assert_eq!(ByteRange::requested(&method, &headers("bytes=0-1")), None, "{method}");
    }
}

#[test]
fn any_range_of_an_empty_file_is_the_whole() {
    for range in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0"] {
        assert_eq!(of(range, 0), Whole, "{range}");
    }
}

#[test]
fn the_answer_names_what_it_holds() {
    assert_eq!(content_range(&(0..500), 1000), "bytes 0-499/1000");
    assert_eq!(content_range(&(999..1000), 1000), "bytes 999-999/1000");
}

proptest! {
    #[test]
    fn no_value_panics_and_every_part_lies_in_the_file(
        value in prop_oneof![prop::collection::vec(any::<u8>(), 0..30), "bytes=[0-9]{0,21}-[0-9]{0,21}(,[0-9-]{0,5})?".prop_map(String::into_bytes)],
        size in prop_oneof![any::<u64>(), 0..20_u64],
    ) {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let headers: HeaderMap = [(RANGE, value)].into_iter().collect();
        if let Part(part) = select(&Method::GET, &headers, size) {
            prop_assert!(part.start < part.end && part.end <= size);
        }
    }

    #[test]
    fn what_is_asked_for_inside_the_file_is_what_is_sent(size in 1..10_000_u64, a: u64, b: u64) {
        let (a, b) = (a % size, b % size);
        let (first, last) = (a.min(b), a.max(b));
        prop_assert_eq!(of(&format!("bytes={first}-{last}"), size), Part(first..last + 1));
        prop_assert_eq!(of(&format!("bytes={first}-"), size), Part(first..size));
        prop_assert_eq!(of(&format!("bytes=-{}", size - first), size), Part(first..size));
    }
}
