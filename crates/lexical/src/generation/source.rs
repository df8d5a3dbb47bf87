//! The sources as sentences, each with where it stands.

use std::collections::{HashMap, HashSet};

use chunking::{Limits, Options, Section, sentences};
use serde_json::Value;

use super::{Error, Message, NOT_STATED, Role};

/// Position of a speaker in [`Source::speakers`].
pub(crate) type Speaker = usize;

/// The partners of a relationship, who are speakers even if they say nothing.
const PARTNERS: [&str; 2] = ["partner_a", "partner_b"];

/// A longer sentence, as in speech written down without full stops, is cut.
const MAX_SENTENCE_TOKENS: u32 = 80;

/// A name longer than this before a colon is part of what is said. In characters.
const MAX_SPEAKER: usize = 100;

pub(crate) struct Sentence {
    pub text: String,
    /// The turn it was said in, and who said it.
    pub said: Option<(u32, Speaker)>,
}

/// Whose sentences count.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    All,
    /// Those of either partner.
    Partners,
    One(Speaker),
}

/// All that may be copied from, and whom the answer is for.
pub(crate) struct Source {
    /// The transcript's first. White space is single spaces. No sentence from elsewhere repeats one before it.
    pub sentences: Vec<Sentence>,
    pub speakers: Vec<String>,
    /// Whom the answer is for, by the instruction.
    pub target: Option<Speaker>,
    /// Whether any turn is a partner's.
    pub partners_speak: bool,
    ids: HashMap<String, Speaker>,
}

impl Source {
    pub fn read(messages: &[Message<'_>], max_sentences: usize) -> Result<Self, Error> {
        let (sentences, speakers) = (Vec::new(), Vec::new());
        let mut source =
            Source { sentences, speakers, target: None, partners_speak: false, ids: HashMap::new() };
        for partner in PARTNERS {
            source.speaker(partner);
        }
        let sections: Vec<(&str, &str)> =
            messages.iter().filter(|m| m.role == Role::User).flat_map(|m| sections(m.content)).collect();
        let transcript = sections.iter().rposition(|(name, _)| *name == "Transcript");
        if let Some(i) = transcript {
            source.transcript(sections[i].1, max_sentences)?;
        }
        let mut seen: HashSet<String> = source.sentences.iter().map(|s| s.text.clone()).collect();
        for (i, (_, body)) in sections.iter().enumerate() {
            match serde_json::from_str(body) {
                _ if transcript == Some(i) => {}
                Ok(value @ Value::Object(_)) => source.json(&value, &mut seen, max_sentences)?,
                // With no section for them, turns may stand anywhere.
                _ if transcript.is_none() && body.lines().any(|line| turn(line).is_some()) => {
                    source.transcript(body, max_sentences)?;
                }
                _ => source.prose(body, &mut seen, max_sentences)?,
            }
        }
        source.partners_speak = (0..source.sentences.len()).any(|i| source.is_in(i, Scope::Partners));
        let instructions = messages.iter().filter(|m| m.role == Role::System);
        source.target = instructions.map(|m| m.content).find_map(partner_after_for);
        Ok(source)
    }

    fn transcript(&mut self, body: &str, max_sentences: usize) -> Result<(), Error> {
        let mut said = None;
        for line in body.lines() {
            let text = match turn(line) {
                Some((number, speaker, text)) => {
                    said = Some((number, self.speaker(speaker)));
                    text
                }
                None => line,
            };
            self.add(text, said, max_sentences)?;
        }
        Ok(())
    }

    fn prose(&mut self, text: &str, seen: &mut HashSet<String>, max_sentences: usize) -> Result<(), Error> {
        for sentence in sentences(text) {
            let sentence = single_spaced(sentence);
            if !seen.contains(&sentence) {
                self.add(&sentence, None, max_sentences)?;
                seen.insert(sentence);
            }
        }
        Ok(())
    }

    /// The texts of a document that was generated before, without what it says of itself and without quotes, which the transcript has.
    fn json(&mut self, value: &Value, seen: &mut HashSet<String>, max: usize) -> Result<(), Error> {
        match value {
            Value::String(text) if text != NOT_STATED => text.lines().try_for_each(|line| {
                let said = line.split_once(": ").filter(|(name, _)| self.ids.contains_key(*name));
                self.prose(said.map_or(line, |(_, text)| text), seen, max)
            }),
            Value::Array(items) => items.iter().try_for_each(|item| self.json(item, seen, max)),
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| {
                    !matches!(name.as_str(), "limitations" | "evidence" | "quote" | "speaker")
                })
                .try_for_each(|(_, member)| self.json(member, seen, max)),
            _ => Ok(()),
        }
    }

