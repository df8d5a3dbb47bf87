//! The default chunker: the crate `chunking` behind `serene:chunker`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/chunker"],
        world: "serene:chunker/chunker-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::chunker::chunker::{
    ChunkOptions, ChunkerInfo, Guest, Passage, Position, Section,
};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};
use chunking::Limits;

struct ChunkerText;

impl Guest for ChunkerText {
    async fn describe(_: Context) -> Result<ChunkerInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        let Limits { max_bytes, max_chunks } = Limits::default();
        Ok(ChunkerInfo { stage, max_bytes, max_passages: max_chunks })
    }

    async fn chunk(_: Context, sections: Vec<Section>, options: ChunkOptions) -> Result<Vec<Passage>, Error> {
        let sections: Vec<_> = sections
            .iter()
            .map(|s| chunking::Section { index: s.index, label: s.label.as_deref(), text: &s.text })
            .collect();
        let options = chunking::Options {
            max_tokens: options.max_tokens,
            overlap_tokens: options.overlap_tokens,
            join_sections: options.join_sections,
        };
        let chunks = chunking::chunk(&sections, options, Limits::default()).map_err(error)?;
        Ok(chunks.into_iter().map(passage).collect())
    }
}

fn passage(chunk: chunking::Chunk) -> Passage {
    let position = |p: chunking::Position| Position { section: p.section, offset: p.offset };
    Passage { text: chunk.text, start: position(chunk.start), end: position(chunk.end), tokens: chunk.tokens }
}

fn error(error: chunking::Error) -> Error {
    let fault = |extras: Vec<(&str, String)>| Fault {
        message: format!("{error}."),
        provider_status: None,
        extras: extras.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    match error {
        chunking::Error::TooLarge { bytes, limit } => {
            Error::TooLarge(fault(vec![("limit", limit.to_string()), ("actual", bytes.to_string())]))
        }
        chunking::Error::TooManyChunks { limit } => {
            Error::TooLarge(fault(vec![("limit", limit.to_string())]))
        }
        _ => Error::Invalid(fault(Vec::new())),
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{ChunkerText, bindings};

    bindings::export!(ChunkerText with_types_in bindings);
}
