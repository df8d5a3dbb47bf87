//! What the service says of itself.

use http::StatusCode;
use http_api::problem::{Problem, ProblemKind};
use pipeline::Error;
use pipeline::schemas::Schema;
use pipeline::stages::{
    Call, Chunker, Embedder, Extractor, Generator, ObjectStore, RecordStore, Reranker, RowQuery, StageInfo,
    Stages, Transformer, VectorIndex,
};
use serde_json::{Value, json};
use spin_sdk::http::{BoxBody, Response};

use super::Answer;
use crate::request::Exchange;
use crate::{now_ms, respond};

pub fn health() -> Response<BoxBody> {
    respond::json(StatusCode::OK, &json!({ "status": "ok" }))
}

/// How long the stages may take, in milliseconds: whoever probes has the answer before it gives up.
const READY_MS: u64 = 5_000;

/// Asks every stage who it is, and the ledger for a row: ready when all have their settings and the ledger answers.
pub async fn ready(exchange: &Exchange) -> Answer {
    let stages = exchange.flows.stages();
    let deadline_ms = exchange.call.deadline_ms.min(now_ms().saturating_add(READY_MS));
    let call = &Call { deadline_ms, ..exchange.call.clone() };
    let ledger = RowQuery { limit: 1, ..RowQuery::default() };
    let described = futures::try_join!(
        async { ObjectStore::describe(stages.objects(), call).await.map(|i| i.stage) },
        async { RecordStore::describe(stages.records(), call).await.map(|i| i.stage) },
        async { unless_it_passes(VectorIndex::describe(stages.vectors(), call).await.map(|i| i.stage)) },
        async { Extractor::describe(stages.extractor(), call).await.map(|i| i.stage) },
        async { Transformer::describe(stages.transformer(), call).await.map(|i| i.stage) },
        async { Chunker::describe(stages.chunker(), call).await.map(|i| i.stage) },
        async { Embedder::describe(stages.embedder(), call).await.map(|i| i.stage) },
        async { Generator::describe(stages.generator(), call).await.map(|i| i.stage) },
        async { Reranker::describe(stages.reranker(), call).await.map(|i| i.stage) },
        async { stages.records().select(call, "documents", ledger).await },
    );
    let (objects, records, vectors, extractor, transformer, chunker, embedder, generator, reranker, _) =
        described.map_err(respond::error)?;
    let show = |info: StageInfo| json!({ "name": info.name, "version": info.version });
    let stages: Value = json!({
        "object-store": show(objects),
        "record-store": show(records),
        "vector-index": vectors.map_or_else(|error| json!({ "failing": error.message }), show),
        "extractor": show(extractor),
        "transformer": show(transformer),
        "chunker": show(chunker),
        "embedder": show(embedder),
        "generator": show(generator),
        "reranker": show(reranker),
    });
    Ok(respond::json(StatusCode::OK, &json!({ "status": "ready", "stages": stages })))
}

/// A fault of the vector index that passes by itself is no reason to take every instance out of service: files are stored meanwhile, and indexed by
/// resuming.
fn unless_it_passes(info: Result<StageInfo, Error>) -> Result<Result<StageInfo, Error>, Error> {
    match info {
        Err(error) if !error.is_retryable() => Err(error),
        info => Ok(info),
    }
}

pub fn openapi() -> Response<BoxBody> {
    respond::bytes(StatusCode::OK, "application/json", http_api::OPENAPI)
}

pub fn schema(name: &str) -> Answer {
    let schema = Schema::ALL.into_iter().find(|schema| schema.name() == name).ok_or_else(|| {
        let names = Schema::ALL.map(Schema::name).join(", ");
        Problem::new(ProblemKind::NotFound, format!("There is no such schema; there are {names}."))
    })?;
    Ok(respond::bytes(StatusCode::OK, "application/schema+json", schema.text()))
}
