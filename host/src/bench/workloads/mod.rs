//! The work of each interface: something small, as much as a document brings, and something large.

mod chunker;
mod embedder;
mod extractor;
mod generator;
mod object_store;
mod record_store;
mod reranker;
mod transformer;
mod vector_index;

use anyhow::Result;

use super::workload::{Call, Workload, step};
use crate::conformance::lab::{Answer, context};
use crate::conformance::sample;
use crate::conformance::stage::Stage;

/// Bytes in a KiB.
const KIB: usize = 1024;

/// What every interface has: a call that costs next to nothing but being called.
pub(super) fn describe<S: Stage>() -> Workload<S> {
    Workload::new("describe", "what any call costs", step!(described))
}

async fn described<S: Stage>(call: &Call<'_, S>) -> Result<Answer<()>> {
    Ok(S::describe(call.session, context()).await?.map(drop))
}

/// Sentences, other ones for every `n`.
fn texts(n: u32, count: u32) -> Vec<String> {
    let start = n.wrapping_mul(count);
    (0..count).map(|place| sample::text(start.wrapping_add(place))).collect()
}

/// Sentences of this many bytes, the first of which differs with `n`.
fn long_text(n: u32, bytes: usize) -> String {
    let mut text = format!("{} {}", sample::text(n), sample::long(bytes));
    // All of it is ASCII.
    text.truncate(bytes);
    text
}
