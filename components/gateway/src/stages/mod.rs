//! The composed stages behind the flows' traits: conversions between the contract's types and the flows', nothing else.

mod deadline;
mod error;
mod object_store;
mod record_store;
mod text;
mod vector_index;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use pipeline::stages::{self as flow, Call};
use pipeline::{Error, Stage};

use crate::bindings::serene::types::types as wit;
pub use deadline::Deadline;
use error::plain;
pub use error::{from_reader, from_wit_error, to_wit_error};

/// One of each stage, as composed, with the time each has taken.
#[derive(Default)]
pub struct Composed {
    timings: RefCell<Vec<(Stage, Duration)>>,
}

impl Composed {
    /// How long the stages have taken so far: each stage once, its calls added up.
    pub fn timings(&self) -> Vec<(Stage, Duration)> {
        self.timings.borrow().clone()
    }

    /// Awaits a call of a stage for as long as it may take, and takes its time.
    async fn timed<T>(
        &self,
        stage: Stage,
        call: &Call,
        work: impl Future<Output = Result<T, wit::Error>>,
    ) -> pipeline::Result<T> {
        self.measured(stage, call, async { work.await.map_err(|error| from_wit_error(error, stage)) }).await
    }

    /// The same for a call whose errors are read already.
    async fn measured<T>(
        &self,
        stage: Stage,
        call: &Call,
        work: impl Future<Output = pipeline::Result<T>>,
    ) -> pipeline::Result<T> {
        let start = Instant::now();
        let result = Deadline::of(call).hold(stage, work).await.flatten();
        let took = start.elapsed();
        let mut timings = self.timings.borrow_mut();
        match timings.iter_mut().find(|(s, _)| *s == stage) {
            Some((_, total)) => *total += took,
            None => timings.push((stage, took)),
        }
        result
    }
}

impl flow::Stages for Composed {
    type Objects = Self;
    type Records = Self;
    type Vectors = Self;
    type Extractor = Self;
    type Transformer = Self;
    type Chunker = Self;
    type Embedder = Self;
    type Generator = Self;
    type Reranker = Self;

    fn objects(&self) -> &Self {
        self
    }
    fn records(&self) -> &Self {
        self
    }
    fn vectors(&self) -> &Self {
        self
    }
    fn extractor(&self) -> &Self {
        self
    }
    fn transformer(&self) -> &Self {
        self
    }
    fn chunker(&self) -> &Self {
        self
    }
    fn embedder(&self) -> &Self {
        self
    }
    fn generator(&self) -> &Self {
        self
    }
    fn reranker(&self) -> &Self {
        self
    }
}

/// What a stage is told of a call. The caller's token is not for every stage: see [`context_of_caller`].
fn context(call: &Call) -> wit::Context {
    wit::Context {
        traceparent: call.traceparent.clone(),
        time_left_ms: Deadline::of(call).left_ms(),
        relationship: call.relationship.clone(),
        caller_token: None,
        extras: Vec::new(),
    }
}

/// What a stage is told whose provider decides by row-level security.
fn context_of_caller(call: &Call) -> wit::Context {
    wit::Context { caller_token: call.caller_token.clone(), ..context(call) }
}

fn stage_info(info: wit::StageInfo) -> flow::StageInfo {
    flow::StageInfo {
        name: plain(&info.name),
        version: plain(&info.version),
        extras: error::facts(info.extras),
    }
}

fn filter(filter: flow::Filter) -> wit::Filter {
    use flow::Predicate as P;
    let predicate = match filter.predicate {
        P::Eq(value) => wit::Predicate::Eq(value.to_string()),
        P::Ne(value) => wit::Predicate::Ne(value.to_string()),
        P::Lt(value) => wit::Predicate::Lt(value.to_string()),
        P::Lte(value) => wit::Predicate::Lte(value.to_string()),
        P::Gt(value) => wit::Predicate::Gt(value.to_string()),
        P::Gte(value) => wit::Predicate::Gte(value.to_string()),
        P::OneOf(values) => wit::Predicate::OneOf(values.iter().map(ToString::to_string).collect()),
        P::StartsWith(prefix) => wit::Predicate::StartsWith(prefix),
        P::IsNull => wit::Predicate::IsNull,
        P::IsNotNull => wit::Predicate::IsNotNull,
    };
    wit::Filter { field: filter.field, predicate }
}

fn filters(filters: Vec<flow::Filter>) -> Vec<wit::Filter> {
    filters.into_iter().map(filter).collect()
}

/// A JSON object that a stage returned.
fn object(json: &str, stage: Stage) -> pipeline::Result<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_str(json)
        .map_err(|e| Error::failed(format!("The stage returned what is not a JSON object: {e}.")).at(stage))
}
