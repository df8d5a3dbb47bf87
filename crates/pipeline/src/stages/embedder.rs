use super::{Call, StageInfo};
use crate::Result;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A passage to be found.
    Document,
    /// A question to find passages with.
    Query,
}

/// The vectors of some texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    /// One a text, in order.
    pub vectors: Vec<Vec<f32>>,
    /// What computed them.
    pub model: String,
    /// Tokens counted or billed.
    pub tokens: u64,
}

/// Who the embedder is and what it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedderInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// The model that answers now.
    pub model: String,
    /// Numbers a vector.
    pub dimensions: u32,
    /// The most texts of one call.
    pub max_texts: u32,
    /// The most tokens of one text.
    pub max_text_tokens: u32,
    /// The most tokens of one call.
    pub max_call_tokens: u32,
}

/// Turns text into vectors: `serene:embedder`.
#[allow(async_fn_in_trait)]
pub trait Embedder {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<EmbedderInfo>;
    /// Embeds texts.
    async fn embed(&self, call: &Call, texts: &[String], purpose: Purpose) -> Result<Embeddings>;
}
