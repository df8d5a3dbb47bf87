use super::{Call, StageInfo};
use crate::Result;

/// A page, or a turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// From 0, ascending.
    pub index: u32,
    /// Who speaks.
    pub label: Option<String>,
    /// What it says.
    pub text: String,
}

/// How to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkOptions {
    /// The most tokens of a passage.
    pub max_tokens: u32,
    /// How many a passage repeats of the one before.
    pub overlap_tokens: u32,
    /// Whether a passage may run over several sections.
    pub join_sections: bool,
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The section's index.
    pub section: u32,
    /// Bytes from the start of its text.
    pub offset: u32,
}

/// A piece of text to embed, find and cite as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Not empty.
    pub text: String,
    /// Its first byte.
    pub start: Position,
    /// The first byte after it.
    pub end: Position,
    /// The stage's estimate.
    pub tokens: u32,
}

/// Who the chunker is and what it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkerInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// The most bytes of one call.
    pub max_bytes: u32,
    /// The most passages of one document.
    pub max_passages: u32,
}

/// Cuts text into passages: `serene:chunker`.
#[allow(async_fn_in_trait)]
pub trait Chunker {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<ChunkerInfo>;
    /// Cuts a document's text.
    async fn chunk(&self, call: &Call, sections: &[Section], options: ChunkOptions) -> Result<Vec<Passage>>;
}
