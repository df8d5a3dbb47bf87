use super::{Call, StageInfo};
use crate::Result;

/// A text's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rank {
    /// Which text, from 0.
    pub index: u32,
    /// Higher answers better.
    pub score: f32,
}

/// An order of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Reranking {
    /// Best first.
    pub ranks: Vec<Rank>,
    /// What ordered them.
    pub model: String,
    /// Tokens counted or billed.
    pub tokens: u64,
}

/// Who the reranker is and what it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RerankerInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// The model that answers now.
    pub model: String,
    /// The most texts of one call.
    pub max_texts: u32,
    /// The most tokens of one call.
    pub max_call_tokens: u32,
}

/// Orders found passages: `serene:reranker`.
#[allow(async_fn_in_trait)]
pub trait Reranker {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<RerankerInfo>;
    /// The best `top_k` texts, best first.
    async fn rerank(
        &self,
        call: &Call,
        query: &str,
        texts: &[String],
        top_k: Option<u32>,
    ) -> Result<Reranking>;
}
