//! Server-sent events (`text/event-stream`, HTML Living Standard, section 9.2).

use http::HeaderMap;
use http::header::ACCEPT;

/// The media type.
pub const MEDIA_TYPE: &str = "text/event-stream";

/// Whether a request asks for events by name.
#[must_use]
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let ranges = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    ranges.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(MEDIA_TYPE));
        let refused = |part: &str| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse() == Ok(0.0))
        };
        named && !parts.any(refused)
    })
}

/// One event. Whatever the data holds, it stays this event's data: each of its lines becomes a line of its own field. A line break, which a client reads as
/// LF whatever it was, cannot end the event, and none stands in the name.
#[must_use]
pub fn event(name: &str, data: &str) -> String {
    let name = name.replace(['\r', '\n', '\0'], "");
    let mut event = format!("event: {name}\n");
    for line in data.replace("\r\n", "\n").split(['\r', '\n']) {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event
}
