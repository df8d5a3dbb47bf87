//! What is known of Voyage's models.

/// A model of `POST /embeddings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EmbeddingModel {
    pub(crate) name: &'static str,
    /// The sizes it can give; the first one unless told otherwise.
    pub(crate) dimensions: &'static [u32],
    /// The most tokens of one text.
    pub(crate) context_tokens: u32,
    /// The most tokens of one request.
    pub(crate) request_tokens: u32,
    /// The most texts of one request.
    pub(crate) request_texts: usize,
}

/// Sizes of the models that can shorten their vectors.
const FLEXIBLE: &[u32] = &[1024, 256, 512, 2048];

const fn model(name: &'static str, dimensions: &'static [u32], request_tokens: u32) -> EmbeddingModel {
    EmbeddingModel { name, dimensions, context_tokens: 32_000, request_tokens, request_texts: 1000 }
}

/// Older models take lists of at most 128 by the API's earlier definition.
const fn older(name: &'static str, dimensions: &'static [u32], request_tokens: u32) -> EmbeddingModel {
    EmbeddingModel { request_texts: 128, ..model(name, dimensions, request_tokens) }
}

const EMBEDDING_MODELS: [EmbeddingModel; 11] = [
    model("voyage-4-large", FLEXIBLE, 120_000),
    model("voyage-4", FLEXIBLE, 320_000),
    model("voyage-4-lite", FLEXIBLE, 1_000_000),
    model("voyage-3.5", FLEXIBLE, 320_000),
    model("voyage-3.5-lite", FLEXIBLE, 1_000_000),
    model("voyage-3-large", FLEXIBLE, 120_000),
    model("voyage-code-3", FLEXIBLE, 120_000),
    older("voyage-3", &[1024], 320_000),
    older("voyage-3-lite", &[512], 1_000_000),
    older("voyage-finance-2", &[1024], 120_000),
    EmbeddingModel { context_tokens: 16_000, ..older("voyage-law-2", &[1024], 120_000) },
];

/// What is assumed of a model that is not in the table: the least of everything.
pub(crate) const UNKNOWN_EMBEDDING_MODEL: EmbeddingModel = EmbeddingModel {
    name: "",
    dimensions: &[],
    context_tokens: 16_000,
    request_tokens: 120_000,
    request_texts: 128,
};

pub(crate) fn embedding_model(name: &str) -> Option<EmbeddingModel> {
    EMBEDDING_MODELS.into_iter().find(|model| model.name == name)
}

pub(crate) fn embedding_model_names() -> String {
    EMBEDDING_MODELS.map(|model| model.name).join(", ")
}

/// A model of `POST /rerank`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RerankModel {
    name: &'static str,
    /// The most tokens of the query.
    pub(crate) query_tokens: u32,
    /// The most tokens of the query and one text.
    pub(crate) pair_tokens: u32,
    /// The most tokens of the query, counted once for each text, and of all texts.
    pub(crate) call_tokens: u32,
}

const RERANK_MODELS: [RerankModel; 4] = [
    RerankModel { name: "rerank-2.5", query_tokens: 8_000, pair_tokens: 32_000, call_tokens: 600_000 },
    RerankModel { name: "rerank-2.5-lite", query_tokens: 8_000, pair_tokens: 32_000, call_tokens: 600_000 },
    RerankModel { name: "rerank-2", query_tokens: 4_000, pair_tokens: 16_000, call_tokens: 600_000 },
    RerankModel { name: "rerank-2-lite", query_tokens: 2_000, pair_tokens: 8_000, call_tokens: 300_000 },
];

/// The model of this name; for a name that is not in the table, the least of everything.
pub(crate) fn rerank_model(name: &str) -> RerankModel {
    let unknown = RerankModel { name: "", query_tokens: 2_000, pair_tokens: 8_000, call_tokens: 300_000 };
    RERANK_MODELS.into_iter().find(|model| model.name == name).unwrap_or(unknown)
}
