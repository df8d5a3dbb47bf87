use anyhow::{Result, ensure};
use serde_json::json;

use crate::bench::workload::{Benched, Call, Unit, Workload, step};
use crate::conformance::bindings::vector_index::VectorIndexStage;
use crate::conformance::bindings::vector_index::exports::serene::vector_index::vector_index::Selection;
use crate::conformance::lab::{Answer, attempt};
use crate::conformance::vector_index::{index, nearest, vector};

/// How many vectors a query looks through.
const STORED: u32 = 1_000;
/// Numbers in a vector, where both indexes take any number: what the models of the cloud profile give.
const DIMENSIONS: u32 = 1_024;
/// The most ids that one call removes.
const MAX_IDS: usize = 1_000;
/// How many a search asks for.
const TOP_K: u32 = 10;

impl Benched for VectorIndexStage {
    fn workloads() -> Vec<Workload<Self>> {
        vec![
            Workload::new("upsert-1-vector", "stores one vector", step!(upsert, 1))
                .of(1, Unit::Vectors)
                .cleared_by(step!(clear, 1)),
            Workload::new("upsert-100-vectors", "stores 100 vectors", step!(upsert, 100))
                .of(100, Unit::Vectors)
                .cleared_by(step!(clear, 100)),
            Workload::new("query-1000-vectors", "finds the nearest 10 of 1,000 vectors", step!(query))
                .of(STORED.into(), Unit::Vectors)
                .after(step!(upsert, STORED))
                .cleared_by(step!(clear, STORED)),
        ]
    }
}

fn dimensions(call: &Call<'_, VectorIndexStage>) -> u32 {
    call.limits.dimensions().unwrap_or(DIMENSIONS)
}

fn id(place: u32) -> String {
    format!("v{place}")
}

/// Numbers between -1 and 1 that look random: the multiplicative hash of D. E. Knuth, "The Art of Computer Programming", section 6.4.
fn values(seed: u32, dimensions: u32) -> Vec<f32> {
    let number = |place: u32| seed.wrapping_mul(31).wrapping_add(place + 1).wrapping_mul(2_654_435_761);
    (0..dimensions).map(|place| (f64::from(number(place)) / f64::from(u32::MAX) * 2.0 - 1.0) as f32).collect()
}

/// The same vectors with other values.
async fn upsert(call: &Call<'_, VectorIndexStage>, count: u32) -> Result<Answer<()>> {
    let index = index(call.session, "bench");
    let dimensions = dimensions(call);
    let values = |place: u32| values(call.n.wrapping_mul(count).wrapping_add(place), dimensions);
    let vectors: Vec<_> =
        (0..count).map(|place| vector(&id(place), values(place), json!({ "place": place }))).collect();
    for vectors in vectors.chunks(call.limits.most()) {
        attempt!(index.upsert(vectors.to_vec()).await?);
    }
    Ok(Ok(()))
}

async fn query(call: &Call<'_, VectorIndexStage>) -> Result<Answer<()>> {
    let index = index(call.session, "bench");
    let found = attempt!(index.query(nearest(values(call.n, dimensions(call)), TOP_K)).await?);
    ensure!(found.len() == TOP_K as usize, "of {TOP_K} matches, {} were found", found.len());
    Ok(Ok(()))
}

async fn clear(call: &Call<'_, VectorIndexStage>, count: u32) -> Result<Answer<()>> {
    let ids: Vec<_> = (0..count).map(id).collect();
    for ids in ids.chunks(MAX_IDS) {
        attempt!(index(call.session, "bench").delete(Selection::Ids(ids.to_vec())).await?);
    }
    Ok(Ok(()))
}
