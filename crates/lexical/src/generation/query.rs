//! What a property asks for, read from its name, title and description.

use super::index::Query;
use super::terms::{is_content, term, words};

/// A longer cue is an example of a whole sentence.
const MAX_CUE_WORDS: usize = 4;

/// How a property is to be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Limitations,
    /// The sentence itself.
    Quote,
    /// The number of the turn.
    Turn,
    Speaker,
    /// Questions only.
    Question,
    /// What is spoken of most.
    Central,
    /// The first sentence of the turn after.
    NextTurn,
    /// The sentence and those after it in its turn.
    Detail,
    /// What its words find.
    Other,
}

pub(crate) fn role(name: &str, description: &str) -> Role {
    const ROLES: [(Role, &[&str]); 7] = [
        (Role::Limitations, &["limitation", "caveat", "disclaimer"]),
        (Role::Quote, &["quote", "quotation", "verbatim", "excerpt"]),
        (Role::Turn, &["turn"]),
        (Role::Speaker, &["speaker"]),
        (Role::Question, &["question"]),
        (
            Role::Central,
            &[
                "summary",
                "overview",
                "abstract",
                "topic",
                "subject",
                "issue",
                "theme",
                "perspective",
                "title",
                "headline",
            ],
        ),
        (Role::Detail, &["what", "detail", "description", "action", "text"]),
    ];
    let name = name_words(name);
    let by_name = ROLES.into_iter().find(|(_, names)| {
        name.iter().any(|word| names.iter().any(|n| word == n || word.strip_suffix('s') == Some(n)))
    });
    match by_name {
        Some((role, _)) => role,
        None if description.contains("next turn") => Role::NextTurn,
        None => Role::Other,
    }
}

/// The words of `snake_case`, `kebab-case` and `camelCase`, in lower case.
fn name_words(name: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_uppercase() {
            spaced.push(' ');
        }
        spaced.extend(c.to_lowercase());
    }
    spaced.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Cue words where the description lists some; the words that tell what is meant.
pub(crate) fn query(name: &str, title: &str, description: &str) -> Query {
    /// Words that descriptions hold whatever they ask for.
    const GENERIC: &[&str] = &[
        "partner",
        "person",
        "speaker",
        "conversation",
        "transcript",
        "source",
        "sentence",
        "word",
        "turn",
        "list",
        "item",
        "value",
        "name",
        "title",
        "description",
        "text",
        "string",
        "short",
        "brief",
        "most",
        "least",
        "each",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "eight",
        "say",
        "said",
        "other",
        "evidence",
        "passage",
        "quote",
        "statement",
        "object",
        "array",
        "number",
    ];
    let (description, list) = description.split_at(list_start(description).unwrap_or(description.len()));
    let cues = cue_phrases(list).into_iter().filter_map(|phrase| cue(&words(phrase))).collect();
    let generic: Vec<String> = GENERIC.iter().flat_map(|word| words(word)).collect();
    let text = [&name_words(name).join(" "), title, description].join("\n");
    let mut told: Vec<u64> = words(&text)
        .iter()
        .filter(|word| is_content(word) && !generic.contains(word))
        .map(|word| term(&[word]))
        .collect();
    told.sort_unstable();
    told.dedup();
    Query { cues, words: told }
}

/// Where the examples begin.
fn list_start(description: &str) -> Option<usize> {
    ["such as ", "for example ", "for example, ", "e.g. ", "e.g., "]
        .into_iter()
        .filter_map(|marker| description.find(marker).map(|i| i + marker.len()))
        .min()
}

/// The examples at the start of a text, up to the end of its sentence or clause.
fn cue_phrases(list: &str) -> Vec<&str> {
    let list = &list[..list.find(['.', ';', ':', '(', ')', '\n']).unwrap_or(list.len())];
    list.split(',')
        .flat_map(|part| part.split(" or "))
        .map(|part| part.trim().trim_start_matches("and ").trim_matches(|c: char| !c.is_alphanumeric()))
        .collect()
}

fn cue(words: &[String]) -> Option<Vec<u64>> {
    match words {
        [word] => is_content(word).then(|| vec![term(&[word])]),
        [_, _, ..] if words.len() <= MAX_CUE_WORDS => {
            Some(words.windows(2).map(|pair| term(&[&pair[0], &pair[1]])).collect())
        }
        _ => None,
    }
}

/// The number after `at most`.
pub(crate) fn at_most(description: &str) -> Option<usize> {
    let (_, rest) = description.split_once("at most ")?;
    number(rest.split_whitespace().next()?)
}

/// The first number in the few words before `sentence`: 3 for `three to six neutral sentences`.
pub(crate) fn sentence_count(description: &str) -> Option<usize> {
    let (before, _) = description.split_once("sentence")?;
    let last: Vec<&str> = before.split_whitespace().rev().take(4).collect();
    last.into_iter().rev().find_map(number)
}

fn number(word: &str) -> Option<usize> {
    const NUMBERS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let named = NUMBERS.iter().position(|&n| n == word).map(|i| i + 1);
    named.or_else(|| word.parse().ok())
}
