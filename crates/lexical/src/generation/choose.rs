//! Chooses sentences for a property.

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::Value;

use super::fill::{Place, Writer};
use super::query::{Role, query, role};
use super::schema::Node;
use super::source::Scope;

/// How many turns before and after a sentence belong to it.
const NEIGHBOURING_TURNS: u32 = 2;

/// The same for sentences that are of no turn.
const NEIGHBOURING_SENTENCES: usize = 3;

/// The part of its own words that another sentence must share with a sentence to bear it out too, rare words counting more.
const ALIKE: f32 = 0.4;

impl<'a> Writer<'a> {
    /// The sentences that the items of an array are to be about, in the order of the items.
    pub fn anchors(
        &mut self,
        array: Node<'a>,
        items: &'a Value,
        place: &Place<'a>,
        most: usize,
    ) -> Vec<usize> {
        let Some(anchor) = place.anchor else {
            let cites = self.cites_within(items, 2) && self.source.sentences.iter().any(|s| s.said.is_some());
            let scores = self.scores(array, place);
            let source = self.source;
            let fits = |i: &usize| scores[*i] > 0.0 && (!cites || source.turn_of(*i).is_some());
            let found = self.in_scope(array, place).filter(fits).collect();
            let mut best = self.ranked(found, &scores, array, place, most);
            if role(place.name, array.description) != Role::Central {
                best.sort_unstable();
            }
            return best;
        };
        let likeness = self.index.likeness(anchor);
        let scores = (!self.cites_within(items, 0)).then(|| self.scores(array, place));
        let near = likeness[anchor] * ALIKE;
        let mut alike: Vec<usize> =
            self.in_scope(array, place).filter(|&i| i != anchor && likeness[i] > near).collect();
        alike.sort_by(|&a, &b| likeness[b].total_cmp(&likeness[a]));
        let all = std::iter::once(anchor).chain(alike);
        let fits = |&i: &usize| scores.as_ref().is_none_or(|scores| scores[i] > 0.0);
        self.distinct(all.filter(fits), most)
    }

    /// The sentences that answer a property best, best first.
    pub fn best(&mut self, node: Node<'a>, place: &Place<'a>, most: usize) -> Vec<usize> {
        let scores = self.scores(node, place);
        let found = self.in_scope(node, place).filter(|&i| scores[i] > 0.0).collect();
        self.ranked(found, &scores, node, place, most)
    }

    fn ranked(
        &self,
        mut found: Vec<usize>,
        scores: &[f32],
        node: Node<'a>,
        place: &Place<'a>,
        most: usize,
    ) -> Vec<usize> {
        let role = role(place.name, node.description);
        if matches!(role, Role::Question | Role::Central) {
            let is_question = |i: usize| self.source.sentences[i].text.ends_with(['?', '？', '؟']);
            found.retain(|&i| is_question(i) == (role == Role::Question));
        }
        // Stable: of equals the first.
        found.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        if role == Role::Central { self.diverse(found, most) } else { self.distinct(found.into_iter(), most) }
    }

    fn distinct(&self, sentences: impl Iterator<Item = usize>, most: usize) -> Vec<usize> {
        let mut texts = HashSet::new();
        sentences.filter(|&i| texts.insert(&self.source.sentences[i].text)).take(most).collect()
    }

    /// Leaves out what has been said in other words. Looks at a few times as many sentences as are wanted.
    fn diverse(&self, ranked: Vec<usize>, most: usize) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::new();
        for i in ranked.into_iter().take(most.saturating_mul(8)) {
            if chosen.len() < most && !chosen.iter().any(|&c| self.index.overlap(c, i)) {
                chosen.push(i);
            }
        }
        chosen
    }

    /// How well each sentence answers a property; 0 for one that does not.
    pub fn scores(&mut self, node: Node<'a>, place: &Place<'a>) -> Rc<Vec<f32>> {
        let key = [place.name, node.title, node.description];
        if let Some(scores) = self.scores.get(&key) {
            return Rc::clone(scores);
        }
        let query = query(place.name, node.title, node.description);
        let asks = !query.words.is_empty() || !query.cues.is_empty();
        let scores = match role(place.name, node.description) {
            // That it is a question is enough.
            Role::Question if query.cues.is_empty() => vec![1.0; self.source.sentences.len()],
            Role::Central => self.index.salience().to_vec(),
            _ if asks => self.index.scores(&query),
            _ => self.index.salience().to_vec(),
        };
        let scores = Rc::new(scores);
        self.scores.insert(key, Rc::clone(&scores));
        scores
    }

    /// The sentences that a property may draw on.
    pub fn in_scope(&self, node: Node<'a>, place: &Place<'a>) -> impl Iterator<Item = usize> + use<'a> {
        let source = self.source;
        let scope = self.scope(node, place);
        (0..source.sentences.len()).filter(move |&i| source.is_in(i, scope))
    }

    /// Whose turns alone count, by names or by the description.
    pub fn scope(&self, node: Node<'a>, place: &Place<'a>) -> Scope {
        let source = self.source;
        let described = match source.target {
            Some(target) if node.description.contains("the other partner") => source.other(target),
            Some(target) if node.description.contains("this partner") => Some(target),
            _ => None,
        };
        match place.speaker.or(described) {
            Some(speaker) => Scope::One(speaker),
            None if node.description.contains("partner") && source.partners_speak => Scope::Partners,
            None => Scope::All,
        }
    }

    /// The sentences around one that a property may draw on, with itself, in order.
    pub fn around(&self, anchor: usize, node: Node<'a>, place: &Place<'a>) -> Vec<usize> {
        let turn = self.source.turn_of(anchor);
        let is_near = |i: &usize| match (turn, self.source.turn_of(*i)) {
            (Some(a), Some(b)) => a.abs_diff(b) <= NEIGHBOURING_TURNS,
            (None, None) => i.abs_diff(anchor) <= NEIGHBOURING_SENTENCES,
            _ => false,
        };
        let first = (0..anchor).rev().take_while(is_near).last().unwrap_or(anchor);
        let scope = self.scope(node, place);
        let fits = |i: &usize| self.source.is_in(*i, scope);
        (first..self.source.sentences.len()).take_while(is_near).filter(fits).collect()
    }

    /// Of the sentences that a property may draw on, the one that shares most with another.
    pub fn most_alike(&self, sentence: usize, place: &Place<'a>) -> Option<usize> {
        let likeness = self.index.likeness(sentence);
        let alike = self.in_scope(Node::ANY, place).filter(|&i| likeness[i] > 0.0);
        alike.reduce(|best, i| if likeness[i] > likeness[best] { i } else { best })
    }

    /// Whether an object tells where in the source a sentence stands.
    pub fn cites(&self, node: Node<'a>) -> bool {
        node.properties().any(|(name, _)| matches!(role(name, ""), Role::Quote | Role::Turn))
    }

    /// The same, or that something in it does, down to some levels.
    fn cites_within(&self, schema: &'a Value, levels: usize) -> bool {
        let Ok(node) = Node::resolve(self.root, schema) else { return false };
        let inner = || node.properties().map(|(_, schema)| schema).chain(node.get("items"));
        self.cites(node) || levels > 0 && inner().any(|schema| self.cites_within(schema, levels - 1))
    }
}
