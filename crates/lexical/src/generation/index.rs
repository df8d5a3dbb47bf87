//! Which sentences hold which words, and how much a sentence says.

use super::source::Sentence;
use super::terms::{is_content, term, words};

/// Damps the advantage of short sentences, in words.
const LENGTH: usize = 8;

pub(crate) struct Index {
    /// Words and pairs of neighbouring words, each with a sentence that holds it; ascending, each once.
    postings: Vec<(u64, u32)>,
    /// The content words of each sentence, ascending, each once.
    content: Vec<Vec<u64>>,
    /// How much each sentence says of what is spoken of often.
    salience: Vec<f32>,
}

/// What a property asks for.
#[derive(Default)]
pub(crate) struct Query {
    /// Words, or several neighbouring pairs that must all be there. Without them, `words` decide.
    pub cues: Vec<Vec<u64>>,
    pub words: Vec<u64>,
}

impl Index {
    pub fn new(sentences: &[Sentence]) -> Self {
        let mut postings = Vec::new();
        let mut content = Vec::with_capacity(sentences.len());
        for (i, sentence) in (0..).zip(sentences) {
            let words = words(&sentence.text);
            let mut terms: Vec<u64> = words.iter().filter(|w| is_content(w)).map(|w| term(&[w])).collect();
            terms.sort_unstable();
            terms.dedup();
            postings.extend(terms.iter().map(|&term| (term, i)));
            postings.extend(words.windows(2).map(|pair| (term(&[&pair[0], &pair[1]]), i)));
            content.push(terms);
        }
        postings.sort_unstable();
        postings.dedup();
        let mut index = Index { postings, content, salience: Vec::new() };
        index.salience = (0..sentences.len()).map(|i| index.salience_of(i)).collect();
        index
    }

    fn salience_of(&self, sentence: usize) -> f32 {
        let terms = &self.content[sentence];
        let repeated = terms.iter().map(|&term| self.sentences_with(term).len()).filter(|&count| count > 1);
        repeated.map(|count| (count as f32).sqrt()).sum::<f32>() / damped(terms.len())
    }

    pub fn salience(&self) -> &[f32] {
        &self.salience
    }

    fn sentences_with(&self, term: u64) -> &[(u64, u32)] {
        let start = self.postings.partition_point(|&(t, _)| t < term);
        let count = self.postings[start..].partition_point(|&(t, _)| t == term);
        &self.postings[start..start + count]
    }

    /// The sentences that hold all content words of a text, if it has any.
    pub fn sentences_naming(&self, text: &str) -> Vec<u32> {
        let content: Vec<u64> = words(text).iter().filter(|w| is_content(w)).map(|w| term(&[w])).collect();
        self.sentences_with_all(&content)
    }

    /// How well each sentence answers; 0 for one that does not.
    pub fn scores(&self, query: &Query) -> Vec<f32> {
        let mut scores = vec![0.0; self.content.len()];
        let words = |scores: &mut [f32], weight: f32, everywhere: bool| {
            for &word in &query.words {
                let found = self.sentences_with(word);
                for &(_, i) in found {
                    let score = &mut scores[i as usize];
                    if everywhere || *score > 0.0 {
                        *score += weight * self.rarity(found.len());
                    }
                }
            }
        };
        for cue in &query.cues {
            let found = self.sentences_with_all(cue);
            for &i in &found {
                scores[i as usize] += self.rarity(found.len());
            }
        }
        if query.cues.is_empty() {
            words(&mut scores, 1.0, true);
        } else {
            words(&mut scores, 0.2, false);
        }
        for (score, terms) in scores.iter_mut().zip(&self.content) {
            *score /= damped(terms.len());
        }
        scores
    }

    fn sentences_with_all(&self, terms: &[u64]) -> Vec<u32> {
        let Some((&first, rest)) = terms.split_first() else { return Vec::new() };
        let all = |i: u32| rest.iter().all(|&term| self.postings.binary_search(&(term, i)).is_ok());
        self.sentences_with(first).iter().map(|&(_, i)| i).filter(|&i| all(i)).collect()
    }

    /// How much each sentence shares with one, which itself scores highest.
    pub fn likeness(&self, sentence: usize) -> Vec<f32> {
        self.scores(&Query { cues: Vec::new(), words: self.content[sentence].clone() })
    }

    /// Whether two sentences share more than half of the words of the shorter.
    pub fn overlap(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.content[a], &self.content[b]);
        let shared = a.iter().filter(|term| b.binary_search(term).is_ok()).count();
        shared * 2 > a.len().min(b.len())
    }

    fn rarity(&self, sentences: usize) -> f32 {
        (self.content.len() as f32 / sentences.max(1) as f32).sqrt()
    }
}

fn damped(words: usize) -> f32 {
    ((words + LENGTH) as f32).sqrt()
}
