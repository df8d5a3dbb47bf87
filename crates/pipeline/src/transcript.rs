//! Transcripts as clients send them.

use serde::Deserialize;

use crate::schemas::Schema;
use crate::stages::Section;
use crate::{Error, Result};

/// The most JSON values of a transcript: turns of 50 members each.
const MAX_VALUES: u32 = 1_000_000;

/// What the flows need of a transcript; the schema says what else one may hold.
#[derive(Debug, Deserialize)]
pub(crate) struct Transcript {
    segments: Vec<Segment>,
}

#[derive(Debug, Deserialize)]
struct Segment {
    speaker: String,
    text: String,
}

impl Transcript {
    /// Reads a transcript and holds it to its schema.
    pub(crate) fn parse(bytes: &[u8], max_turns: usize) -> Result<Self> {
        let value = crate::json::parse(bytes, MAX_VALUES).map_err(|e| {
            Error::invalid(format!("The transcript cannot be read as JSON: {e}.")).with("reason", "not-json")
        })?;
        if let Some(turns) = value.get("segments").and_then(|s| s.as_array()).map(Vec::len)
            && turns > max_turns
        {
            return Err(Error::too_large("The number of turns", max_turns as u64, Some(turns as u64)));
        }
        Schema::Transcript.validate(&value).map_err(|problem| {
            Error::invalid(format!("The transcript does not fit its schema, /schemas/transcript: {problem}."))
                .with("reason", "schema")
        })?;
        serde_json::from_value(value)
            .map_err(|e| Error::invalid(format!("The transcript cannot be read: {e}.")))
    }

    /// One section a turn.
    pub(crate) fn sections(&self) -> Vec<Section> {
        (0..)
            .zip(&self.segments)
            .map(|(index, segment)| Section {
                index,
                label: Some(segment.speaker.clone()),
                text: segment.text.clone(),
            })
            .collect()
    }
}

/// A transcript as a model reads it: one turn a line, `[{turn}] {speaker}: {text}`, turns from 1. A line break of any kind inside a turn or a name becomes a
/// space, so that no text can pass for a turn of its own.
pub(crate) fn as_lines(sections: &[Section]) -> String {
    let on_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines = String::new();
    for section in sections {
        let text = on_one_line(&section.text);
        let speaker = on_one_line(section.label.as_deref().unwrap_or("unknown"));
        lines.push_str(&format!("[{}] {speaker}: {text}\n", u64::from(section.index) + 1));
    }
    lines
}
