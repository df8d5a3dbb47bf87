use std::time::{Duration, UNIX_EPOCH};

use http::header::{
    ACCEPT, HeaderMap, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE, RETRY_AFTER,
};
use http::{HeaderValue, Method};
use http_api::conditional::{Current, Verdict, evaluate, if_range_holds};
use http_api::content_disposition::{MAX_FILENAME_BYTES, download_headers};
use http_api::etag::EntityTag;
use http_api::range::{Selection, select};
use http_api::trace_context::{TRACEPARENT, TraceParent};
use http_api::{event_stream, origin};

/// The value of every header that is read, and a file's name that is written into one.
pub fn headers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    file_name(&text);
    if let Ok(origin) = origin::parse(&text) {
        assert_eq!(origin::parse(&origin), Ok(origin.clone()), "an origin is its own");
        assert!(!origin.contains('@') && !origin.ends_with('/'), "{origin}");
    }
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    for name in [ACCEPT, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE, RETRY_AFTER] {
        headers.insert(name, value.clone());
    }
    headers.insert(TRACEPARENT, value);
    range(&headers);
    conditions(&headers);
    let _ = event_stream::is_wanted(&headers);
    if let Some(wait) = upstream::retry_after(&headers, Duration::from_secs(1_800_000_000)) {
        assert!(wait <= Duration::from_secs(86_400), "a provider may have us wait for {wait:?}");
    }
    if let Some(trace) = TraceParent::from_headers(&headers) {
        let written = trace.to_header();
        let again = written.to_str().expect("text").parse::<TraceParent>().expect("what we write");
        assert_eq!((again.trace_id(), again.span_id()), (trace.trace_id(), trace.span_id()));
    }
}

fn range(headers: &HeaderMap) {
    for size in [0, 1, 1000, u64::MAX] {
        match select(&Method::GET, headers, size) {
            Selection::Part(part) => assert!(part.start < part.end && part.end <= size, "{part:?} of {size}"),
            Selection::Unsatisfiable => assert!(size > 0, "no range of nothing is wrong"),
            Selection::Whole => {}
        }
    }
    assert_eq!(select(&Method::PUT, headers, 1000), Selection::Whole);
}

fn conditions(headers: &HeaderMap) {
    let etag = EntityTag::strong("0123456789abcdef").expect("an entity tag");
    let current = Current { etag, modified: UNIX_EPOCH.checked_add(Duration::from_secs(1_700_000_000)) };
    for current in [Some(&current), None] {
        // Only who reads may be told that nothing has changed.
        assert_ne!(evaluate(&Method::PUT, headers, current), Verdict::NotModified);
        let _ = evaluate(&Method::GET, headers, current);
    }
    let _ = if_range_holds(headers, &current);
}

fn file_name(name: &str) {
    let value =
        download_headers("text/html", name).into_iter().find(|(name, _)| name == "content-disposition");
    let (_, value) = value.expect("a disposition");
    let value = value.to_str().expect("ASCII");
    let quoted = value.strip_prefix("attachment; filename=\"").expect("a name");
    let (plain, rest) = quoted.split_once('"').expect("its end");
    assert!(!plain.is_empty() && plain.len() <= MAX_FILENAME_BYTES);
    assert!(!plain.contains(['/', '\\', ':', '%']) && !plain.starts_with('.'), "{value}");
    assert!(rest.is_empty() || rest.starts_with("; filename*=UTF-8''"), "{value}");
    assert!(
        rest.bytes().all(|b| b.is_ascii_graphic() || b == b' ') && !rest.contains(['"', '/', '\\']),
        "{value}"
    );
}
