//! A client of Voyage AI: `POST /embeddings` and `POST /rerank`.
//!
//! - [`Embedder`]: texts to vectors of length 1, in the texts' order. Nothing is cut off unless `voyage_truncation` says so; what is too much for
//!   one request goes in several.
//! - [`Reranker`]: texts ordered by how well they answer a query.
//!
//! Voyage counts tokens with each model's own tokeniser. Without it, requests are filled by a cautious count (one token for every two bytes of UTF-8),
//! and halved when Voyage still finds them too large; only Voyage decides that a single text is too long. Calls are repeatable, and may be billed each time.

mod account;
mod embedder;
mod models;
mod refusal;
mod reranker;
mod split;
mod vectors;

pub use embedder::{EMBEDDER_VARIABLES, Embedder, EmbedderConfig, EmbedderInfo, Embeddings, Purpose};
pub use reranker::{RERANKER_VARIABLES, Rank, Reranker, RerankerConfig, RerankerInfo, Reranking};
