//! The published JSON Schemas: what a transcript must look like, and what a generator must return.

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
        let verdict = match self {
            Self::Transcript => compiled::Transcript::validate(value),
            Self::Analysis => compiled::Analysis::validate(value),
            Self::RepairPlan => compiled::RepairPlan::validate(value),
        };
        verdict.map_err(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the root".to_owned() } else { place };
            format!("at {place}, {}", shorten(&error.masked().to_string()))
        })?;
        if self == Self::Transcript { check_speakers(value) } else { Ok(()) }
    }
}

/// The schemas as code, which is a tenth of the size of a validator that reads them when it runs. A regular expression, of which there is one, would bring
/// an engine of 1.4 MB with it: `transcript.json` is the published schema without that pattern, and [`check_speakers`] is the pattern. A test holds both
/// to what is published.
#[allow(missing_docs, clippy::all, unused_qualifications, reason = "generated")]
mod compiled {
    #[jsonschema::validator(path = "src/schemas/transcript.json", methods = { is_valid = false, validate = true, iter_errors = false })]
    pub(super) struct Transcript;

    #[jsonschema::validator(path = "../../schemas/analysis.schema.json", methods = { is_valid = false, validate = true, iter_errors = false })]
    pub(super) struct Analysis;

    #[jsonschema::validator(path = "../../schemas/repair-plan.schema.json", methods = { is_valid = false, validate = true, iter_errors = false })]
    pub(super) struct RepairPlan;
}

/// `^[^\u0000-\u001f\u007f]+$` for each speaker.
fn check_speakers(transcript: &Value) -> Result<(), String> {
    let segments = transcript.get("segments").and_then(Value::as_array).into_iter().flatten();
    for (index, segment) in segments.enumerate() {
        let speaker = segment.get("speaker").and_then(Value::as_str).unwrap_or_default();
        if speaker.chars().any(|c| c.is_ascii_control()) {
            return Err(format!("at /segments/{index}/speaker, the name holds a control character"));
        }
    }
    Ok(())
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
