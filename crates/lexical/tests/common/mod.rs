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
