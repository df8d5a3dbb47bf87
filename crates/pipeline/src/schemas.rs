//! The published JSON Schemas: what a transcript must look like, and what a generator must return.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

/// One of the schemas in `schemas/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// What a client uploads.
    Transcript,
    /// What a generator writes about a conflict.
    Analysis,
    /// What a generator writes for one partner.
    RepairPlan,
}

impl Schema {
    /// Every schema.
    pub const ALL: [Self; 3] = [Self::Transcript, Self::Analysis, Self::RepairPlan];

    /// Its name, as in `/schemas/{name}`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transcript => "transcript",
            Self::Analysis => "analysis",
            Self::RepairPlan => "repair-plan",
        }
    }

    /// Its JSON text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Transcript => include_str!("../../../schemas/transcript.schema.json"),
            Self::Analysis => include_str!("../../../schemas/analysis.schema.json"),
            Self::RepairPlan => include_str!("../../../schemas/repair-plan.schema.json"),
        }
    }

    /// Holds a value to the schema.
    ///
    /// # Errors
    /// Where the value breaks it and how, for the first fault found.
    pub fn validate(self, value: &Value) -> Result<(), String> {
        static VALIDATORS: [OnceLock<Option<Validator>>; 3] = [const { OnceLock::new() }; 3];
        let validator = VALIDATORS[self as usize]
            .get_or_init(|| {
                let schema: Value = serde_json::from_str(self.text()).ok()?;
                jsonschema::validator_for(&schema).ok()
            })
            .as_ref()
            .ok_or_else(|| format!("the schema {} itself is broken", self.name()))?;
        match validator.validate(value) {
            Ok(()) => Ok(()),
            Err(error) => {
                let place = error.instance_path().to_string();
                let place = if place.is_empty() { "the root".to_owned() } else { place };
                Err(format!("at {place}, {}", shorten(&error.masked().to_string())))
            }
        }
    }
}

/// Schema errors can be as long as a schema; a message is a sentence.
fn shorten(message: &str) -> String {
    const MAX: usize = 300;
    if message.len() <= MAX {
        return message.to_owned();
    }
    let end = (0..=MAX).rev().find(|&i| message.is_char_boundary(i)).unwrap_or(0);
    format!("{}…", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_a_valid_schema() {
        for schema in Schema::ALL {
            let error = schema.validate(&serde_json::json!(7)).unwrap_err();
            assert!(error.starts_with("at the root, "), "{}: {error}", schema.name());
        }
    }
}
