//! What holds for every text.

use chunking::{Chunk, Limits, Options, Section, chunk, estimate_tokens, sentences};
use proptest::prelude::*;

/// Text of the kinds that go wrong: scripts with and without spaces, marks that join, long words, seas of white space.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z]{1,12}",
        "[а-я]{1,12}",
        "[一-十ぁ-んァ-ン。、「」]{1,30}",
        "[0-9.,:/_-]{1,12}",
        "[ \\n\\t\\u{a0}\\u{202f}\\u{3000}\\r\\u{c}]{1,4}",
        Just(" ".to_owned()),
        Just(". ".to_owned()),
        Just("\n\n".to_owned()),
        Just(" ".repeat(300)),
        Just("x".repeat(300)),
        "[\\u{300}-\\u{305}\\u{200d}👩🇩🇪क्षे]{1,20}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn options() -> impl Strategy<Value = Options> {
    (16_u32..200, 0_u32..100, any::<bool>()).prop_map(|(max_tokens, overlap, join_sections)| Options {
        max_tokens,
        overlap_tokens: overlap % max_tokens.div_ceil(2),
        join_sections,
    })
}

fn sections<'a>(texts: &'a [(String, Option<String>)]) -> Vec<Section<'a>> {
    (0_u32..)
        .zip(texts)
        .map(|(i, (text, label))| Section { index: i * 3 + 1, label: label.as_deref(), text })
        .collect()
}

/// What the chunk covers of each section: the section's position in the list and its bytes.
fn covered(chunk: &Chunk, sections: &[Section]) -> Vec<(usize, std::ops::Range<usize>)> {
    let position = |index| sections.iter().position(|section| section.index == index).expect("a section");
    let (first, last) = (position(chunk.start.section), position(chunk.end.section));
    (first..=last)
        .map(|i| {
            let from = if i == first { chunk.start.offset as usize } else { 0 };
            let to = if i == last { chunk.end.offset as usize } else { sections[i].text.len() };
            (i, from..to)
        })
        .collect()
}

proptest! {
    #[test]
    fn every_character_is_covered_and_every_offset_is_exact(
        texts in prop::collection::vec((text(), prop::option::of("[a-z_]{1,10}|\\PC{0,40}")), 0..6),
        options in options(),
    ) {
        let sections = sections(&texts);
        let chunks = chunk(&sections, options, Limits::default()).unwrap();
        let mut seen: Vec<Vec<bool>> = sections.iter().map(|s| vec![false; s.text.len()]).collect();
        for chunk in &chunks {
            prop_assert!(!chunk.text.trim().is_empty());
            prop_assert_eq!(chunk.tokens, estimate_tokens(&chunk.text));
            prop_assert!(chunk.tokens <= options.max_tokens, "{} tokens: {:?}", chunk.tokens, chunk.text);
            prop_assert!(chunk.start < chunk.end);
            let covered = covered(chunk, &sections);
            prop_assert!(options.join_sections || covered.len() == 1);
            for (i, range) in covered.iter().cloned() {
                let part = sections[i].text.get(range.clone());
                prop_assert!(part.is_some(), "inside a character");
                if covered.len() == 1 {
                    prop_assert_eq!(part, Some(chunk.text.as_str()));
                } else {
                    prop_assert!(chunk.text.contains(part.unwrap().trim()));
                }
                seen[i][range].fill(true);
            }
        }
        for (section, seen) in sections.iter().zip(&seen) {
            for (offset, c) in section.text.char_indices() {
                prop_assert!(c.is_whitespace() || seen[offset], "{c:?} at {offset} is in no chunk");
            }
        }
        for pair in chunks.windows(2) {
            prop_assert!(pair[0].start < pair[1].start && pair[0].end < pair[1].end);
            if pair[1].start < pair[0].end && pair[1].start.section == pair[0].end.section {
                let text = sections.iter().find(|s| s.index == pair[0].end.section).unwrap().text;
                let repeated = &text[pair[1].start.offset as usize..pair[0].end.offset as usize];
                prop_assert!(estimate_tokens(repeated) <= options.overlap_tokens);
            }
        }
    }

    #[test]
    fn the_number_of_chunks_grows_only_with_the_tokens(text in text(), options in options()) {
        let sections = [Section { index: 0, label: None, text: &text }];
        let chunks = chunk(&sections, options, Limits::default()).unwrap();
        let cuts = chunks.windows(2).filter(|pair| {
            let between = text.get(pair[0].end.offset as usize..pair[1].start.offset as usize);
            between.is_some_and(|gap| estimate_tokens(gap) > options.max_tokens / 4)
        });
        let most = estimate_tokens(&text) / (options.max_tokens / 4) + 1;
        prop_assert!(chunks.len() - cuts.count() <= most as usize * 2);
    }

    #[test]
    fn sentences_hold_every_character_in_order(text in text()) {
        let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert!(sentences(&text).all(|sentence| !sentence.is_empty() && sentence.trim() == sentence));
        prop_assert_eq!(sentences(&text).map(visible).collect::<String>(), visible(&text));
    }

    #[test]
    fn two_texts_together_are_never_estimated_above_their_sum(a in "\\S.{0,20}\\S", b in "\\S.{0,20}\\S") {
        prop_assume!(a.trim() == a && b.trim() == b);
        let together = [a.as_str(), b.as_str()].concat();
        prop_assert!(estimate_tokens(&together) <= estimate_tokens(&a) + estimate_tokens(&b));
    }
}
