//! What of a text is counted: its words, their order and their parts.

use chunking::is_cjk;
use unicode_segmentation::UnicodeSegmentation;

use crate::stop_words::is_stop_word;
use crate::words::normalise;

/// How much each kind of feature counts, found by the recall figures in [`crate::embedding`].
mod weight {
    pub const WORD: f32 = 1.0;
    pub const STOP_WORD: f32 = 0.2;
    pub const PAIR: f32 = 0.7;
    pub const PAIR_WITH_STOP_WORD: f32 = 0.4;
    pub const WORD_PART: f32 = 0.3;
    pub const CJK: [f32; 3] = [0.2, 0.7, 0.5];
    pub const SYMBOL: f32 = 1.0;
}

/// Bends the count of a feature: one more of it matters less the more there are.
const SATURATION: f32 = 0.5;

/// Characters of a part of a word.
const PART: usize = 4;

/// Tells kinds of features apart, so that a pair of words is never taken for a word.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Word = 1,
    Pair,
    WordPart,
    Cjk,
    Symbol,
}

/// The features of a text and how much each counts, in ascending order of their hashes, each once. Empty only for a text without any visible
/// character.
pub(crate) fn features(text: &str) -> Vec<(u64, f32)> {
    let text = normalise(text);
    let mut found = Vec::new();
    let mut before: Option<&str> = None;
    let mut run = Vec::new();
    for word in text.unicode_words() {
        if word.contains(is_cjk) {
            run.extend(word.char_indices().map(|(i, c)| &word[i..i + c.len_utf8()]));
            before = None;
            continue;
        }
        cjk(&mut run, &mut found);
        let is_stop = is_stop_word(word);
        found.push((hash(Kind::Word, &[word]), if is_stop { weight::STOP_WORD } else { weight::WORD }));
        if let Some(before) = before {
            let with_stop = is_stop || is_stop_word(before);
            let weight = if with_stop { weight::PAIR_WITH_STOP_WORD } else { weight::PAIR };
            found.push((hash(Kind::Pair, &[before, word]), weight));
        }
        if !is_stop {
            parts(word, &mut found);
        }
        before = Some(word);
    }
    cjk(&mut run, &mut found);
    if found.is_empty() {
        symbols(&text, &mut found);
    }
    count(found)
}

/// Every four neighbouring characters of a word with its ends marked: forms of one word share most of theirs.
fn parts(word: &str, found: &mut Vec<(u64, f32)>) {
    let marked: Vec<char> = std::iter::once('<').chain(word.chars()).chain(std::iter::once('>')).collect();
    // The parts of a word of two letters say no more than the word.
    if marked.len() <= PART {
        return;
    }
    for part in marked.windows(PART) {
        let part = String::from_iter(part);
        found.push((hash(Kind::WordPart, &[&part]), weight::WORD_PART));
    }
}

/// Every one, two and three neighbouring characters of text that is written without spaces. Empties the run.
fn cjk(run: &mut Vec<&str>, found: &mut Vec<(u64, f32)>) {
    for (size, weight) in (1..).zip(weight::CJK) {
        found.extend(run.windows(size).map(|characters| (hash(Kind::Cjk, characters), weight)));
    }
    run.clear();
}

/// The visible characters of a text without words.
fn symbols(text: &str, found: &mut Vec<(u64, f32)>) {
    let visible = text.char_indices().filter(|(_, c)| !c.is_whitespace());
    found.extend(visible.map(|(i, c)| (hash(Kind::Symbol, &[&text[i..i + c.len_utf8()]]), weight::SYMBOL)));
}

fn count(mut found: Vec<(u64, f32)>) -> Vec<(u64, f32)> {
    found.sort_unstable_by_key(|&(hash, _)| hash);
    found
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| {
            let count = same.len() as f32;
            (same[0].0, same[0].1 * count * (1.0 + SATURATION) / (count + SATURATION))
        })
        .collect()
}

/// FNV-1a over the kind and the parts, then MurmurHash3's finaliser, for FNV's low bits alone are poor.
pub(crate) fn hash(kind: Kind, parts: &[&str]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    add(kind as u8);
    for part in parts {
        part.bytes().for_each(&mut add);
        // No byte of UTF-8.
        add(0xFF);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}
