//! `Server-Timing`, `traceparent` and `Content-Disposition`.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use http_api::content_disposition::Disposition::{Attachment, Inline};
use http_api::content_disposition::{Disposition, content_disposition, download_headers};
use http_api::server_timing::{MAX_TIMINGS, ServerTiming};
use http_api::trace_context::{TRACEPARENT, TraceParent};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn timings_are_milliseconds_in_the_order_of_the_stages() {
    let mut timing = ServerTiming::default();
    assert_eq!(timing.to_header(), None);
    timing.add("object-store", Duration::from_micros(12_345));
    timing.add("embedder", Duration::from_secs(2));
    timing.add("object-store", Duration::from_nanos(700_999));
    assert_eq!(timing.to_header().unwrap(), "object-store;dur=13.045, embedder;dur=2000.000");
}

#[test]
fn names_of_timings_cannot_break_the_header() {
    let mut timing = ServerTiming::default();
    timing.add("a b;c,d=\r\n\"é", Duration::ZERO);
    timing.add("", Duration::from_millis(1));
    assert_eq!(timing.to_header().unwrap(), "a-b-c-d-----;dur=0.000, -;dur=1.000");
    for n in 0..100 {
        timing.add(&format!("s{n}"), Duration::MAX);
        timing.add(&format!("s{n}"), Duration::MAX);
    }
    let header = timing.to_header().unwrap();
    assert_eq!(header.to_str().unwrap().split(", ").count(), MAX_TIMINGS);
}

