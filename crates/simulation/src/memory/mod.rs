//! The three stores in memory, by the contract's rules and nothing more: no time passes in them and nothing fails by itself. What breaks a rule of the contract
//! is `invalid`, as the contract says, so that a flow that asks for what no store promises is found.

mod filter;
mod objects;
mod records;
mod vectors;

use pipeline::stages::{Call, GenerationRequest};
use pipeline::{Error, Result};
use serde_json::Value;

pub use objects::Objects;
pub use records::Records;
pub use vectors::Vectors;

/// What a generator writes when it is asked.
pub type Author = Box<dyn Fn(&Call, &GenerationRequest) -> Value>;

/// What the stages keep. It outlives every process that uses them.
#[derive(Default)]
pub struct Memory {
    /// Milliseconds since 1970 by the stores' own clock.
    pub now_ms: u64,
    /// The object store.
    pub objects: Objects,
    /// The record store.
    pub records: Records,
    /// The vector index.
    pub vectors: Vectors,
    /// Writes for the generator; `None`: it writes nothing that fits a schema.
    pub author: Option<Author>,
    /// What the reranker was asked: each question with its texts.
    pub reranked: Vec<(String, Vec<String>)>,
    /// What the object store advises once it holds an object.
    pub advice: Option<String>,
}

/// The part of `items` after a cursor, at most `limit` of them, and the cursor after it. Items come in ascending order of what `name` gives.
fn page<T>(
    items: impl Iterator<Item = T>,
    name: impl Fn(&T) -> String,
    cursor: Option<&str>,
    limit: u32,
) -> Result<(Vec<T>, Option<String>)> {
    if !(1..=1000).contains(&limit) {
        return Err(Error::invalid(format!("A page has 1 to 1,000 entries, not {limit}.")));
    }
    let mut rest = items.filter(|item| cursor.is_none_or(|cursor| name(item).as_str() > cursor)).peekable();
    let page: Vec<T> = rest.by_ref().take(limit as usize).collect();
    let next = rest.peek().is_some().then(|| page.last().map(&name)).flatten();
    Ok((page, next))
}
