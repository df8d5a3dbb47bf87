use http_api::event_stream::event;

/// An event's name and its data, with a line break between the two: a client reads one event with that data, whatever it holds.
pub fn events(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (name, data) = text.split_once('\n').unwrap_or(("stage", &text));
    let stream = event(name, data);
    let expected = data.replace("\r\n", "\n").replace('\r', "\n");
    let read = read(&stream);
    let [(_, received)] = read.as_slice() else { panic!("{} events of one", read.len()) };
    assert_eq!(*received, expected);
}

/// What a client makes of a stream, by the standard's own steps (HTML Living Standard, 9.2.6): the events' types and data.
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