#[test]
fn a_traceparent_is_read_and_a_child_stays_in_its_trace() {
    let parent: TraceParent = EXAMPLE.parse().unwrap();
    assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(parent.span_id(), "00f067aa0ba902b7");
    assert!(parent.sampled());
    assert_eq!(parent.to_header(), EXAMPLE);
    let child = parent.child([0x12; 8]);
    assert_eq!(child.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-1212121212121212-01");
    assert_eq!(parent.child([0; 8]).span_id(), "0000000000000001", "zero is no id");
}

#[test]
fn a_new_trace_is_made_of_the_random_bytes() {
    let random: [u8; 24] = std::array::from_fn(|i| u8::try_from(i).unwrap());
    let root = TraceParent::root(random, true);
    assert_eq!(root.to_string(), "00-000102030405060708090a0b0c0d0e0f-1011121314151617-03");
    let unsampled = TraceParent::root([0; 24], false);
    assert_eq!(unsampled.to_string(), "00-00000000000000000000000000000001-0000000000000001-02");
    assert!(!unsampled.sampled());
}

#[test]
fn later_versions_are_read_by_what_they_share_with_this_one() {
    for later in [
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fd-what-ever",
    ] {
        assert_eq!(later.parse::<TraceParent>().unwrap().to_string(), EXAMPLE, "{later}");
    }
}

#[test]
fn an_invalid_traceparent_is_none() {
    for invalid in [
        "",
        "00",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "+0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        assert!(invalid.parse::<TraceParent>().is_err(), "{invalid}");
    }
    let mut headers = HeaderMap::new();
    assert_eq!(TraceParent::from_headers(&headers), None);
    headers.append(TRACEPARENT, HeaderValue::from_static(EXAMPLE));
    assert_eq!(TraceParent::from_headers(&headers), EXAMPLE.parse().ok());
    headers.append(TRACEPARENT, HeaderValue::from_static(EXAMPLE));
    assert_eq!(TraceParent::from_headers(&headers), None, "two of them");
}

#[test]
fn file_names_are_sent_in_plain_and_in_full() {
    let value = |name| content_disposition(Attachment, name).to_str().unwrap().to_owned();
    assert_eq!(value("p 1.pdf"), "attachment; filename=\"p 1.pdf\"");
    assert_eq!(
        value("Größe 100%.pdf"),
        "attachment; filename=\"Gr__e 100_.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20100%25.pdf"
    );
    assert_eq!(value("a\"b"), "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b");
    assert_eq!(content_disposition(Inline, "a.pdf"), "inline; filename=\"a.pdf\"");
}

#[test]
fn file_names_lose_what_no_file_name_should_have() {
    let value = |name: &str| content_disposition(Attachment, name).to_str().unwrap().to_owned();
    assert_eq!(value("../../etc/passwd"), "attachment; filename=\"_.._etc_passwd\"");
    assert_eq!(value("C:\\a.txt"), "attachment; filename=\"C__a.txt\"");
    assert_eq!(value("a\r\nSet-Cookie: x"), "attachment; filename=\"aSet-Cookie_ x\"");
    assert_eq!(value("exe.\u{202e}fdp"), "attachment; filename=\"exe.fdp\"");
    for empty in ["", ".", "..", " . ", "\0"] {
        assert_eq!(value(empty), "attachment; filename=\"download\"", "{empty:?}");
    }
    assert_eq!(value(&"x".repeat(300)), format!("attachment; filename=\"{}\"", "x".repeat(255)));
    assert_eq!(
        value(&format!("{}. .tail", "x".repeat(253))),
        format!("attachment; filename=\"{}\"", "x".repeat(253))
    );
}

#[test]
fn only_types_that_run_nothing_are_shown() {
    for shown in ["application/pdf", "Application/JSON; charset=utf-8", " text/plain ;x=y", "image/png"] {
        assert_eq!(Disposition::safe_for(shown), Inline, "{shown}");
    }
    for saved in [
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
        "",
        "application/pdfx",
        "x; application/pdf",
    ] {
        assert_eq!(Disposition::safe_for(saved), Attachment, "{saved}");
    }
}

#[test]
fn a_download_forbids_guessing_its_type() {
    let headers: HeaderMap = download_headers("text/html", "a.html").into_iter().collect();
    assert_eq!(headers["content-type"], "text/html");
    assert!(headers["content-security-policy"].to_str().unwrap().ends_with("; sandbox"));
    assert_eq!(headers["content-disposition"], "attachment; filename=\"a.html\"");
    let headers: HeaderMap = download_headers("text/html\r\nx: y", "a").into_iter().collect();
    assert_eq!(headers["content-type"], "application/octet-stream");
}

proptest! {
    #[test]
    fn every_traceparent_reads_back(random: [u8; 24], sampled: bool, child: [u8; 8]) {
        let root = TraceParent::root(random, sampled);
        prop_assert_eq!(root.to_string().parse(), Ok(root));
        let child = root.child(child);
        prop_assert_eq!(child.to_string().parse(), Ok(child));
        prop_assert_eq!((child.trace_id(), child.sampled()), (root.trace_id(), sampled));
    }

    #[test]
    fn no_text_panics_as_a_traceparent(text in prop_oneof![any::<String>(), "[0-9a-f]{2}-[0-9a-f]{31,33}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"]) {
        if let Ok(parsed) = text.parse::<TraceParent>() {
            prop_assert_eq!(&parsed.to_string()[2..53], &text[2..53]);
        }
    }

    #[test]
    fn every_file_name_makes_a_header_whose_full_form_is_one_plain_name(name: String) {
        let value = content_disposition(Attachment, &name);
        let value = value.to_str().unwrap();
        let plain = value.strip_prefix("attachment; filename=\"").unwrap().split('"').next().unwrap();
        let full = value.split_once("filename*=UTF-8''").map_or(plain.to_owned(), |(_, encoded)| {
            percent_decode_str(encoded).decode_utf8().unwrap().into_owned()
        });
        prop_assert!(!full.is_empty() && full.len() <= 255);
        prop_assert!(!full.contains(['/', '\\']) && !full.chars().any(char::is_control) && full != "..");
        prop_assert_eq!(full.chars().count(), plain.chars().count());
    }

    #[test]
    fn any_names_make_a_timing_header(names in prop::collection::vec(any::<String>(), 1..5), took: Duration) {
        let mut timing = ServerTiming::default();
        for name in &names {
            timing.add(name, took);
        }
        prop_assert!(timing.to_header().is_some());
    }
}
