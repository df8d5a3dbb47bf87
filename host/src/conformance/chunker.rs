//! `serene:chunker`

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};

use super::bindings::chunker::ChunkerStage;
use super::bindings::chunker::exports::serene::chunker::chunker::{
    ChunkOptions, ChunkerInfo, Passage, Position, Section,
};
use super::bindings::types::Context;
use super::case::{Case, Held, Outcome, cases};
use super::expect::{SECRET, refusal, success};
use super::lab::{Answer, Lab, Session, answered, context};
use super::stage::{Description, Stage, instantiated};
use super::{WIDEST_TEXT, sample};

type Chunker = ChunkerStage;

/// Bytes of a text that makes many passages.
const LONG: usize = 20_000;

impl Stage for Chunker {
    instantiated!("chunker");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        Ok(info(session, ctx).await?.map(|info| Description {
            whole: format!("{info:?}"),
            limits: vec![("max-bytes", info.max_bytes.into()), ("max-passages", info.max_passages.into())],
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        let sections = vec![section(0, &sample::text(n)), section(1, &sample::text(n + 1))];
        Ok(chunk(session, ctx, sections, OPTIONS).await?.map(|passages| format!("{passages:?}")))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            every_character_is_in_a_passage: "every character that is not white space is in at least one passage",
            a_passage_is_the_text_between_its_places: "a passage in one section is exactly its text between start and end",
            passages_come_in_order: "passages come in the document's order, and none is empty",
            passages_keep_to_max_tokens: "a passage has at most max-tokens tokens by the stage's own estimate",
            sections_are_kept_apart_unless_joined: "without join-sections, each passage lies in one section",
            sections_may_be_joined: "with join-sections nothing is lost either",
            places_name_sections_by_their_index: "a place names a section by the index it was given",
            no_text_gives_no_passages: "no section, and sections of nothing but white space, give no passages",
            empty_sections_are_passed_over: "an empty section among others is passed over",
            unicode_passes: "texts of every script are cut between characters only",
            text_without_a_break_is_cut: "a text without a space is cut, too",
            options_out_of_range_are_invalid: "max-tokens outside of 16 to 32,000 and an overlap of half of it are invalid",
            sections_out_of_order_are_invalid: "sections whose numbers do not ascend are invalid",
            more_text_than_declared_is_too_large: "more than max-bytes of text are too-large",
        ]
    }
}

const OPTIONS: ChunkOptions = ChunkOptions { max_tokens: 64, overlap_tokens: 8, join_sections: false };

fn section(index: u32, text: &str) -> Section {
    Section { index, label: None, text: text.to_owned() }
}

async fn info(session: &Session<'_, Chunker>, ctx: Context) -> Result<Answer<ChunkerInfo>> {
    let guest = session.stage.serene_chunker_chunker();
    answered("describe", guest.call_describe(session.accessor, ctx).await)
}

pub(crate) async fn chunk(
    session: &Session<'_, Chunker>,
    ctx: Context,
    sections: Vec<Section>,
    options: ChunkOptions,
) -> Result<Answer<Vec<Passage>>> {
    let guest = session.stage.serene_chunker_chunker();
    answered("chunk", guest.call_chunk(session.accessor, ctx, sections, options).await)
}

async fn chunked(
    session: &Session<'_, Chunker>,
    sections: &[Section],
    options: ChunkOptions,
) -> Result<Vec<Passage>> {
    let call = format!("chunk of {} sections", sections.len());
    success(&call, chunk(session, context(), sections.to_vec(), options).await?)
}

/// A document of several pages, some of them long, whose numbers have gaps.
fn document() -> Vec<Section> {
    vec![
        section(0, &sample::text(0)),
        section(2, &sample::long(LONG)),
        section(3, "\n\nOne paragraph.\n\nAnother one, a little longer than the first.\n"),
        section(7, &sample::long(700)),
    ]
}

/// The sections' texts by their numbers.
struct Texts<'a>(BTreeMap<u32, &'a str>);

impl<'a> Texts<'a> {
    fn of(sections: &'a [Section]) -> Self {
        Self(sections.iter().map(|section| (section.index, section.text.as_str())).collect())
    }

    /// Checks that the place is one between two characters of a section.
    fn check(&self, place: Position) -> Result<()> {
        let text = self.0.get(&place.section);
        let text = text
            .with_context(|| format!("a passage lies in section {}, which was not given", place.section))?;
        ensure!(
            text.is_char_boundary(place.offset as usize),
            "byte {} of section {} is not between two characters of it",
            place.offset,
            place.section
        );
        Ok(())
    }

