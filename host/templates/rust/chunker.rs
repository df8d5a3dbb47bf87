//! Serene's side of the stage: what it is called, what it takes, and when it refuses.

mod contract;
mod work;

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "chunker-stage", generate_all, async: true });
}

use bindings::exports::serene::chunker::chunker::{
    ChunkOptions, ChunkerInfo, Guest, Passage, Position, Section,
};
use bindings::serene::types::types::{Context, Error};
use contract::{invalid, stage, within};

/// The most bytes of text of one call.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The most passages of one document.
const MAX_PASSAGES: usize = 100_000;

struct Stage;

impl Guest for Stage {
    async fn describe(_: Context) -> Result<ChunkerInfo, Error> {
        Ok(ChunkerInfo { stage: stage(), max_bytes: MAX_BYTES as u32, max_passages: MAX_PASSAGES as u32 })
    }

    async fn chunk(_: Context, sections: Vec<Section>, options: ChunkOptions) -> Result<Vec<Passage>, Error> {
        let (max, overlap) = (options.max_tokens as usize, options.overlap_tokens as usize);
        if !(16..=32_000).contains(&max) || overlap * 2 >= max {
            return Err(invalid("max-tokens is 16 to 32,000, and overlap-tokens less than half of it."));
        }
        if !sections.is_sorted_by(|one, next| one.index < next.index) {
            return Err(invalid("The sections' numbers must ascend."));
        }
        within("bytes of text", MAX_BYTES, sections.iter().map(|section| section.text.len()).sum())?;
        let mut passages = Vec::new();
        // Each passage lies in one section, also where several may be joined.
        for section in &sections {
            for piece in work::cut(&section.text, max, overlap) {
                let at = |offset: usize| Position { section: section.index, offset: offset as u32 };
                passages.push(Passage {
                    text: section.text[piece.start..piece.end].to_owned(),
                    start: at(piece.start),
                    end: at(piece.end),
                    tokens: piece.tokens as u32,
                });
            }
            within("passages in a document", MAX_PASSAGES, passages.len())?;
            // Other calls in this instance go on between two sections.
            wit_bindgen::yield_async().await;
        }
        Ok(passages)
    }
}

bindings::export!(Stage with_types_in bindings);
