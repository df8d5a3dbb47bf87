//! Voyage's models and their limits.

/// A model of `POST /embeddings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Embedding {
    pub(super) name: &'static str,
    /// The sizes it gives; the first one by default.
    pub(super) dimensions: &'static [usize],
    /// The most tokens of a text.
    pub(super) context: usize,
    /// The most tokens of a request.
    pub(super) request: usize,
    /// Whether it gives other types than floats.
    pub(super) quantizes: bool,
}

/// A model of `POST /rerank`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rerank {
    pub(super) name: &'static str,
    /// The most tokens of the query.
    pub(super) query: usize,
    /// The most tokens of the query and a document.
    pub(super) pair: usize,
    /// The most tokens of the query, once for each document, and of all documents.
    pub(super) request: usize,
}

const FLEXIBLE: &[usize] = &[1024, 256, 512, 2048];

const fn flexible(name: &'static str, request: usize) -> Embedding {
    Embedding { name, dimensions: FLEXIBLE, context: 32_000, request, quantizes: true }
}

const fn fixed(
    name: &'static str,
    dimensions: &'static [usize],
    context: usize,
    request: usize,
) -> Embedding {
    Embedding { name, dimensions, context, request, quantizes: false }
}

pub(super) const EMBEDDING: [Embedding; 11] = [
    flexible("voyage-4-large", 120_000),
    flexible("voyage-4", 320_000),
    flexible("voyage-4-lite", 1_000_000),
    flexible("voyage-3.5", 320_000),
    flexible("voyage-3.5-lite", 1_000_000),
    flexible("voyage-3-large", 120_000),
    flexible("voyage-code-3", 120_000),
    fixed("voyage-3", &[1024], 32_000, 320_000),
    fixed("voyage-3-lite", &[512], 32_000, 1_000_000),
    fixed("voyage-finance-2", &[1024], 32_000, 120_000),
    fixed("voyage-law-2", &[1024], 16_000, 120_000),
];

pub(super) const RERANK: [Rerank; 4] = [
    Rerank { name: "rerank-2.5", query: 8_000, pair: 32_000, request: 600_000 },
    Rerank { name: "rerank-2.5-lite", query: 8_000, pair: 32_000, request: 600_000 },
    Rerank { name: "rerank-2", query: 4_000, pair: 16_000, request: 600_000 },
    Rerank { name: "rerank-2-lite", query: 2_000, pair: 8_000, request: 300_000 },
];
