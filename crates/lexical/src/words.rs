//! Text as words, made alike whatever way they are written.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Brings a text into one form: compatibility characters, ligatures and full-width letters as plain ones (NFKC), lower case, and words put
/// together that were parted at the end of a line.
pub(crate) fn normalise(text: &str) -> String {
    join_parted_words(text).nfkc().flat_map(char::to_lowercase).collect()
}

/// Leaves out soft hyphens, and a hyphen with the line break after it where a small letter follows.
fn join_parted_words(text: &str) -> Cow<'_, str> {
    const HYPHENS: [char; 3] = ['-', '\u{ad}', '\u{2010}'];
    if !text.contains(HYPHENS) {
        return Cow::Borrowed(text);
    }
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from_hyphen)) = rest.find(HYPHENS).map(|i| rest.split_at(i)) {
        let mut chars = from_hyphen.chars();
        let hyphen = chars.next();
        let after = chars.as_str();
        let word = after.trim_start();
        let gap = &after[..after.len() - word.len()];
        joined.push_str(before);
        if joined.ends_with(char::is_alphabetic)
            && gap.matches('\n').count() == 1
            && word.starts_with(char::is_lowercase)
        {
            rest = word;
        } else {
            joined.extend(hyphen.filter(|&c| c != '\u{ad}'));
            rest = after;
        }
    }
    joined.push_str(rest);
    Cow::Owned(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_out_alike_whatever_way_they_are_written() {
        for (text, normal) in [
            ("Paketie-\n  rung", "paketierung"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("well-known", "well-known"),
            ("A-\nTeam", "a-\nteam"),
            ("- a\n-\nb", "- a\n-\nb"),
            ("end-\n\nnew", "end-\n\nnew"),
            ("ﬁle ＡＢＣ ﾊﾝ", "file abc ハン"),
            ("ÄRGER", "ärger"),
        ] {
            assert_eq!(normalise(text), normal, "{text:?}");
        }
    }
}
