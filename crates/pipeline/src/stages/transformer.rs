use super::{Call, StageInfo};
use crate::Result;

/// Who the transformer is and what it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransformerInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// The most texts of one call.
    pub max_texts: u32,
    /// The largest text in bytes.
    pub max_text_bytes: u32,
}

/// Changes text on its way: `serene:transformer`.
#[allow(async_fn_in_trait)]
pub trait Transformer {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<TransformerInfo>;
    /// As many texts as given, each the transform of the one in its place.
    async fn transform(&self, call: &Call, kind: &str, texts: Vec<String>) -> Result<Vec<String>>;
}
