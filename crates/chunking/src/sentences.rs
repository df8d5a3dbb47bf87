//! Where sentences end.
//!
//! Unicode's rules (UAX 29) end a sentence at every line break, which is wrong for pages whose lines are wrapped, so ends are told by their
//! marks here.

/// Splits a text into sentences: after `.`, `!`, `?` and their like with white space after them (but not before a small letter, as in
/// `e.g. this`), after `。` and its like, and at blank lines. They come in order, without white space at their ends; none is empty.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let end = first_end(rest);
        let (sentence, after) = rest.split_at(end);
        rest = after;
        (!sentence.is_empty()).then(|| sentence.trim_end())
    })
}

/// Where the first sentence of a text ends that does not begin with white space, in bytes.
fn first_end(text: &str) -> usize {
    let mut state = SentenceEnd::No;
    let mut gap = 0;
    let mut lines = 0;
    for (i, c) in text.char_indices() {
        if c.is_whitespace() {
            gap += c.len_utf8();
            lines += usize::from(is_line_break(c));
            continue;
        }
        if i > 0 && (lines > 1 || state.ends(gap > 0, c)) {
            return i;
        }
        (state, gap, lines) = (state.after(c), 0, 0);
    }
    text.len()
}

pub(crate) fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\u{2028}')
}

/// Whether the text so far ends a sentence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SentenceEnd {
    No,
    /// If white space follows, and no small letter after it.
    BeforeSpace,
    Yes,
}

impl SentenceEnd {
    /// What holds after one more character, which is not white space.
    pub fn after(self, c: char) -> Self {
        match c {
            '。' | '！' | '？' | '｡' | '．' => SentenceEnd::Yes,
            '.' | '!' | '?' | '…' | '؟' | '۔' | '।' | '॥' | '։' => SentenceEnd::BeforeSpace,
            // What is quoted may be part of a longer sentence.
            _ if is_closing(c) && self != SentenceEnd::No => SentenceEnd::BeforeSpace,
            _ => SentenceEnd::No,
        }
    }

    /// Whether a new sentence begins with `next`, which is not white space but may have some before it.
    pub fn ends(self, after_space: bool, next: char) -> bool {
        match self {
            SentenceEnd::No => false,
            SentenceEnd::BeforeSpace => after_space && !next.is_lowercase(),
            SentenceEnd::Yes => after_space || may_begin(next),
        }
    }
}

/// Whether a piece of text may begin with this character: a closing mark or a comma stays with what it closes.
pub(crate) fn may_begin(c: char) -> bool {
    c.is_alphanumeric() || is_opening(c)
}

pub(crate) fn is_opening(c: char) -> bool {
    "([{“‘„«‹「『（【《〈〔［｛".contains(c)
}

fn is_closing(c: char) -> bool {
    ")]}\"'”’»›」』）】》〉〕］｝".contains(c)
}
