use anyhow::Result;

use crate::bench::workload::{Benched, Call, Unit, Workload, step};
use crate::conformance::bindings::extractor::ExtractorStage;
use crate::conformance::body::File;
use crate::conformance::extractor::{PDF, extract, pdf};
use crate::conformance::lab::{Answer, context};
use crate::conformance::sample;

impl Benched for ExtractorStage {
    fn workloads() -> Vec<Workload<Self>> {
        vec![
            Workload::new("one-page", "a PDF of one page with one line", step!(pages, 1)).of(1, Unit::Pages),
            Workload::new("50-pages", "a PDF of 50 such pages", step!(pages, 50)).of(50, Unit::Pages),
        ]
    }
}

async fn pages(call: &Call<'_, ExtractorStage>, count: u32) -> Result<Answer<()>> {
    let start = call.n.wrapping_mul(count);
    let lines: Vec<_> = (0..count).map(|place| sample::text(start.wrapping_add(place))).collect();
    let file = File::of(pdf(&lines.iter().map(String::as_str).collect::<Vec<_>>()));
    let body = file.body(call.session)?;
    Ok(extract(call.session, context(), PDF, Some(file.size()), body).await?.map(drop))
}
