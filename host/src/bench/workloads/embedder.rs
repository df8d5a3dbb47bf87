use anyhow::Result;

use super::{long_text, texts};
use crate::bench::workload::{Benched, Call, Unit, Workload, step};
use crate::conformance::bindings::embedder::EmbedderStage;
use crate::conformance::bindings::embedder::exports::serene::embedder::embedder::Purpose;
use crate::conformance::embedder::embed;
use crate::conformance::lab::{Answer, attempt, context};

/// A passage as the chunker makes them by default, in bytes.
const PASSAGE: usize = 1_600;

impl Benched for EmbedderStage {
    fn workloads() -> Vec<Workload<Self>> {
        vec![
            Workload::new("one-question", "a question of about 70 bytes", step!(question)).of(1, Unit::Texts),
            Workload::new("one-passage", "a passage of 1,600 bytes", step!(passages, 1)).of(1, Unit::Texts),
            Workload::new("32-passages", "32 such passages", step!(passages, 32)).of(32, Unit::Texts),
        ]
    }
}

async fn question(call: &Call<'_, EmbedderStage>) -> Result<Answer<()>> {
    Ok(embed(call.session, context(), texts(call.n, 1), Purpose::Query).await?.map(drop))
}

async fn passages(call: &Call<'_, EmbedderStage>, count: u32) -> Result<Answer<()>> {
    let start = call.n.wrapping_mul(count);
    let texts: Vec<_> = (0..count).map(|place| long_text(start.wrapping_add(place), PASSAGE)).collect();
    for texts in texts.chunks(call.limits.most()) {
        attempt!(embed(call.session, context(), texts.to_vec(), Purpose::Document).await?);
    }
    Ok(Ok(()))
}
