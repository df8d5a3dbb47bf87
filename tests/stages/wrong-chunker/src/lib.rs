//! A chunker that is right but for one fault: windows of characters, four to a token.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/chunker"],
        world: "serene:chunker/chunker-stage",
        with: { "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::chunker::chunker::{
    ChunkOptions, ChunkerInfo, Guest, Passage, Position, Section,
};
use fault::types::{Context, Error};
use fault::{Fault, invalid, too_large};

const MAX_BYTES: usize = 1 << 20;
/// Characters to a token.
const TOKEN: usize = 4;

struct Wrong;

impl Guest for Wrong {
    async fn describe(_: Context) -> Result<ChunkerInfo, Error> {
        let fault = Fault::read().await;
        let stage = fault.stage(env!("CARGO_PKG_NAME"));
        Ok(ChunkerInfo { stage, max_bytes: fault.limit(MAX_BYTES as u32), max_passages: 1 << 20 })
    }

    async fn chunk(
        ctx: Context,
        sections: Vec<Section>,
        options: ChunkOptions,
    ) -> Result<Vec<Passage>, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        let in_range = (16..=32_000).contains(&options.max_tokens)
            && u64::from(options.overlap_tokens) * 2 < u64::from(options.max_tokens);
        if !in_range && !fault.is("takes-any-options") {
            return Err(invalid("The options are out of range."));
        }
        if !sections.is_sorted_by(|one, next| one.index < next.index) && !fault.is("takes-any-order") {
            return Err(invalid("The sections do not ascend."));
        }
        let bytes: usize = sections.iter().map(|section| section.text.len()).sum();
        if bytes > MAX_BYTES && !fault.is("takes-any-size") {
            return Err(too_large("There is too much text.", MAX_BYTES, bytes));
        }
        let mut passages = Vec::new();
        for (place, section) in sections.iter().enumerate() {
            if fault.is("stops-at-an-empty-section") && section.text.is_empty() {
                break;
            }
            if fault.is("loses-the-first-when-joining") && options.join_sections && place == 0 {
                continue;
            }
            let text = fault.text(&section.text).await;
            let index = if fault.is("numbers-sections-anew") { place as u32 } else { section.index };
            cut(&fault, index, &text, options, &mut passages);
        }
        if fault.is("turns-the-order") {
            passages.reverse();
        }
        if fault.is("joins-what-is-to-be-apart")
            && let [first, .., last] = &mut passages[..]
        {
            first.end = last.end;
        }
        if fault.is("makes-a-passage-of-nothing") && passages.is_empty() {
            let start = Position { section: 0, offset: 0 };
            passages.push(Passage { text: " ".to_owned(), start, end: start, tokens: 1 });
        }
        if fault.is("loses-the-end") {
            passages.pop();
        }
        Ok(passages)
    }
}

fn cut(fault: &Fault, section: u32, text: &str, options: ChunkOptions, passages: &mut Vec<Passage>) {
    let mut places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    places.push(text.len());
    let max = options.max_tokens.max(1) as usize * if fault.is("makes-passages-too-long") { 2 } else { 1 };
    let step = (max - options.overlap_tokens.min(options.max_tokens / 2) as usize) * TOKEN;
    let mut from = 0;
    while from + 1 < places.len() {
        let mut to = (from + max * TOKEN).min(places.len() - 1);
        if fault.is("cuts-at-spaces-only") && !text.contains(' ') {
            to = places.len() - 1;
        }
        let (start, end) = (places[from], places[to]);
        let mut piece = text[start..end].to_owned();
        if !piece.trim().is_empty() {
            if fault.is("changes-the-text") {
                piece = piece.replace(' ', "  ");
            }
            let position = |offset: usize| Position { section, offset: offset as u32 };
            let tokens = (to - from).div_ceil(TOKEN) as u32;
            let end = position(if fault.is("counts-characters-for-bytes") { to } else { end });
            passages.push(Passage { text: piece, start: position(start), end, tokens });
        }
        if to == places.len() - 1 {
            break;
        }
        from += step;
    }
}

bindings::export!(Wrong with_types_in bindings);
