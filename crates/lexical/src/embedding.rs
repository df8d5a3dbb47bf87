//! Lexical embeddings: vectors that are near where texts share words, parts of words and word order.
//!
//! Each word, pair of neighbouring words and run of four characters in a word (one to three characters where words are not told apart by spaces) is hashed to
//! one dimension and a sign. Rare and common features count alike, for there is no corpus to know them by; only the commonest words of
//! eight languages count less. A document's vector also has a fixed amount in a dimension that no query has, so that a short passage does
//! not win over a long one by its shortness.
//!
//! How well it finds: pages of technical books cut into chunks of 400 tokens with 60 of overlap, found by exact cosine, in per cent of
//! sentences that stand on one page only (up to 800 a book; `examples/recall.rs` measures it):
//!
//! | book | pages | chunks | sentence: first, first five | half of its words | four of its words |
//! |---|---|---|---|---|---|
//! | English | 261 | 730 | 97.1, 99.9 | 74.1, 92.6 | 71.9, 93.6 |
//! | German | 145 | 428 | 97.1, 100 | 81.0, 95.1 | 77.4, 93.6 |
//! | German | 276 | 834 | 98.6, 100 | 86.9, 96.9 | 81.5, 96.1 |
//! | Russian | 146 | 460 | 97.5, 99.8 | 85.8, 96.8 | 76.1, 93.9 |
//! | Japanese | 272 | 977 | 98.5, 100 | 89.6, 97.5 | 49.5, 72.0 (eight characters) |
//! | Chinese | 142 | 449 | 98.0, 100 | 88.6, 96.2 | 51.5, 66.1 (eight characters) |
//!
//! Half as many dimensions lose two in a hundred whole sentences and eight in a hundred of the shorter queries; twice as many win less than one, and six.
//! What is still missed is mostly said nearly alike on several pages.

use crate::features::features;

/// The model's name. It changes when the same text gives another vector.
pub const MODEL: &str = "serene-lexical-1";

/// Numbers in each vector.
pub const DIMENSIONS: usize = 1024;

/// The most tokens of one text, by [`chunking::estimate_tokens`].
pub const MAX_TEXT_TOKENS: u32 = 16_000;

/// The square of what a document's vector has in the first dimension, before it is brought to length 1; as much as some eighty words that
/// occur once.
const LENGTH_WEIGHT: f32 = 80.0;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A passage to be found.
    Document,
    /// A question to find passages with.
    Query,
}

/// Why a text has no vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nothing in it but white space.
    #[error("the text is blank: leave it out")]
    Blank,
    /// More tokens than [`MAX_TEXT_TOKENS`].
    #[error("the text has about {tokens} tokens, and at most {MAX_TEXT_TOKENS} are taken: split it")]
    TooLong {
        /// The estimate.
        tokens: u32,
    },
}

/// Embeds a text: [`DIMENSIONS`] finite numbers, of length 1. A text without letters or digits is told by its symbols.
pub fn embed(text: &str, purpose: Purpose) -> Result<Vec<f32>, Error> {
    let tokens = chunking::estimate_tokens(text);
    if tokens > MAX_TEXT_TOKENS {
        return Err(Error::TooLong { tokens });
    }
    let features = features(text);
    if features.is_empty() {
        return Err(Error::Blank);
    }
    let mut vector = vec![0.0; DIMENSIONS];
    for (hash, weight) in features {
        let sign = if hash & 1 == 0 { 1.0 } else { -1.0 };
        // The first dimension is for lengths.
        let dimension = 1 + (hash >> 1) % (DIMENSIONS as u64 - 1);
        vector[dimension as usize] += sign * weight;
    }
    if purpose == Purpose::Document {
        vector[0] = LENGTH_WEIGHT.sqrt();
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    } else {
        // Features that cancel each other out leave nothing to find by.
        vector[0] = 1.0;
    }
    Ok(vector)
}
