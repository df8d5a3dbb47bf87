//! The stages as the flows see them: one trait a stage, each the mirror of its WIT interface in `wit/`, where the promises,
//! limits and retry rules are written down.
//!
//! A stage may be composed in as WebAssembly, kept in memory by a test, or anything else. Implementations set
//! [`Error::stage`](crate::Error::stage) on what they return.

mod chunker;
mod embedder;
mod extractor;
mod filter;
mod generator;
mod object_store;
mod record_store;
mod reranker;
mod transformer;
mod vector_index;

pub use chunker::{ChunkOptions, Chunker, ChunkerInfo, Passage, Position, Section};
pub use embedder::{Embedder, EmbedderInfo, Embeddings, Purpose};
pub use extractor::{DocumentSource, Extraction, Extractor, ExtractorInfo, Page, SourceDocument};
pub use filter::{Filter, Predicate};
pub use generator::{Generation, GenerationRequest, Generator, GeneratorInfo, Message, Role};
pub use object_store::{
    ByteRange, GetOptions, Object, ObjectInfo, ObjectPage, ObjectStore, ObjectStoreInfo, PutOptions,
    SignedMethod, SignedUrl, WriteCondition,
};
pub use record_store::{OnConflict, Order, RecordStore, RecordStoreInfo, Row, RowPage, RowQuery};
pub use reranker::{Rank, Reranker, RerankerInfo, Reranking};
pub use transformer::{Transformer, TransformerInfo};
pub use vector_index::{IdPage, Match, Nearest, Selection, Vector, VectorIndex, VectorIndexInfo};

/// Who a stage is: what its answers are remembered under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageInfo {
    /// The component's name, such as `embedder-local`.
    pub name: String,
    /// Its semantic version.
    pub version: String,
    /// More facts by kebab-case names, as in the contract's `stage-info.extras`. `advice` is what an operator should set, as the stage has learnt by working.
    pub extras: Vec<(String, String)>,
}

impl StageInfo {
    /// The value of a fact.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extras.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// `name@version`, with the model where there is one: differs whenever the stage's answers may differ.
    #[must_use]
    pub fn fingerprint(&self, model: Option<&str>) -> String {
        match model {
            Some(model) => format!("{}@{}/{model}", self.name, self.version),
            None => format!("{}@{}", self.name, self.version),
        }
    }
}

/// What travels with every call of one request.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The W3C `traceparent` of the request's span.
    pub traceparent: Option<String>,
    /// When the request's time is over, in milliseconds since 1970 on [`Environment::now_ms`](crate::Environment::now_ms).
    pub deadline_ms: u64,
    /// Whose work it is.
    pub relationship: Option<String>,
    /// The caller's own token, for row-level security. A secret.
    pub caller_token: Option<String>,
}

/// One of each stage.
pub trait Stages {
    /// Keeps files.
    type Objects: ObjectStore;
    /// Keeps rows.
    type Records: RecordStore;
    /// Finds near vectors.
    type Vectors: VectorIndex;
    /// Turns documents into text.
    type Extractor: Extractor;
    /// Changes text on its way.
    type Transformer: Transformer;
    /// Cuts text into passages.
    type Chunker: Chunker;
    /// Turns text into vectors.
    type Embedder: Embedder;
    /// Writes structured text.
    type Generator: Generator;
    /// Orders found passages.
    type Reranker: Reranker;

    /// The object store.
    fn objects(&self) -> &Self::Objects;
    /// The record store.
    fn records(&self) -> &Self::Records;
    /// The vector index.
    fn vectors(&self) -> &Self::Vectors;
    /// The extractor.
    fn extractor(&self) -> &Self::Extractor;
    /// The transformer.
    fn transformer(&self) -> &Self::Transformer;
    /// The chunker.
    fn chunker(&self) -> &Self::Chunker;
    /// The embedder.
    fn embedder(&self) -> &Self::Embedder;
    /// The generator.
    fn generator(&self) -> &Self::Generator;
    /// The reranker.
    fn reranker(&self) -> &Self::Reranker;
}
