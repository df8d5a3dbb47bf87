//! The best so far, in bounded memory.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A vector and how near it is. The greater of two is the worse: farther, or as near with a greater id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) score: f32,
    pub(super) id: String,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The `limit` best of all that were offered.
pub(super) struct Top {
    limit: usize,
    heap: BinaryHeap<Candidate>,
}

impl Top {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::with_capacity(limit + 1) }
    }

    pub(super) fn offer(&mut self, candidate: Candidate) {
        if self.heap.len() == self.limit && self.heap.peek().is_none_or(|worst| candidate >= *worst) {
            return;
        }
        self.heap.push(candidate);
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    /// The best first.
    pub(super) fn into_sorted(self) -> Vec<Candidate> {
        self.heap.into_sorted_vec()
    }
}
