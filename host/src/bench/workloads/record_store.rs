use anyhow::{Result, ensure};
use serde_json::json;

use crate::bench::workload::{Benched, Call, Unit, Workload, step};
use crate::conformance::bindings::record_store::RecordStoreStage;
use crate::conformance::bindings::record_store::exports::serene::record_store::record_store::OnConflict;
use crate::conformance::lab::{Answer, attempt};
use crate::conformance::record_store::rows;

impl Benched for RecordStoreStage {
    fn workloads() -> Vec<Workload<Self>> {
        vec![
            Workload::new("upsert-1-row", "changes one row", step!(upsert, 1))
                .of(1, Unit::Rows)
                .cleared_by(step!(clear)),
            Workload::new("upsert-100-rows", "changes 100 rows", step!(upsert, 100))
                .of(100, Unit::Rows)
                .cleared_by(step!(clear)),
            Workload::new("select-100-rows", "reads 100 rows in order", step!(select, 100))
                .of(100, Unit::Rows)
                .after(step!(upsert, 100))
                .cleared_by(step!(clear)),
        ]
    }
}

/// The same rows with another value.
async fn upsert(call: &Call<'_, RecordStoreStage>, count: u32) -> Result<Answer<()>> {
    let rows = rows(call.session, "bench");
    let changed: Vec<_> = (0..count)
        .map(|n| rows.row(&format!("{n:04}"), json!({ "filename": format!("{}.pdf", call.n) })))
        .collect();
    for changed in changed.chunks(call.limits.most()) {
        attempt!(rows.upsert(changed, OnConflict::Merge).await?);
    }
    Ok(Ok(()))
}

async fn select(call: &Call<'_, RecordStoreStage>, count: usize) -> Result<Answer<()>> {
    let rows = rows(call.session, "bench");
    let (mut query, mut found) = (rows.query(), 0);
    loop {
        let page = attempt!(rows.select(query.clone()).await?);
        found += page.rows.len();
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    ensure!(found == count, "of {count} rows, {found} were read");
    Ok(Ok(()))
}

async fn clear(call: &Call<'_, RecordStoreStage>) -> Result<Answer<()>> {
    let rows = rows(call.session, "bench");
    Ok(rows.delete(rows.all()).await?.map(drop))
}
