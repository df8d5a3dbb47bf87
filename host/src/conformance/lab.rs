//! Where a stage is put to the test: fresh instances, bounded in memory and time.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use wasmtime::component::Accessor;

use super::bindings::types::{Context, Error};
use super::stage::Stage;
use super::{PATIENCE, Subject};
use crate::compose::Import;
use crate::runtime::{Engine, Limits, Loaded, State, Tally};

/// The time left that a call is told of, in milliseconds.
const TIME_LEFT_MS: u64 = 30_000;

/// What a call answers: the result of the contract.
pub(crate) type Answer<T> = Result<T, Error>;

/// Makes instances of one stage.
pub(crate) struct Lab<S> {
    loaded: Loaded,
    imports: Vec<Import>,
    /// Told apart from other runs against the same store.
    run: String,
    /// The longest that the calls to one instance may take together.
    patience: Duration,
    stage: PhantomData<fn() -> S>,
}

impl<S: Stage> Lab<S> {
    /// For a stage that keeps its databases in the folder `scratch`.
    ///
    /// # Errors
    /// When it cannot be composed, compiled or linked.
    pub(crate) fn new(subject: &Subject, engine: &Engine, scratch: &Path, tally: Arc<Tally>) -> Result<Self> {
        let composition = subject.compose()?;
        let loaded = Loaded::new(engine, &composition, subject.grants(scratch)?, Limits::default(), tally)?;
        let run = subject.run_name()?;
        Ok(Self { loaded, imports: composition.imports, run, patience: PATIENCE, stage: PhantomData })
    }

    /// The same, where the calls to one instance may take this long together.
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What the stage imports, and what becomes of it.
    pub(crate) fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// Does some work with an instance of its own.
    ///
    /// # Errors
    /// Those of the work, and what is wrong when the instance cannot be made, traps, or takes too much memory or time.
    pub(crate) async fn with<R>(&self, work: impl AsyncFnOnce(&Session<'_, S>) -> Result<R>) -> Result<R> {
        let mut store = self.loaded.store()?;
        let done = tokio::time::timeout(self.patience, async {
            let began = Instant::now();
            let stage = S::instantiate(self.loaded.pre(), &mut store)
                .await
                .map_err(anyhow::Error::from)
                .context("no instance could be made")?;
            let (instantiation, run) = (began.elapsed(), self.run.as_str());
            store
                .run_concurrent(async |accessor| {
                    work(&Session { accessor, stage: &stage, run, instantiation }).await
                })
                .await
                .map_err(|error| anyhow!("the instance ended: {error:#}"))?
        });
        let done = done.await;
        if let Some(limit) = store.data().refused_memory() {
            bail!("the instance asked for more than {} MiB of memory", limit / (1024 * 1024));
        }
        done.map_err(|_| anyhow!("it did not end within {} seconds", self.patience.as_secs()))?
    }
}

/// One instance of a stage.
pub(crate) struct Session<'a, S> {
    pub(crate) accessor: &'a Accessor<State>,
    pub(crate) stage: &'a S,
    run: &'a str,
    instantiation: Duration,
}

impl<S> Session<'_, S> {
    /// A name that is this run's own, for what a store keeps.
    pub(crate) fn own(&self, name: &str) -> String {
        format!("{}-{name}", self.run)
    }

    /// How long it took to make the instance.
    pub(crate) fn instantiation(&self) -> Duration {
        self.instantiation
    }

    /// Bytes of the instance's linear memories.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.accessor.with(|mut access| access.get().memory_bytes())
    }
}

/// A context as the gateway makes it.
pub(crate) fn context() -> Context {
    Context {
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        time_left_ms: TIME_LEFT_MS,
        relationship: Some("conformance".to_owned()),
        caller_token: None,
        extras: Vec::new(),
    }
}

/// What a call gave, when the stage neither trapped nor ended.
pub(crate) fn answered<T>(function: &str, result: wasmtime::Result<Answer<T>>) -> Result<Answer<T>> {
    result.map_err(|error| anyhow!("`{function}` trapped: {error:#}"))
}

/// The value of an answer; an error of the contract is the answer of the whole.
macro_rules! attempt {
    ($answer:expr) => {
        match $answer {
            Ok(value) => value,
            Err(error) => return Ok(Err(error)),
        }
    };
}

pub(crate) use attempt;