    fn add(&mut self, text: &str, said: Option<(u32, Speaker)>, max_sentences: usize) -> Result<(), Error> {
        for text in sentences(text).map(single_spaced).flat_map(short_enough) {
            if !text.contains(char::is_alphanumeric) {
                continue;
            }
            if self.sentences.len() >= max_sentences {
                let actual = max_sentences.saturating_add(1);
                return Err(Error::TooLarge { unit: "sentences", actual, limit: max_sentences });
            }
            self.sentences.push(Sentence { text, said });
        }
        Ok(())
    }

    fn speaker(&mut self, name: &str) -> Speaker {
        if let Some(&known) = self.ids.get(name) {
            return known;
        }
        self.speakers.push(name.to_owned());
        self.ids.insert(name.to_owned(), self.speakers.len() - 1);
        self.speakers.len() - 1
    }

    /// Whose the property of this name is: `partner_a`, `partner_a_needs`, `needs_of_partner_a`, or the name of anyone who speaks.
    pub fn speaker_in(&self, name: &str) -> Option<Speaker> {
        let parts = format!("_{name}_");
        let partner = || PARTNERS.iter().position(|partner| parts.contains(&format!("_{partner}_")));
        self.ids.get(name).copied().or_else(partner)
    }

    /// The partner who is not this one.
    pub fn other(&self, partner: Speaker) -> Option<Speaker> {
        (partner < PARTNERS.len()).then(|| 1 - partner)
    }

    pub fn is_in(&self, sentence: usize, scope: Scope) -> bool {
        match (scope, self.speaker_of(sentence)) {
            (Scope::All, _) => true,
            (Scope::Partners, speaker) => speaker.is_some_and(|speaker| speaker < PARTNERS.len()),
            (Scope::One(speaker), said_by) => said_by == Some(speaker),
        }
    }

    pub fn speaker_of(&self, sentence: usize) -> Option<Speaker> {
        self.sentences[sentence].said.map(|(_, speaker)| speaker)
    }

    pub fn turn_of(&self, sentence: usize) -> Option<u32> {
        self.sentences[sentence].said.map(|(turn, _)| turn)
    }
}

/// The first partner of whom a text says that something is `for` them.
fn partner_after_for(text: &str) -> Option<Speaker> {
    text.match_indices("for ").find_map(|(i, found)| {
        let rest = &text[i + found.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        PARTNERS.iter().position(|partner| *partner == &rest[..end])
    })
}

/// The sections of a message under their headings; what stands before the first has an empty name.
fn sections(content: &str) -> Vec<(&str, &str)> {
    let mut sections = Vec::new();
    let (mut name, mut start, mut offset) = ("", 0, 0);
    for line in content.split_inclusive('\n') {
        if let Some(heading) = line.strip_prefix("# ") {
            sections.push((name, &content[start..offset]));
            name = heading.trim();
            start = offset + line.len();
        }
        offset += line.len();
    }
    sections.push((name, &content[start..]));
    sections
}

/// Reads `[12] partner_a: text`.
fn turn(line: &str) -> Option<(u32, &str, &str)> {
    let (number, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let (speaker, text) = rest.split_once(':')?;
    let speaker = speaker.trim();
    let named = !speaker.is_empty() && speaker.chars().count() <= MAX_SPEAKER;
    Some((number.parse().ok().filter(|_| named)?, speaker, text))
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn short_enough(sentence: String) -> Vec<String> {
    if chunking::estimate_tokens(&sentence) <= MAX_SENTENCE_TOKENS {
        return vec![sentence];
    }
    let options = Options { max_tokens: MAX_SENTENCE_TOKENS, overlap_tokens: 0, join_sections: false };
    let limits = Limits { max_bytes: u32::MAX, max_chunks: u32::MAX };
    let whole = Section { index: 0, label: None, text: &sentence };
    let chunks = chunking::chunk(&[whole], options, limits).unwrap_or_default();
    chunks.into_iter().map(|chunk| chunk.text).collect()
}
