//! The published schemas, for the tests.

#![allow(dead_code, reason = "each test uses a part")]

use jsonschema::Validator;
use serde_json::Value;

pub const TRANSCRIPT: &str = include_str!("../../../../schemas/transcript.schema.json");
pub const ANALYSIS: &str = include_str!("../../../../schemas/analysis.schema.json");
pub const REPAIR_PLAN: &str = include_str!("../../../../schemas/repair-plan.schema.json");

pub fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

pub fn validator(schema: &str) -> Validator {
    jsonschema::draft202012::new(&parse(schema)).expect("a schema")
}

/// The example conversation as the pipeline puts it before a generator: `# Transcript`, then `[1] speaker: text` a line.
pub fn transcript() -> String {
    let mut lines = "# Transcript\n".to_owned();
    for (turn, segment) in
        (1..).zip(parse(include_str!("../data/transcript.json"))["segments"].as_array().expect("segments"))
    {
        let text = |name: &str| segment[name].as_str().expect("a string");
        lines.push_str(&format!("[{turn}] {}: {}\n", text("speaker"), text("text")));
    }
    lines
}

/// What is wrong with an instance, and where.
pub fn faults(validator: &Validator, instance: &Value) -> Vec<String> {
    validator.iter_errors(instance).map(|e| format!("{}: {e}", e.instance_path())).collect()
}
