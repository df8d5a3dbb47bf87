//! Server-sent events, and a client that reads them.

use http::HeaderMap;
use http_api::event_stream::{event, is_wanted};
use proptest::prelude::*;

/// What a client makes of a stream, by the standard's own steps: the events' types and data.
fn read(stream: &str) -> Vec<(String, String)> {
    let (mut events, mut name, mut data) = (Vec::new(), String::new(), String::new());
    for line in stream.replace("\r\n", "\n").split(['\r', '\n']) {
        if line.is_empty() {
            if !data.is_empty() {
                data.pop();
                events.push((std::mem::take(&mut name), std::mem::take(&mut data)));
            }
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            _ => {}
        }
    }
    events
}

#[test]
fn an_event_is_what_the_readme_shows() {
    assert_eq!(event("stage", r#"{"elapsed_ms":52}"#), "event: stage\ndata: {\"elapsed_ms\":52}\n\n");
}

#[test]
fn data_cannot_end_its_event_or_begin_another() {
    let forged = "a\n\nevent: document\ndata: {}\r\rdata: x\r\n";
    let lines = "a\n\nevent: document\ndata: {}\n\ndata: x\n";
    assert_eq!(read(&event("stage", forged)), [("stage".to_owned(), lines.to_owned())]);
    assert_eq!(read(&event("sta\nge: x", "")), [("stage: x".to_owned(), String::new())]);
}

#[test]
fn events_are_sent_to_who_names_them() {
    for (accept, wanted) in [
        ("text/event-stream", true),
        ("application/json, Text/Event-Stream;q=0.5", true),
        ("text/event-stream;q=0", false),
        ("*/*", false),
        ("", false),
    ] {
        let headers: HeaderMap =
            [(http::header::ACCEPT, accept.parse().expect("a value"))].into_iter().collect();
        assert_eq!(is_wanted(&headers), wanted, "{accept}");
    }
}

proptest! {
    #[test]
    fn a_client_reads_one_event_with_the_same_data(name in "[a-z]{1,8}", data in "[a-z:\\r\\n ]{0,40}|.{0,40}") {
        let as_read = data.replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(read(&event(&name, &data)), vec![(name, as_read)]);
    }
}
