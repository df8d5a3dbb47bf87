use anyhow::Result;

use super::{KIB, long_text, texts};
use crate::bench::workload::{Benched, Call, Unit, Workload, step};
use crate::conformance::bindings::chunker::ChunkerStage;
use crate::conformance::bindings::chunker::exports::serene::chunker::chunker::{ChunkOptions, Section};
use crate::conformance::chunker::chunk;
use crate::conformance::lab::{Answer, context};

/// As the gateway asks for them when nothing else is set.
const MAX_TOKENS: u32 = 400;
const OVERLAP_TOKENS: u32 = 60;

impl Benched for ChunkerStage {
    fn workloads() -> Vec<Workload<Self>> {
        vec![
            Workload::new("one-section", "a section of about 70 bytes", step!(turns, 1)).of(1, Unit::Texts),
            Workload::new("100-sections", "100 such turns, joined", step!(turns, 100)).of(100, Unit::Texts),
            Workload::new("long-section", "a section of 64 KiB", step!(long, 64 * KIB))
                .of(64 * 1024, Unit::Bytes),
        ]
    }
}

async fn turns(call: &Call<'_, ChunkerStage>, count: u32) -> Result<Answer<()>> {
    chunked(call, texts(call.n, count), true).await
}

async fn long(call: &Call<'_, ChunkerStage>, bytes: usize) -> Result<Answer<()>> {
    chunked(call, vec![long_text(call.n, bytes)], false).await
}

async fn chunked(
    call: &Call<'_, ChunkerStage>,
    texts: Vec<String>,
    join_sections: bool,
) -> Result<Answer<()>> {
    let section = |(index, text)| Section { index, label: None, text };
    let sections = (0..).zip(texts).map(section).collect();
    let options = ChunkOptions { max_tokens: MAX_TOKENS, overlap_tokens: OVERLAP_TOKENS, join_sections };
    Ok(chunk(call.session, context(), sections, options).await?.map(drop))
}
