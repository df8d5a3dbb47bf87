use super::{Call, Filter, StageInfo};
use crate::Result;

/// A vector to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// 1 to 512 visible ASCII characters.
    pub id: String,
    /// Finite numbers, not all zero.
    pub values: Vec<f32>,
    /// Strings, numbers, booleans and arrays of strings by name.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// As many numbers as the index has dimensions.
    pub values: Vec<f32>,
    /// How many matches at most.
    pub top_k: u32,
    /// All must hold.
    pub filters: Vec<Filter>,
}

/// A vector found.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Its id.
    pub id: String,
    /// Cosine similarity.
    pub score: f32,
    /// As stored.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// Which vectors to remove.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// These, 1 to 1,000.
    Ids(Vec<String>),
    /// Every one that satisfies all of these, 1 or more.
    Filters(Vec<Filter>),
}

/// One page of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdPage {
    /// In ascending order.
    pub ids: Vec<String>,
    /// Where the next page starts.
    pub next: Option<String>,
}

/// Who the index is and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorIndexInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// Numbers a vector; `None` while any will do.
    pub dimensions: Option<u32>,
    /// Vectors by namespace; may lag.
    pub namespaces: Vec<(String, u64)>,
    /// The largest metadata of a vector in bytes of JSON.
    pub max_metadata_bytes: u32,
    /// The most vectors of one upsert.
    pub max_vectors: u32,
}

/// Finds near vectors: `serene:vector-index`.
#[allow(async_fn_in_trait)]
pub trait VectorIndex {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<VectorIndexInfo>;
    /// Stores vectors, replacing those of the same id.
    async fn upsert(&self, call: &Call, namespace: &str, vectors: &[Vector]) -> Result<()>;
    /// The nearest vectors, nearest first.
    async fn query(&self, call: &Call, namespace: &str, nearest: Nearest) -> Result<Vec<Match>>;
    /// Removes vectors; removing nothing succeeds.
    async fn delete(&self, call: &Call, namespace: &str, selection: Selection) -> Result<()>;
    /// Lists ids by prefix.
    async fn list(
        &self,
        call: &Call,
        namespace: &str,
        prefix: &str,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<IdPage>;
}
