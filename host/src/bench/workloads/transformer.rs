use anyhow::Result;

use super::{KIB, long_text, texts};
use crate::bench::workload::{Benched, Call, Unit, Workload, step};
use crate::conformance::bindings::transformer::TransformerStage;
use crate::conformance::lab::{Answer, attempt, context};
use crate::conformance::transformer::transform;

impl Benched for TransformerStage {
    fn workloads() -> Vec<Workload<Self>> {
        vec![
            Workload::new("one-text", "one turn of about 70 bytes", step!(turns, 1)).of(1, Unit::Texts),
            Workload::new("100-texts", "100 such turns", step!(turns, 100)).of(100, Unit::Texts),
            Workload::new("long-text", "one text of 64 KiB", step!(long, 64 * KIB))
                .of(64 * 1024, Unit::Bytes),
        ]
    }
}

async fn turns(call: &Call<'_, TransformerStage>, count: u32) -> Result<Answer<()>> {
    for texts in texts(call.n, count).chunks(call.limits.most()) {
        attempt!(transform(call.session, context(), "transcript", texts.to_vec()).await?);
    }
    Ok(Ok(()))
}

async fn long(call: &Call<'_, TransformerStage>, bytes: usize) -> Result<Answer<()>> {
    let text = long_text(call.n, bytes);
    Ok(transform(call.session, context(), "handbook", vec![text]).await?.map(drop))
}
