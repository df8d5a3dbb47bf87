use anyhow::{Result, ensure};

use super::KIB;
use crate::bench::workload::{Benched, Call, Unit, Workload, step};
use crate::conformance::bindings::object_store::ObjectStoreStage;
use crate::conformance::bindings::object_store::exports::serene::object_store::object_store::PutOptions;
use crate::conformance::body::{self, File};
use crate::conformance::lab::{Answer, attempt};
use crate::conformance::object_store::{WHOLE, options, store};

const SMALL: usize = 64 * KIB;
const LARGE: usize = 16 * KIB * KIB;

impl Benched for ObjectStoreStage {
    fn workloads() -> Vec<Workload<Self>> {
        let workload =
            |name, what, bytes, call| Workload::new(name, what, call).of(bytes as u64, Unit::Bytes);
        vec![
            workload("put-64-kib", "stores 64 KiB", SMALL, step!(put, SMALL))
                .cleared_by(step!(delete, SMALL)),
            workload("get-64-kib", "reads 64 KiB", SMALL, step!(get, SMALL))
                .after(step!(put, SMALL))
                .cleared_by(step!(delete, SMALL)),
            workload("put-16-mib", "stores 16 MiB", LARGE, step!(put, LARGE))
                .cleared_by(step!(delete, LARGE)),
            workload("get-16-mib", "reads 16 MiB", LARGE, step!(get, LARGE))
                .after(step!(put, LARGE))
                .cleared_by(step!(delete, LARGE)),
        ]
    }
}

fn key(call: &Call<'_, ObjectStoreStage>, bytes: usize) -> String {
    call.session.own(&format!("bench-{bytes}"))
}

/// Replaces what was there, by other bytes.
async fn put(call: &Call<'_, ObjectStoreStage>, bytes: usize) -> Result<Answer<()>> {
    let file = File::of(vec![call.n as u8; bytes]);
    let options = PutOptions { size: Some(bytes as u64), ..options() };
    Ok(store(call.session).put(&key(call, bytes), &file, options).await?.map(drop))
}

async fn get(call: &Call<'_, ObjectStoreStage>, bytes: usize) -> Result<Answer<()>> {
    let object = attempt!(store(call.session).get(&key(call, bytes), WHOLE).await?);
    let (read, outcome) = body::read(call.session, object.body).await?;
    if let Some(Err(error)) = outcome {
        return Ok(Err(error));
    }
    ensure!(read.len() == bytes, "of an object of {bytes} bytes, {} were read", read.len());
    Ok(Ok(()))
}

async fn delete(call: &Call<'_, ObjectStoreStage>, bytes: usize) -> Result<Answer<()>> {
    store(call.session).delete(&key(call, bytes)).await
}
