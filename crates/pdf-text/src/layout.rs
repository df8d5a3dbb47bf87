//! From glyphs on a page to lines and paragraphs of text.
//!
//! Glyphs are taken in the order in which the page draws them, which for documents that programs write is the reading order:
//! columns, tables and notes stay whole. Only where the drawing order mostly runs upwards is the page sorted from top to bottom.

/// A gap wider than this part of the size separates words.
const WORD_GAP: f64 = 0.09;
/// The same between characters of scripts that write no spaces.
const WIDE_GAP: f64 = 0.6;
/// A line this much further down than usual begins a paragraph.
const PARAGRAPH_GAP: f64 = 1.3;

/// A line of glyphs. Coordinates run along the writing direction (`start`, `end`) and across it (`base`, growing downwards).
#[derive(Debug, Clone)]
struct Line {
    direction: (f64, f64),
    start: f64,
    end: f64,
    base: f64,
    size: f64,
    text: String,
}

/// Collects the glyphs of a page.
#[derive(Debug)]
pub(crate) struct Layout {
    lines: Vec<Line>,
    glyphs_left: usize,
}

impl Layout {
    pub(crate) fn new(max_glyphs: usize) -> Self {
        Self { lines: Vec::new(), glyphs_left: max_glyphs }
    }

    /// Adds a glyph at `origin` that advances by `extent`, drawn at `size`. Says whether there was room for it.
    pub(crate) fn add(&mut self, origin: (f64, f64), extent: (f64, f64), size: f64, text: &str) -> bool {
        let length = extent.0.hypot(extent.1);
        if text.is_empty()
            || !(origin.0.is_finite() && origin.1.is_finite() && length.is_finite() && size.is_finite())
        {
            return true;
        }
        let Some(left) = self.glyphs_left.checked_sub(1) else { return false };
        self.glyphs_left = left;
        let direction = if length > 0.0 {
            (extent.0 / length, extent.1 / length)
        } else {
            self.lines.last().map_or((1.0, 0.0), |line| line.direction)
        };
        let start = origin.0 * direction.0 + origin.1 * direction.1;
        let base = origin.0 * direction.1 - origin.1 * direction.0;
        let blank = text.chars().all(char::is_whitespace);
        match self.lines.last_mut() {
            Some(line) if line.continues(direction, start, base, size) => {
                line.push(start, length, size, text, blank);
            }
            _ if blank => {}
            _ => {
                let mut line = Line { direction, start, end: start, base, size, text: String::new() };
                line.push(start, length, size, text, blank);
                self.lines.push(line);
            }
        }
        true
    }

    /// The page's text.
    pub(crate) fn into_text(mut self) -> String {
        for line in &mut self.lines {
            line.text.truncate(line.text.trim_end().len());
        }
        self.lines.retain(|line| !line.text.is_empty());
        self.sort_if_upwards();
        join_lines(&self.lines)
    }

    fn sort_if_upwards(&mut self) {
        let steps = self.lines.iter().zip(self.lines.iter().skip(1));
        let upwards = steps.filter(|(one, next)| one.base - next.base > one.size).count();
        if upwards * 2 > self.lines.len() {
            self.lines.sort_by(|one, other| {
                one.base.total_cmp(&other.base).then(one.start.total_cmp(&other.start))
            });
        }
    }
}

impl Line {
    fn continues(&self, direction: (f64, f64), start: f64, base: f64, size: f64) -> bool {
        let parallel = self.direction.0 * direction.0 + self.direction.1 * direction.1 > 0.99;
        let reach = self.size.max(size);
        // Letters drawn twice for weight, or kerned back, do not begin a line.
        parallel && (base - self.base).abs() < 0.5 * reach && start > self.end - 0.7 * reach
    }

