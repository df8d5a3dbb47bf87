//! Fills strings, numbers, booleans and enums.

use serde_json::Value;

use super::fill::{Filled, Place, Writer};
use super::query::{Role, role, sentence_count};
use super::schema::{Node, Problem};
use super::source::Scope;
use super::{DISCLAIMER, Error, NOT_STATED};

/// Sentences of a `summary` and its like whose description does not say.
const USUAL_SENTENCES: usize = 3;

/// No string is padded to more characters.
const MOST_REQUIRED_CHARACTERS: usize = 100_000;

impl<'a> Writer<'a> {
    pub fn string(&mut self, node: Node<'a>, place: &Place<'a>) -> Result<Filled, Error> {
        let text = match role(place.name, node.description) {
            Role::Limitations => Some(DISCLAIMER.to_owned()),
            role => match place.anchor {
                Some(anchor) => self.about(anchor, role, node, place),
                None => self.found(role, node, place),
            },
        };
        let supported = text.is_some();
        let text = self.fit(text.as_deref().unwrap_or(NOT_STATED), node, place)?;
        Ok(Filled { value: Value::String(text), supported })
    }

    /// What the source says on a property of an object that is about one sentence.
    fn about(&mut self, anchor: usize, role: Role, node: Node<'a>, place: &Place<'a>) -> Option<String> {
        let source = self.source;
        let text = |i: usize| source.sentences[i].text.clone();
        let said = source.sentences[anchor].said;
        match role {
            _ if place.primary => Some(text(anchor)),
            Role::Quote => Some(text(anchor)),
            Role::Turn => said.map(|(turn, _)| turn.to_string()),
            Role::Speaker => said.map(|(_, speaker)| source.speakers[speaker].clone()),
            Role::Detail => {
                let rest = (anchor..source.sentences.len())
                    .take_while(|&i| i == anchor || said.is_some() && source.sentences[i].said == said);
                Some(rest.take(USUAL_SENTENCES).map(text).collect::<Vec<_>>().join(" "))
            }
            Role::NextTurn => {
                let (turn, _) = said?;
                let next = (anchor..source.sentences.len()).find(|&i| source.turn_of(i) != Some(turn))?;
                (place.speaker.is_none() || source.speaker_of(next) == place.speaker).then(|| text(next))
            }
            _ => {
                let scores = self.scores(node, place);
                let around = self.around(anchor, node, place).into_iter().filter(|&i| scores[i] > 0.0);
                // The first of the best.
                around.reduce(|best, i| if scores[i] > scores[best] { i } else { best }).map(text)
            }
        }
    }

    /// What the source says on a property, wherever it says it.
    fn found(&mut self, role: Role, node: Node<'a>, place: &Place<'a>) -> Option<String> {
        let usual = if role == Role::Central { USUAL_SENTENCES } else { 1 };
        let most = if role == Role::Quote { 1 } else { sentence_count(node.description).unwrap_or(usual) };
        let mut best = self.best(node, place, most);
        best.sort_unstable();
        let one_speaker = most == 1 || matches!(self.scope(node, place), Scope::One(_));
        let lines = best.iter().map(|&i| {
            let sentence = &self.source.sentences[i];
            match sentence.said {
                Some((_, speaker)) if !one_speaker => {
                    format!("{}: {}", self.source.speakers[speaker], sentence.text)
                }
                _ => sentence.text.clone(),
            }
        });
        let lines: Vec<String> = lines.collect();
        (!lines.is_empty()).then(|| lines.join(if one_speaker { " " } else { "\n" }))
    }

    /// Brings a text to the lengths that the schema allows: cut between words where there is room, and padded with [`NOT_STATED`].
    pub fn fit(&self, text: &str, node: Node<'a>, place: &Place<'a>) -> Result<String, Error> {
        let least = node.count("minLength").unwrap_or(0);
        let most = node.count("maxLength").unwrap_or(usize::MAX);
        if least > most || least > MOST_REQUIRED_CHARACTERS {
            return Err(place.error(Problem::Impossible("minLength is above maxLength, or above 100000")));
        }
        let mut text = text.to_owned();
        let mut length = text.chars().count();
        while length < least {
            text.push(' ');
            text.push_str(NOT_STATED);
            length += 1 + NOT_STATED.len();
        }
        if length <= most {
            return Ok(text);
        }
        let cut: String = text.chars().take(most.saturating_sub(1)).collect();
        let words = cut.rsplit_once(' ').map_or("", |(words, _)| words);
        let cut = if words.chars().count() + 1 >= least.max(1) && !words.is_empty() { words } else { &cut };
        Ok(if most == 0 { String::new() } else { format!("{cut}…") })
    }

