//! Puts atoms together into chunks.

use std::collections::VecDeque;

use crate::atoms::{Atom, Atoms, Boundary, shown_label};
use crate::tokens::estimate_tokens;
use crate::{Chunk, Options, Position, Section};

/// The chunks of sections that may share chunks.
///
/// Only the atoms of one chunk, and of the word after it, are held at a time. Each chunk takes up at least a quarter of `max_tokens` that no chunk before it had (unless it is
/// the last, or white space cuts it short), so the work grows with the length of the text.
pub(crate) struct Packer<'a> {
    sections: &'a [Section<'a>],
    options: Options,
    atoms: Atoms<'a>,
    /// From the start of the next chunk.
    window: VecDeque<Atom>,
    /// How many atoms at the start of the window the chunk before holds too.
    kept: usize,
    exhausted: bool,
}

impl<'a> Packer<'a> {
    pub fn new(sections: &'a [Section<'a>], options: Options) -> Self {
        // A quarter each for an atom and what lies before it, and less than half for the overlap: there is always room for one atom more.
        let atoms = Atoms::new(sections, options, options.max_tokens / 4);
        Packer { sections, options, atoms, window: VecDeque::new(), kept: 0, exhausted: false }
    }

    /// The tokens of a chunk of the atoms from `start` to before `end`.
    fn tokens(&self, start: usize, end: usize) -> u64 {
        if start == end {
            return 0;
        }
        let (first, last) = (&self.window[start], &self.window[end - 1]);
        let label = if first.section == last.section { 0 } else { first.label_tokens };
        last.tokens_after - first.tokens_before + u64::from(label)
    }

    /// Reads atoms until there are more than fit into a chunk, or no more; returns how many fit.
    fn fill(&mut self) -> usize {
        let max = u64::from(self.options.max_tokens);
        let mut fit = self.kept;
        loop {
            while fit < self.window.len() {
                if (fit > 0 && self.window[fit].cut) || self.tokens(0, fit + 1) > max {
                    return fit;
                }
                fit += 1;
            }
            if self.exhausted || !self.atoms.next_word(|atom| self.window.push_back(atom)) {
                self.exhausted = true;
                return fit;
            }
        }
    }

    /// Where the chunk ends, as a number of atoms: at the last of the best breaks in the second half of what is new in it.
    fn end(&self, fit: usize) -> usize {
        match self.window.get(fit) {
            None => return fit,
            Some(next) if next.cut => return fit,
            Some(_) => {}
        }
        let kept = self.tokens(0, self.kept);
        let least = kept + (u64::from(self.options.max_tokens) - kept) / 2;
        (self.kept + 1..=fit)
            .rev()
            .take_while(|&end| end == fit || self.tokens(0, end) >= least)
            .reduce(
                |best, end| if self.window[end].boundary > self.window[best].boundary { end } else { best },
            )
            .unwrap_or(fit)
    }

    /// Where the chunk after one that ends at `end` starts.
    fn next_start(&self, end: usize) -> usize {
        if self.window[end].cut {
            return end;
        }
        let (max, overlap) = (u64::from(self.options.max_tokens), u64::from(self.options.overlap_tokens));
        let mut first = end;
        while first > 1 && self.tokens(first - 1, end) <= overlap && self.tokens(first - 1, end + 1) <= max {
            first -= 1;
        }
        let starts_at = |level| (first..end).find(move |&start| self.window[start].boundary >= level);
        starts_at(Boundary::Sentence)
            .filter(|&start| self.tokens(start, end) * 2 >= overlap)
            .or_else(|| starts_at(Boundary::Word))
            .unwrap_or(first)
    }

    fn chunk(&self, end: usize) -> Chunk {
        let (first, last) = (&self.window[0], &self.window[end - 1]);
        let text = if first.section == last.section {
            self.sections[first.section].text[first.start..last.end].to_owned()
        } else {
            self.joined(end)
        };
        let tokens = estimate_tokens(&text);
        let position = |section: usize, offset| Position {
            section: self.sections[section].index,
            offset: to_u32(offset),
        };
        Chunk {
            text,
            start: position(first.section, first.start),
            end: position(last.section, last.end),
            tokens,
        }
    }

    /// The text of a chunk that runs over several sections: one line each, the label first.
    fn joined(&self, end: usize) -> String {
        let mut text = String::new();
        let mut from = 0;
        while from < end {
            let Atom { section, start, .. } = self.window[from];
            let to = (from..end).find(|&i| self.window[i].section != section).unwrap_or(end);
            if from > 0 {
                text.push('\n');
            }
            if let Some(label) = shown_label(&self.sections[section], self.options) {
                text.push_str(label);
                text.push_str(": ");
            }
            text.push_str(&self.sections[section].text[start..self.window[to - 1].end]);
            from = to;
        }
        text
    }
}

impl Iterator for Packer<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let fit = self.fill();
        if self.window.len() == self.kept {
            return None;
        }
        let end = self.end(fit);
        let chunk = self.chunk(end);
        let start = if end < self.window.len() { self.next_start(end) } else { end };
        self.window.drain(..start);
        self.kept = end - start;
        Some(chunk)
    }
}

/// Offsets fit, for no section is larger than [`crate::Limits::max_bytes`].
fn to_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
