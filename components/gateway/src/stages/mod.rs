//! The composed stages behind the flows' traits: conversions between the contract's types and the flows', nothing else.

mod object_store;
mod record_store;
mod text;
mod vector_index;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use pipeline::stages::{self as flow, Call};
use pipeline::{Error, ErrorKind, Stage};

use crate::bindings::serene::types::types as wit;
use crate::now_ms;

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

    /// Awaits a call of a stage, and takes its time.
    async fn timed<T>(
        &self,
        stage: Stage,
        call: impl Future<Output = Result<T, wit::Error>>,
    ) -> pipeline::Result<T> {
        let start = Instant::now();
        let result = call.await;
        let took = start.elapsed();
        let mut timings = self.timings.borrow_mut();
        match timings.iter_mut().find(|(s, _)| *s == stage) {
            Some((_, total)) => *total += took,
            None => timings.push((stage, took)),
        }
        result.map_err(|error| from_wit_error(error, stage))
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
        time_left_ms: call.deadline_ms.saturating_sub(now_ms()),
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
    flow::StageInfo { name: info.name, version: info.version, extras: info.extras }
}

pub fn from_wit_error(error: wit::Error, stage: Stage) -> Error {
    use wit::Error as W;
    let (kind, fault) = match error {
        W::Invalid(fault) => (ErrorKind::Invalid, fault),
        W::NotFound(fault) => (ErrorKind::NotFound, fault),
        W::Conflict(fault) => (ErrorKind::Conflict, fault),
        W::Denied(fault) => (ErrorKind::Denied, fault),
        W::TooLarge(fault) => (ErrorKind::TooLarge, fault),
        W::RateLimited(wit::PassingFault { fault, retry_after_ms }) => {
            (ErrorKind::RateLimited { retry_after_ms }, fault)
        }
        W::Unavailable(wit::PassingFault { fault, retry_after_ms }) => {
            (ErrorKind::Unavailable { retry_after_ms }, fault)
        }
        W::TimedOut(fault) => (ErrorKind::TimedOut, fault),
        W::Misconfigured(fault) => (ErrorKind::Misconfigured, fault),
        W::Failed(fault) => (ErrorKind::Failed, fault),
        W::Other(wit::OpenFault { code, retryable, http_status, fault }) => {
            (ErrorKind::Other { code, retryable, http_status }, fault)
        }
    };
    let wit::Fault { message, provider_status, mut extras } = fault;
    // An error that a body carried through a stage is not that stage's own.
    let stage = match extras.iter().position(|(name, _)| name == CARRIED) {
        None => Some(stage),
        Some(at) => {
            let (_, origin) = extras.remove(at);
            Stage::ALL.into_iter().find(|stage| stage.as_str() == origin)
        }
    };
    Error { kind, stage, message, provider_status, extras }
}

/// Marks an error on its way through a stage, with the stage it is from, so that it comes back as what it was.
const CARRIED: &str = "from-the-caller";

pub fn to_wit_error(error: Error) -> wit::Error {
    use wit::Error as W;
    let Error { kind, stage, message, provider_status, mut extras } = error;
    let origin = stage.map_or_else(String::new, |stage| stage.as_str().to_owned());
    extras.push((CARRIED.to_owned(), origin));
    let fault = wit::Fault { message, provider_status, extras };
    match kind {
        ErrorKind::Invalid => W::Invalid(fault),
        ErrorKind::NotFound => W::NotFound(fault),
        ErrorKind::Conflict => W::Conflict(fault),
        ErrorKind::Denied => W::Denied(fault),
        ErrorKind::TooLarge => W::TooLarge(fault),
        ErrorKind::RateLimited { retry_after_ms } => {
            W::RateLimited(wit::PassingFault { fault, retry_after_ms })
        }
        ErrorKind::Unavailable { retry_after_ms } => {
            W::Unavailable(wit::PassingFault { fault, retry_after_ms })
        }
        ErrorKind::TimedOut => W::TimedOut(fault),
        ErrorKind::Misconfigured => W::Misconfigured(fault),
        ErrorKind::Failed => W::Failed(fault),
        ErrorKind::Other { code, retryable, http_status } => {
            W::Other(wit::OpenFault { code, retryable, http_status, fault })
        }
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