    pub fn number(&mut self, node: Node<'a>, place: &Place<'a>, whole: bool) -> Result<Filled, Error> {
        let range = Range::of(node, whole);
        let role = role(place.name, node.description);
        let anchor = place.anchor.or_else(|| self.best(node, place, 1).first().copied());
        let candidate = match (role, anchor) {
            (Role::Turn, Some(anchor)) => self.source.turn_of(anchor).map(f64::from),
            (_, Some(anchor)) => {
                numbers(&self.source.sentences[anchor].text).find(|n| !whole || n.fract() == 0.0)
            }
            (_, None) => None,
        };
        let stated = candidate.filter(|n| range.contains(*n));
        let value = stated.unwrap_or_else(|| range.nearest_to_zero());
        if !range.contains(value) {
            return Err(place.error(Problem::Impossible("no number is in its range")));
        }
        let value = if whole { Value::from(value as i64) } else { Value::from(value) };
        Ok(Filled { value, supported: stated.is_some() })
    }

    pub fn boolean(&mut self, node: Node<'a>, place: &Place<'a>) -> Filled {
        let scores = self.scores(node, place);
        let said = match place.anchor {
            Some(anchor) => scores[anchor] > 0.0,
            None => self.in_scope(node, place).any(|i| scores[i] > 0.0),
        };
        Filled { value: Value::Bool(said), supported: said }
    }

    pub fn one_of(&mut self, values: &[Value], node: Node<'a>, place: &Place<'a>) -> Filled {
        let speaker = match (role(place.name, node.description), place.anchor) {
            (Role::Speaker, Some(anchor)) => self.source.speaker_of(anchor),
            _ => self.source.target,
        };
        let name = speaker.map(|speaker| self.source.speakers[speaker].as_str());
        let named = values.iter().find(|value| name.is_some() && value.as_str() == name).cloned();
        let found =
            named.or_else(|| self.all_of(values, place).into_iter().next().map(|filled| filled.value));
        let supported = found.is_some();
        Filled { value: found.or_else(|| values.first().cloned()).unwrap_or_default(), supported }
    }

    /// The values that sentences name, in the order of the enum.
    pub fn all_of(&self, values: &[Value], place: &Place<'a>) -> Vec<Filled> {
        let counts = |sentence: usize| match place.anchor {
            Some(anchor) => sentence == anchor,
            None => place.speaker.is_none() || self.source.speaker_of(sentence) == place.speaker,
        };
        let is_named = |name: &str| self.index.sentences_naming(name).into_iter().any(|i| counts(i as usize));
        let named = values.iter().filter(|value| value.as_str().is_some_and(is_named));
        named.map(|value| Filled { value: value.clone(), supported: true }).collect()
    }
}

/// The numbers that a schema allows.
struct Range {
    least: f64,
    most: f64,
    above: f64,
    below: f64,
    whole: bool,
}

impl Range {
    fn of(node: Node<'_>, whole: bool) -> Self {
        // Whole numbers are written as 64-bit integers, and beyond 2^53 the next one cannot be told from it.
        let bound = if whole { 9_007_199_254_740_991.0 } else { f64::MAX };
        Range {
            least: node.number("minimum").unwrap_or(-bound).max(-bound),
            most: node.number("maximum").unwrap_or(bound).min(bound),
            above: node.number("exclusiveMinimum").unwrap_or(f64::NEG_INFINITY),
            below: node.number("exclusiveMaximum").unwrap_or(f64::INFINITY),
            whole,
        }
    }

    fn contains(&self, n: f64) -> bool {
        let inside = self.least <= n && n <= self.most && self.above < n && n < self.below;
        inside && (!self.whole || n.fract() == 0.0)
    }

    fn nearest_to_zero(&self) -> f64 {
        let (low, high) = (self.least.max(self.above), self.most.min(self.below));
        let near = if low > 0.0 || low == 0.0 && self.above == 0.0 { low } else { high.min(0.0) };
        if self.whole {
            let up = if low >= 0.0 { 1.0 } else { -1.0 };
            let n = if up > 0.0 { near.ceil() } else { near.floor() };
            return if self.contains(n) { n } else { n + up };
        }
        let steps = [near, (low + high) / 2.0, near.next_up(), near.next_down()];
        steps.into_iter().find(|&n| self.contains(n)).unwrap_or(near)
    }
}

/// The numbers that stand in a text, such as 7 or 3.5.
fn numbers(text: &str) -> impl Iterator<Item = f64> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|part| {
        let part = part.trim_matches('.');
        (!part.is_empty() && part.len() <= 15).then(|| part.parse().ok()).flatten()
    })
}
