//! Measures how well the lexical embedder finds pages of books by their sentences.
//!
//! Give it text files with a form feed after each page, as `pdftotext` writes them:
//! `cargo run --release -p lexical --example recall -- book.txt …`. For each it prints, in per cent, how often the right page comes first and among the
//! first five, for up to 800 random sentences that stand on one page only, for half of each sentence's longer words in random order, and
//! for four of them (of text without spaces: half of its characters, and eight, as they stand).

#![allow(clippy::print_stdout)]

use std::collections::HashSet;

use chunking::{Limits, Options, Section, chunk, is_cjk, sentences};
use lexical::embedding::{Purpose, embed};

type Query = (u32, String);

const MOST_SENTENCES: usize = 800;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{:24} chunks sentences    @1    @5  half @1    @5   few @1    @5", "");
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        let pages: Vec<Section> = (0..)
            .zip(text.split('\u{c}'))
            .map(|(index, text)| Section { index, label: None, text })
            .collect();
        let chunks = chunk(&pages, Options::default(), Limits::default())?;
        let documents = chunks
            .iter()
            .map(|chunk| Ok((chunk.start.section, embed(&chunk.text, Purpose::Document)?)))
            .collect::<Result<Vec<_>, lexical::embedding::Error>>()?;
        let mut random = Random(42);
        let whole = queries(&text, &pages, &mut random);
        let part = |most: fn(usize) -> usize, random: &mut Random| -> Vec<Query> {
            whole.iter().map(|(page, text)| (*page, some_words(text, most, random))).collect()
        };
        let half = part(|words| words.div_ceil(2), &mut random);
        let few = part(|_| 4, &mut random);
        print!("{:24} {:6} {:9}", path.rsplit('/').next().unwrap_or(&path), chunks.len(), whole.len());
        for queries in [&whole, &half, &few] {
            let (first, five) = recall(&documents, queries)?;
            print!("  {first:5.1} {five:5.1}  ");
        }
        println!();
    }
    Ok(())
}

/// Per cent of queries whose page is first, and among the first five pages.
fn recall(documents: &[(u32, Vec<f32>)], queries: &[Query]) -> Result<(f64, f64), lexical::embedding::Error> {
    let (mut first, mut five) = (0, 0);
    for (page, text) in queries {
        let query = embed(text, Purpose::Query)?;
        let mut scores: Vec<(f32, u32)> = documents
            .iter()
            .map(|(page, v)| (v.iter().zip(&query).map(|(a, b)| a * b).sum(), *page))
            .collect();
        scores.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut seen = HashSet::new();
        let best: Vec<u32> = scores.iter().map(|s| s.1).filter(|&p| seen.insert(p)).take(5).collect();
        first += usize::from(best.first() == Some(page));
        five += usize::from(best.contains(page));
    }
    let per_cent = |n: usize| n as f64 * 100.0 / queries.len() as f64;
    Ok((per_cent(first), per_cent(five)))
}

/// Random sentences that stand on one page only.
fn queries(text: &str, pages: &[Section], random: &mut Random) -> Vec<Query> {
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    let book = dense(text);
    let mut all: Vec<Query> = pages
        .iter()
        .flat_map(|page| {
            sentences(page.text).map(|s| (page.index, s.split_whitespace().collect::<Vec<_>>().join(" ")))
        })
        .filter(|(_, s)| is_prose(s))
        .collect();
    random.shuffle(&mut all);
    all.retain({
        let mut kept = 0;
        move |(_, sentence)| {
            let keep = kept < MOST_SENTENCES && book.matches(&dense(sentence)).count() == 1;
            kept += usize::from(keep);
            keep
        }
    });
    all
}

fn is_prose(sentence: &str) -> bool {
    let characters = sentence.chars().count();
    let letters = sentence.chars().filter(|c| c.is_alphabetic()).count();
    let long_enough = if sentence.contains(is_cjk) {
        characters >= 15
    } else {
        characters >= 30 && sentence.split(' ').count() >= 5
    };
    long_enough
        && characters <= 300
        && letters * 10 >= characters * 7
        && sentence.ends_with(['.', '!', '?', '。'])
}

fn some_words(sentence: &str, most: fn(usize) -> usize, random: &mut Random) -> String {
    if sentence.contains(is_cjk) {
        let characters: Vec<char> = sentence.chars().collect();
        let size = if most(100) == 4 { 8 } else { most(characters.len()) };
        let start = random.below(characters.len() - size + 1);
        return characters[start..start + size].iter().collect();
    }
    let mut words: Vec<&str> = sentence.split(' ').filter(|word| word.chars().count() > 3).collect();
    random.shuffle(&mut words);
    words.truncate(most(words.len()));
    if words.is_empty() { sentence.to_owned() } else { words.join(" ") }
}

/// SplitMix64: the same sentences on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
