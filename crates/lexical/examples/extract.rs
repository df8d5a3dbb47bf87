//! Shows what the extractive generator makes of a transcript: `cargo run -p lexical --example extract -- transcript.json schema.json "instruction"`.

#![allow(clippy::print_stdout)]

use lexical::generation::{Limits, Message, Role, generate};
use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [transcript, schema, instruction] = arguments.as_slice() else {
        return Err("give a transcript, a schema and an instruction".into());
    };
    let transcript: Value = serde_json::from_str(&std::fs::read_to_string(transcript)?)?;
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema)?)?;
    let mut lines = "# Transcript\n".to_owned();
    for (turn, segment) in (1..).zip(transcript["segments"].as_array().into_iter().flatten()) {
        let text = |name| segment[name].as_str().unwrap_or_default();
        lines.push_str(&format!("[{turn}] {}: {}\n", text("speaker"), text("text").replace('\n', " ")));
    }
    let messages =
        [Message { role: Role::System, content: instruction }, Message { role: Role::User, content: &lines }];
    println!("{:#}", generate(&messages, &schema, Limits::default())?);
    Ok(())
}
