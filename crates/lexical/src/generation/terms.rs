//! Words as the generator compares them.

use chunking::is_cjk;
use unicode_segmentation::UnicodeSegmentation;

use crate::features::{Kind, hash};
use crate::stop_words::is_stop_word;
use crate::words::normalise;

/// The words of a text in order, their forms made alike; of text without spaces, its pairs of characters.
pub(crate) fn words(text: &str) -> Vec<String> {
    let text = normalise(text).replace('’', "'");
    let mut words = Vec::new();
    let mut run = String::new();
    for word in text.unicode_words() {
        if word.contains(is_cjk) {
            run.push_str(word);
            continue;
        }
        pairs(&mut run, &mut words);
        words.push(stem(word).to_owned());
    }
    pairs(&mut run, &mut words);
    words
}

/// Adds the pairs of neighbouring characters, or the only one. Empties the run.
fn pairs(run: &mut String, words: &mut Vec<String>) {
    let starts: Vec<usize> = run.char_indices().map(|(i, _)| i).chain([run.len()]).collect();
    words.extend(starts.windows(3).map(|w| run[w[0]..w[2]].to_owned()));
    if starts.len() == 2 {
        words.push(run.clone());
    }
    run.clear();
}

/// Cuts off the commonest English endings, so that `needs` and `needed` are one word. What is left need not be a word.
fn stem(word: &str) -> &str {
    let word = word.strip_suffix("'s").unwrap_or(word);
    if is_stop_word(word) || !word.is_ascii() {
        return word;
    }
    let word = match word.strip_suffix('s') {
        Some(rest) if rest.len() > 2 && !rest.ends_with(['s', 'u', 'i']) => rest,
        _ => word,
    };
    let word = ["ing", "ed"]
        .into_iter()
        .find_map(|ending| word.strip_suffix(ending))
        .filter(|rest| rest.len() > 2)
        .map_or(word, |rest| undoubled(rest));
    let short = word.trim_end_matches(['e', 'i', 'y']);
    if short.len() > 2 { short } else { word }
}

/// `stop` for the `stopp` of `stopping`; but `call` and `miss` stay.
fn undoubled(word: &str) -> &str {
    match word.as_bytes() {
        [.., a, b] if a == b && !b"lsz".contains(b) => &word[..word.len() - 1],
        _ => word,
    }
}

/// The hash of a word, or of words that stand side by side.
pub(crate) fn term(words: &[&str]) -> u64 {
    hash(if words.len() == 1 { Kind::Word } else { Kind::Pair }, words)
}

/// Whether a word tells what a text is about.
pub(crate) fn is_content(word: &str) -> bool {
    !is_stop_word(word) && (word.chars().nth(1).is_some() || word.contains(is_cjk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one_word() {
        for forms in [
            "worry worries worried worrying",
            "need needs needed",
            "stop stopped stopping",
            "call calls called calling",
            "feel feels feeling feelings",
            "agree agrees agreed",
            "partner partner's partners",
        ] {
            let stems = words(forms);
            assert!(stems.iter().all(|stem| *stem == stems[0]), "{stems:?}");
        }
        assert_eq!(words("thing sing bus is"), ["thing", "sing", "bus", "is"]);
        assert_eq!(words("散歩したいね ok 愛"), ["散歩", "歩し", "した", "たい", "いね", "ok", "愛"]);
    }
}
