//! The same answer in pieces: server-sent events, sent as one body.

use serde_json::{Value, json};

use super::acts;
use crate::server::reply::{self, Reply};

/// Characters in one piece.
const PIECE: usize = 24;

pub(super) fn reply(completion: &Value, act: &str) -> Reply {
    let mut events = String::from(": OPENROUTER PROCESSING\n\n");
    let mut send = |chunk: &Value| events.push_str(&format!("data: {chunk}\n\n"));
    if let Some(error) = completion.get("error") {
        let mut chunk = chunk(completion, &json!({ "content": "" }), &json!("error"));
        chunk["error"] = error.clone();
        send(&chunk);
        return finished(events, act);
    }
    let choice = &completion["choices"][0];
    let content: Vec<char> = choice["message"]["content"].as_str().unwrap_or_default().chars().collect();
    send(&chunk(completion, &json!({ "role": "assistant", "content": "" }), &Value::Null));
    for piece in content.chunks(PIECE) {
        let piece: String = piece.iter().collect();
        send(&chunk(completion, &json!({ "content": piece }), &Value::Null));
    }
    if let Some(refusal) = choice["message"]["refusal"].as_str() {
        send(&chunk(completion, &json!({ "refusal": refusal }), &Value::Null));
    }
    let mut last = chunk(completion, &json!({ "content": "" }), &choice["finish_reason"]);
    if let Some(error) = choice.get("error") {
        // An error in the middle of a stream stands at the top of its chunk.
        last["error"] = error.clone();
        send(&last);
        return finished(events, act);
    }
    send(&last);
    let mut usage = chunk(completion, &Value::Null, &Value::Null);
    usage["choices"] = json!([]);
    usage["usage"] = completion["usage"].clone();
    send(&usage);
    finished(events, act)
}

fn finished(mut events: String, act: &str) -> Reply {
    if act != acts::STREAM_CUT {
        events.push_str("data: [DONE]\n\n");
    }
    reply::with_type(200, "text/event-stream", events.into())
}

fn chunk(completion: &Value, delta: &Value, finish_reason: &Value) -> Value {
    json!({
        "id": completion["id"],
        "object": "chat.completion.chunk",
        "created": completion["created"],
        "model": completion["model"],
        "provider": "Emulated",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish_reason }],
    })
}
