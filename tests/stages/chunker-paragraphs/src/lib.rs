//! One passage a paragraph, however short or long it is.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/chunker"],
        world: "serene:chunker/chunker-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::chunker::chunker::{
    ChunkOptions, ChunkerInfo, Guest, Passage, Position, Section,
};
use bindings::serene::types::types::{Context, Error, StageInfo};

struct Paragraphs;

impl Guest for Paragraphs {
    async fn describe(_: Context) -> Result<ChunkerInfo, Error> {
        Ok(ChunkerInfo { stage: stage(), max_bytes: 1 << 24, max_passages: 10_000 })
    }

    async fn chunk(_: Context, sections: Vec<Section>, _: ChunkOptions) -> Result<Vec<Passage>, Error> {
        Ok(sections.iter().flat_map(paragraphs).collect())
    }
}

fn paragraphs(section: &Section) -> impl Iterator<Item = Passage> {
    let start = section.text.as_ptr() as usize;
    section.text.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).map(move |text| {
        let offset = text.as_ptr() as usize - start;
        let position = |offset: usize| Position { section: section.index, offset: offset as u32 };
        Passage {
            text: text.to_owned(),
            start: position(offset),
            end: position(offset + text.len()),
            tokens: text.len() as u32 / 4 + 1,
        }
    })
}

fn stage() -> StageInfo {
    StageInfo {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extras: Vec::new(),
    }
}

bindings::export!(Paragraphs with_types_in bindings);
