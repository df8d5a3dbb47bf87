use anyhow::Result;

use super::{long_text, texts};
use crate::bench::workload::{Benched, Call, Unit, Workload, step};
use crate::conformance::bindings::reranker::RerankerStage;
use crate::conformance::lab::{Answer, context};
use crate::conformance::reranker::rerank;

/// What a search gives to rerank: passages of this many bytes.
const PASSAGE: usize = 1_600;

impl Benched for RerankerStage {
    fn workloads() -> Vec<Workload<Self>> {
        vec![
            Workload::new("10-texts", "orders 10 texts of about 70 bytes", step!(turns, 10))
                .of(10, Unit::Texts),
            Workload::new("50-passages", "orders 50 passages of 1,600 bytes", step!(passages, 50))
                .of(50, Unit::Texts),
        ]
    }
}

async fn turns(call: &Call<'_, RerankerStage>, count: u32) -> Result<Answer<()>> {
    ordered(call, texts(call.n, count)).await
}

async fn passages(call: &Call<'_, RerankerStage>, count: u32) -> Result<Answer<()>> {
    let start = call.n.wrapping_mul(count);
    ordered(call, (0..count).map(|place| long_text(start.wrapping_add(place), PASSAGE)).collect()).await
}

async fn ordered(call: &Call<'_, RerankerStage>, texts: Vec<String>) -> Result<Answer<()>> {
    let question = format!("Who waited in the garden for {} minutes?", call.n);
    Ok(rerank(call.session, context(), &question, texts, None).await?.map(drop))
}