    /// Checks that every passage has a place, and that each character that is not white space is in one.
    fn covered(&self, passages: &[Passage]) -> Result<()> {
        for passage in passages {
            self.check(passage.start)?;
            self.check(passage.end)?;
        }
        for (section, text) in &self.0 {
            for (offset, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
                let place = (*section, offset);
                let is_in = |passage: &Passage| {
                    let start = (passage.start.section, passage.start.offset as usize);
                    let end = (passage.end.section, passage.end.offset as usize);
                    start <= place && place < end
                };
                ensure!(
                    passages.iter().any(is_in),
                    "{c:?} at byte {offset} of section {section} is in no passage"
                );
            }
        }
        Ok(())
    }
}

async fn every_character_is_in_a_passage(lab: &Lab<Chunker>) -> Outcome {
    let sections = document();
    let passages = lab.with(async |session| chunked(session, &sections, OPTIONS).await).await?;
    Texts::of(&sections).covered(&passages)?;
    Ok(Held::Yes)
}

async fn a_passage_is_the_text_between_its_places(lab: &Lab<Chunker>) -> Outcome {
    let sections = document();
    let passages = lab.with(async |session| chunked(session, &sections, OPTIONS).await).await?;
    let texts = Texts::of(&sections);
    for (n, passage) in passages.iter().enumerate() {
        texts.check(passage.start)?;
        texts.check(passage.end)?;
        if passage.start.section == passage.end.section {
            let (start, end) = (passage.start.offset as usize, passage.end.offset as usize);
            let cut = texts.0[&passage.start.section].get(start..end);
            ensure!(
                cut == Some(&passage.text),
                "passage {n} is not the text between bytes {start} and {end} of section {}",
                passage.start.section
            );
        }
    }
    Ok(Held::Yes)
}

fn start(passage: &Passage) -> (u32, u32) {
    (passage.start.section, passage.start.offset)
}

async fn passages_come_in_order(lab: &Lab<Chunker>) -> Outcome {
    let passages = lab.with(async |session| chunked(session, &document(), OPTIONS).await).await?;
    let empty = passages.iter().position(|passage| passage.text.trim().is_empty());
    ensure!(empty.is_none(), "passage {} is empty", empty.unwrap_or_default());
    for (n, pair) in passages.windows(2).enumerate() {
        ensure!(start(&pair[0]) < start(&pair[1]), "passage {} does not begin after passage {n}", n + 1);
    }
    Ok(Held::Yes)
}

async fn passages_keep_to_max_tokens(lab: &Lab<Chunker>) -> Outcome {
    lab.with(async |session| {
        for max_tokens in [16, 64, 512] {
            let options = ChunkOptions { max_tokens, overlap_tokens: 4, join_sections: false };
            for passage in chunked(session, &document(), options).await? {
                ensure!(
                    passage.tokens > 0 && passage.tokens <= max_tokens,
                    "a passage has {} tokens, and at most {max_tokens} were asked for",
                    passage.tokens
                );
            }
        }
        let few = ChunkOptions { max_tokens: 16, overlap_tokens: 0, join_sections: false };
        let sections = [section(0, &sample::long(LONG))];
        ensure!(
            chunked(session, &sections, few).await?.len() > 1,
            "{LONG} bytes of text are one passage of at most 16 tokens"
        );
        Ok(Held::Yes)
    })
    .await
}

async fn sections_are_kept_apart_unless_joined(lab: &Lab<Chunker>) -> Outcome {
    let options = ChunkOptions { max_tokens: 512, ..OPTIONS };
    let sections: Vec<_> = (0..5).map(|n| section(n, &sample::text(n))).collect();
    let passages = lab.with(async |session| chunked(session, &sections, options).await).await?;
    for (n, passage) in passages.iter().enumerate() {
        ensure!(
            passage.start.section == passage.end.section,
            "passage {n} runs from section {} to section {}",
            passage.start.section,
            passage.end.section
        );
    }
    Ok(Held::Yes)
}

async fn sections_may_be_joined(lab: &Lab<Chunker>) -> Outcome {
    let options = ChunkOptions { join_sections: true, ..OPTIONS };
    let sections: Vec<_> = (0..12)
        .map(|n| Section { label: Some(format!("partner_{}", n % 2)), ..section(n, &sample::text(n)) })
        .collect();
    let passages = lab.with(async |session| chunked(session, &sections, options).await).await?;
    Texts::of(&sections).covered(&passages)?;
    Ok(Held::Yes)
}

