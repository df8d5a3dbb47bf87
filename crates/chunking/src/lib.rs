//! Cuts the text of documents and conversations into chunks that are embedded, found and cited one by one.
//!
//! A chunk has at most a given number of tokens by [`estimate_tokens`], ends at the best break near that size (section, paragraph, sentence, line,
//! word, and only then inside a word), and repeats the end of the chunk before it, so that a sentence at a break can be found whole. It knows
//! the page or turn and the bytes it came from. Words are told apart by Unicode's rules (UAX 29), so text without spaces
//! between words splits too.
//!
//! The same input gives the same chunks on every platform. Time grows with the length of the text, memory with the chunks.

#![forbid(unsafe_code)]

mod atoms;
mod pack;
mod sentences;
mod tokens;

pub use sentences::sentences;
pub use tokens::{estimate_tokens, is_cjk};

/// The smallest [`Options::max_tokens`].
pub const MIN_MAX_TOKENS: u32 = 16;
/// The largest [`Options::max_tokens`].
pub const MAX_MAX_TOKENS: u32 = 32_000;

/// A piece of a document that a reader can be pointed to: a page, or a turn of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// The number of the page or turn. Each is higher than the one before.
    pub index: u32,
    /// Who speaks. In a chunk over several sections each begins with `label: `, unless the label holds control characters or more than an eighth of
    /// [`Options::max_tokens`].
    pub label: Option<&'a str>,
    /// What stands there.
    pub text: &'a str,
}

/// How to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The most tokens of a chunk, from [`MIN_MAX_TOKENS`] to [`MAX_MAX_TOKENS`].
    pub max_tokens: u32,
    /// The most tokens a chunk repeats from the end of the one before it; less than half of `max_tokens`.
    pub overlap_tokens: u32,
    /// Whether a chunk may run over several sections. If not, a citation names one page.
    pub join_sections: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { max_tokens: 400, overlap_tokens: 60, join_sections: false }
    }
}

/// How much text is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes in all sections together, labels included.
    pub max_bytes: u32,
    /// The most chunks of one document.
    pub max_chunks: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 16 * 1024 * 1024, max_chunks: 20_000 }
    }
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The [`Section::index`].
    pub section: u32,
    /// Bytes from the start of its text; always between two characters.
    pub offset: u32,
}

/// A piece of text to embed, find and cite as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Without white space at its ends, never empty. In one section: exactly its text from `start` to `end`. Over several: the part of each on
    /// a line of its own, its label first.
    pub text: String,
    /// Its first byte.
    pub start: Position,
    /// The first byte after it.
    pub end: Position,
    /// [`estimate_tokens`] of `text`.
    pub tokens: u32,
}

/// Why a text was not cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// [`Options::max_tokens`] is out of range.
    #[error("max_tokens is {given}: give {MIN_MAX_TOKENS} to {MAX_MAX_TOKENS}")]
    MaxTokens {
        /// What was asked for.
        given: u32,
    },
    /// [`Options::overlap_tokens`] is not less than half of [`Options::max_tokens`].
    #[error("overlap_tokens is {given}: give less than half of max_tokens, which is {max_tokens}")]
    Overlap {
        /// What was asked for.
        given: u32,
        /// The size it must fit.
        max_tokens: u32,
    },
    /// A section's index is not higher than the one before.
    #[error(
        "section {index} comes after section {previous}: give sections in ascending order, each index once"
    )]
    Order {
        /// The index of the section before.
        previous: u32,
        /// The index that is not higher.
        index: u32,
    },
    /// More text than [`Limits::max_bytes`].
    #[error("the text has {bytes} bytes, and at most {limit} are taken: split the document")]
    TooLarge {
        /// The bytes of all sections.
        bytes: u64,
        /// The limit.
        limit: u32,
    },
    /// More chunks than [`Limits::max_chunks`].
    #[error("the text makes more than {limit} chunks: raise max_tokens or split the document")]
    TooManyChunks {
        /// The limit.
        limit: u32,
    },
}

/// Cuts a document's text into chunks, in order. Every character that is not white space is in at least one. No text gives no chunks.
pub fn chunk(sections: &[Section<'_>], options: Options, limits: Limits) -> Result<Vec<Chunk>, Error> {
    check(sections, options, limits)?;
    let mut chunks = Vec::new();
    // Each group of sections shares chunks.
    let group = if options.join_sections { sections.len() } else { 1 };
    for sections in sections.chunks(group.max(1)) {
        for chunk in pack::Packer::new(sections, options) {
            if chunks.len() >= limits.max_chunks as usize {
                return Err(Error::TooManyChunks { limit: limits.max_chunks });
            }
            chunks.push(chunk);
        }
    }
    Ok(chunks)
}

fn check(sections: &[Section<'_>], options: Options, limits: Limits) -> Result<(), Error> {
    let Options { max_tokens, overlap_tokens, .. } = options;
    if !(MIN_MAX_TOKENS..=MAX_MAX_TOKENS).contains(&max_tokens) {
        return Err(Error::MaxTokens { given: max_tokens });
    }
    if overlap_tokens >= max_tokens.div_ceil(2) {
        return Err(Error::Overlap { given: overlap_tokens, max_tokens });
    }
    let bytes =
        sections.iter().map(|section| (section.text.len() + section.label.map_or(0, str::len)) as u64).sum();
    if bytes > u64::from(limits.max_bytes) {
        return Err(Error::TooLarge { bytes, limit: limits.max_bytes });
    }
    for pair in sections.windows(2) {
        if pair[1].index <= pair[0].index {
            return Err(Error::Order { previous: pair[0].index, index: pair[1].index });
        }
    }
    Ok(())
}
