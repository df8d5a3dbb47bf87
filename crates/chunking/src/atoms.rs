//! Cuts sections into atoms: the smallest pieces a chunk is put together from.

use unicode_segmentation::{UWordBoundIndices, UnicodeSegmentation};

use crate::sentences::{SentenceEnd, is_line_break, is_opening, may_begin};
use crate::tokens::{estimate_tokens, is_cjk};
use crate::{Options, Section};

/// What a break before an atom would part, from the worst place to the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Boundary {
    /// Characters of one word.
    Inside,
    /// Pieces with nothing between them, as in `path/to` or before a full stop.
    Joint,
    Word,
    Line,
    Sentence,
    Paragraph,
    Section,
}

/// A piece of text without white space at its ends, far smaller than a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Atom {
    /// Position in the list of sections.
    pub section: usize,
    /// Bytes from the start of the section's text.
    pub start: usize,
    pub end: usize,
    /// What lies between it and the atom before.
    pub boundary: Boundary,
    /// No chunk may hold both it and the atom before: too much white space lies between.
    pub cut: bool,
    /// Tokens of its section's label where that is shown, else 0.
    pub label_tokens: u32,
    /// Tokens of all before it, what lies between included.
    pub tokens_before: u64,
    /// The same with the atom itself.
    pub tokens_after: u64,
}

/// The atoms of sections, in order, made as they are asked for: memory does not grow with the text.
pub(crate) struct Atoms<'a> {
    sections: &'a [Section<'a>],
    options: Options,
    /// Sections begun.
    begun: usize,
    label_tokens: u32,
    words: Option<UWordBoundIndices<'a>>,
    /// Where the last atom of this section ends.
    last_end: Option<usize>,
    sentence: SentenceEnd,
    tokens: u64,
    /// No atom, and nothing between two atoms of one chunk, is larger.
    max_tokens: u32,
}

impl<'a> Atoms<'a> {
    /// `max_tokens` bounds an atom, and what may lie between two atoms of a chunk.
    pub fn new(sections: &'a [Section<'a>], options: Options, max_tokens: u32) -> Self {
        Atoms {
            sections,
            options,
            begun: 0,
            label_tokens: 0,
            words: None,
            last_end: None,
            sentence: SentenceEnd::No,
            tokens: 0,
            max_tokens,
        }
    }

    /// Hands the atoms of the next word to `take`. Returns false when there is no more text.
    pub fn next_word(&mut self, mut take: impl FnMut(Atom)) -> bool {
        loop {
            let Some(words) = &mut self.words else {
                let Some(section) = self.sections.get(self.begun) else { return false };
                // The estimate of `label: `.
                let label = shown_label(section, self.options);
                self.label_tokens = label.map_or(0, |label| estimate_tokens(label) + 1);
                self.words = Some(section.text.split_word_bound_indices());
                self.begun += 1;
                self.last_end = None;
                self.sentence = SentenceEnd::No;
                continue;
            };
            let Some((start, word)) = words.next() else {
                self.words = None;
                continue;
            };
            if word.trim().is_empty() {
                continue;
            }
            let mut inside = false;
            for (offset, piece) in pieces(word, self.max_tokens) {
                if let Some(atom) = self.atom(start + offset, piece, inside) {
                    take(atom);
                    inside = true;
                }
            }
            return true;
        }
    }

    fn atom(&mut self, offset: usize, piece: &str, inside: bool) -> Option<Atom> {
        let text = piece.trim();
        let (first, last) = (text.chars().next()?, text.chars().next_back()?);
        let section = self.begun - 1;
        let start = offset + (piece.len() - piece.trim_start().len());
        let end = start + text.len();
        let (boundary, gap_tokens) = match self.last_end {
            None => (Boundary::Section, 1 + self.label_tokens),
            Some(last_end) => {
                let gap = &self.sections[section].text[last_end..start];
                let before = self.sections[section].text[..last_end].chars().next_back();
                (boundary(before, gap, first, inside, self.sentence), estimate_tokens(gap))
            }
        };
        let tokens_before = self.tokens + u64::from(gap_tokens);
        self.tokens = tokens_before + u64::from(estimate_tokens(text));
        self.last_end = Some(end);
        self.sentence = self.sentence.after(last);
        let cut = gap_tokens > self.max_tokens;
        let (label_tokens, tokens_after) = (self.label_tokens, self.tokens);
        Some(Atom { section, start, end, boundary, cut, label_tokens, tokens_before, tokens_after })
    }
}

/// The label as it stands in the text of a chunk; none when it could be mistaken for text or leaves too little room for it.
pub(crate) fn shown_label<'a>(section: &Section<'a>, options: Options) -> Option<&'a str> {
    let label = section.label?.trim();
    let fits = !label.is_empty() && !label.contains(char::is_control);
    (fits && estimate_tokens(label) <= options.max_tokens / 8).then_some(label)
}

fn boundary(before: Option<char>, gap: &str, first: char, inside: bool, sentence: SentenceEnd) -> Boundary {
    let lines = gap.matches(is_line_break).count();
    if lines > 1 || gap.contains(['\u{c}', '\u{2029}']) {
        return Boundary::Paragraph;
    }
    match before {
        _ if sentence.ends(!gap.is_empty(), first) => Boundary::Sentence,
        _ if lines == 1 => Boundary::Line,
        _ if !gap.is_empty() => Boundary::Word,
        _ if inside => Boundary::Inside,
        Some(before) if may_begin(first) && !is_opening(before) && without_space(before, first) => {
            Boundary::Word
        }
        _ => Boundary::Joint,
    }
}

/// Whether two neighbours may be of different words though there is no space between them.
fn without_space(before: char, first: char) -> bool {
    is_cjk(first) || is_cjk(before) || matches!(before, '、' | '，')
}

/// Cuts a word into pieces of at most `max_tokens`: between graphemes, or between characters where one grapheme is larger.
fn pieces(word: &str, max_tokens: u32) -> Vec<(usize, &str)> {
    // Every token has at least one byte.
    if word.len() <= max_tokens as usize || estimate_tokens(word) <= max_tokens {
        return vec![(0, word)];
    }
    let mut pieces = Vec::new();
    let mut piece = Piece { word, max_tokens, start: 0, end: 0, tokens: 0 };
    for grapheme in word.graphemes(true) {
        let tokens = estimate_tokens(grapheme);
        if tokens <= max_tokens {
            piece.extend(grapheme.len(), tokens, &mut pieces);
        } else {
            for c in grapheme.chars() {
                let tokens = estimate_tokens(c.encode_utf8(&mut [0; 4]));
                piece.extend(c.len_utf8(), tokens, &mut pieces);
            }
        }
    }
    piece.flush(&mut pieces);
    pieces
}

/// The piece of a word being put together.
struct Piece<'a> {
    word: &'a str,
    max_tokens: u32,
    start: usize,
    end: usize,
    /// The sum over its graphemes: never less than the estimate of the whole.
    tokens: u32,
}

impl<'a> Piece<'a> {
    fn extend(&mut self, bytes: usize, tokens: u32, pieces: &mut Vec<(usize, &'a str)>) {
        if self.tokens + tokens > self.max_tokens {
            self.flush(pieces);
        }
        self.end += bytes;
        self.tokens += tokens;
    }

    fn flush(&mut self, pieces: &mut Vec<(usize, &'a str)>) {
        if self.end > self.start {
            pieces.push((self.start, &self.word[self.start..self.end]));
        }
        self.start = self.end;
        self.tokens = 0;
    }
}