async fn places_name_sections_by_their_index(lab: &Lab<Chunker>) -> Outcome {
    let sections = [section(3, &sample::text(3)), section(1_000_000, &sample::text(4))];
    let passages = lab.with(async |session| chunked(session, &sections, OPTIONS).await).await?;
    Texts::of(&sections).covered(&passages)?;
    Ok(Held::Yes)
}

async fn no_text_gives_no_passages(lab: &Lab<Chunker>) -> Outcome {
    lab.with(async |session| {
        for sections in
            [vec![], vec![section(0, "")], vec![section(0, " \n\t "), section(1, "\u{a0}\u{3000}")]]
        {
            let count = chunked(session, &sections, OPTIONS).await?.len();
            ensure!(count == 0, "{} sections without text give {count} passages", sections.len());
        }
        Ok(Held::Yes)
    })
    .await
}

async fn empty_sections_are_passed_over(lab: &Lab<Chunker>) -> Outcome {
    let sections =
        [section(0, ""), section(1, &sample::text(1)), section(2, ""), section(3, &sample::text(2))];
    let passages = lab.with(async |session| chunked(session, &sections, OPTIONS).await).await?;
    Texts::of(&sections).covered(&passages)?;
    Ok(Held::Yes)
}

async fn unicode_passes(lab: &Lab<Chunker>) -> Outcome {
    lab.with(async |session| {
        let options = ChunkOptions { max_tokens: 16, overlap_tokens: 4, join_sections: false };
        for text in sample::hard() {
            let sections = [section(0, &text.repeat(20))];
            let passages = chunked(session, &sections, options).await?;
            Texts::of(&sections).covered(&passages)?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn text_without_a_break_is_cut(lab: &Lab<Chunker>) -> Outcome {
    let options = ChunkOptions { max_tokens: 16, overlap_tokens: 0, join_sections: false };
    let sections = [section(0, &"x".repeat(5_000)), section(1, &"日".repeat(2_000))];
    let passages = lab.with(async |session| chunked(session, &sections, options).await).await?;
    Texts::of(&sections).covered(&passages)?;
    let over = passages.iter().find(|passage| passage.tokens > 16);
    ensure!(over.is_none(), "a passage has more than the 16 tokens asked for");
    Ok(Held::Yes)
}

async fn options_out_of_range_are_invalid(lab: &Lab<Chunker>) -> Outcome {
    lab.with(async |session| {
        for (max_tokens, overlap_tokens) in [(0, 0), (15, 0), (32_001, 0), (u32::MAX, 0), (64, 32), (64, 64)]
        {
            let options = ChunkOptions { max_tokens, overlap_tokens, join_sections: false };
            let answer = chunk(session, context(), vec![section(0, SECRET)], options).await?;
            refusal(
                &format!("chunk with max-tokens {max_tokens} and overlap-tokens {overlap_tokens}"),
                answer,
                "invalid",
            )?;
        }
        for (max_tokens, overlap_tokens) in [(16, 0), (32_000, 15_999), (64, 31)] {
            let options = ChunkOptions { max_tokens, overlap_tokens, join_sections: false };
            chunked(session, &[section(0, &sample::text(0))], options).await?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn sections_out_of_order_are_invalid(lab: &Lab<Chunker>) -> Outcome {
    lab.with(async |session| {
        for (one, next) in [(1, 0), (4, 4)] {
            let sections = vec![section(one, SECRET), section(next, &sample::text(0))];
            let answer = chunk(session, context(), sections, OPTIONS).await?;
            refusal(&format!("chunk of section {one} and then {next}"), answer, "invalid")?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn more_text_than_declared_is_too_large(lab: &Lab<Chunker>) -> Outcome {
    lab.with(async |session| {
        let limit = success("describe", info(session, context()).await?)?.max_bytes;
        if limit > WIDEST_TEXT {
            return Ok(Held::NotTested(format!("max-bytes is {limit}")));
        }
        let sections = vec![section(0, SECRET), section(1, &sample::long(limit as usize))];
        let answer = chunk(session, context(), sections, OPTIONS).await?;
        refusal(&format!("chunk of more than {limit} bytes"), answer, "too-large")
    })
    .await
}
