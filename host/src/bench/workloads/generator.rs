use anyhow::Result;

use super::long_text;
use crate::bench::workload::{Benched, Call, Workload, step};
use crate::conformance::bindings::generator::GeneratorStage;
use crate::conformance::generator::{generate, request};
use crate::conformance::lab::{Answer, context};

impl Benched for GeneratorStage {
    fn workloads() -> Vec<Workload<Self>> {
        vec![
            Workload::new("short-message", "sums up 200 bytes", step!(sum_up, 200)),
            Workload::new("long-message", "sums up 8 KiB", step!(sum_up, 8 * super::KIB)),
        ]
    }
}

async fn sum_up(call: &Call<'_, GeneratorStage>, bytes: usize) -> Result<Answer<()>> {
    let asked = request(&long_text(call.n, bytes));
    Ok(generate(call.session, context(), asked).await?.map(drop))
}