    fn push(&mut self, start: f64, length: f64, size: f64, text: &str, blank: bool) {
        let gap = start - self.end;
        self.end = self.end.max(start + length);
        let size = size.min(self.size.max(1e-6));
        if blank {
            self.space();
            return;
        }
        let wide =
            self.text.chars().next_back().is_some_and(is_wide) || text.chars().next().is_some_and(is_wide);
        if gap > size * if wide { WIDE_GAP } else { WORD_GAP } {
            self.space();
        }
        for character in text.chars() {
            match character {
                '\u{fb00}' => self.text.push_str("ff"),
                '\u{fb01}' => self.text.push_str("fi"),
                '\u{fb02}' => self.text.push_str("fl"),
                '\u{fb03}' => self.text.push_str("ffi"),
                '\u{fb04}' => self.text.push_str("ffl"),
                '\u{fb05}' | '\u{fb06}' => self.text.push_str("st"),
                '\u{fffd}' | '\u{feff}' | '\u{200b}' => {}
                other if other.is_whitespace() => self.space(),
                other if other.is_control() => {}
                other => self.text.push(other),
            }
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }
}

/// Characters of scripts that put no spaces between words.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

fn join_lines(lines: &[Line]) -> String {
    let usual = usual_distance(lines);
    let mut text = String::new();
    let mut previous: Option<&Line> = None;
    for line in lines {
        let Some(before) = previous.replace(line) else {
            text.push_str(&line.text);
            continue;
        };
        let distance = line.base - before.base;
        let same_line = distance.abs() < 0.3 * line.size.min(before.size);
        let sizes_differ = (line.size / before.size - 1.0).abs() > 0.2;
        if same_line && line.start >= before.end {
            text.push(' ');
            text.push_str(&line.text);
        } else if distance < 0.0 || distance > usual * PARAGRAPH_GAP || (sizes_differ && !same_line) {
            text.push_str("\n\n");
            text.push_str(&line.text);
        } else {
            join_paragraph_line(&mut text, &line.text);
        }
    }
    text
}

/// The distance between most neighbouring lines.
fn usual_distance(lines: &[Line]) -> f64 {
    let steps = lines.iter().zip(lines.iter().skip(1));
    let mut distances: Vec<f64> = steps
        .map(|(one, next)| (next.base - one.base, one.size.max(next.size)))
        .filter(|(distance, size)| *distance > 0.5 * size && *distance < 2.5 * size)
        .map(|(distance, _)| distance)
        .collect();
    let middle = distances.len() / 2;
    if distances.is_empty() {
        return f64::INFINITY;
    }
    *distances.select_nth_unstable_by(middle, f64::total_cmp).1
}

fn join_paragraph_line(text: &mut String, line: &str) {
    let Some(stem) = hyphenated_stem(text, line) else {
        text.push('\n');
        text.push_str(line);
        return;
    };
    text.truncate(stem);
    // The word is completed on its first line, so that the other lines stay what they are.
    let (rest_of_word, rest) = line.split_once(' ').unwrap_or((line, ""));
    text.push_str(rest_of_word);
    if !rest.is_empty() {
        text.push('\n');
        text.push_str(rest);
    }
}

/// Where the text ends without the hyphen, when a word was parted at the line's end.
fn hyphenated_stem(text: &str, next: &str) -> Option<usize> {
    if text.ends_with('\u{ad}') {
        return text.len().checked_sub('\u{ad}'.len_utf8());
    }
    let stem = text.strip_suffix(['-', '\u{2010}'])?;
    let word = stem.rsplit(|c: char| c.is_whitespace()).next()?;
    let rest = next.split(' ').next()?.trim_end_matches(|c: char| c.is_ascii_punctuation());
    // Compounds, options and paths keep their hyphen.
    let plain = |part: &str| part.chars().count() >= 2 && part.chars().all(char::is_alphabetic);
    let begins_lower = rest.chars().next().is_some_and(char::is_lowercase);
    let ends_lower = stem.chars().next_back().is_some_and(char::is_lowercase);
    (plain(word) && plain(rest) && begins_lower && ends_lower).then_some(stem.len())
}
