//! Stages in memory, which can be told to fail or to stop for ever at any of their calls.

#![allow(dead_code, reason = "each test binary uses its part")]

mod stores;
mod texts;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use layout::{Bucket, DocumentRef};
use pipeline::stages::{Call, Row, Stages, Vector};
use pipeline::{
    Environment, Error, Outcome, PdfUpload, Pipeline, Result, SearchRequest, Settings, Stage, from_bytes,
};

/// What happens at the n-th call from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails and says that it may pass.
    Unavailable(usize),
    /// The call never returns: the process dies there.
    Crash(usize),
}

/// What the stages keep; outlives any number of crashes.
#[derive(Clone, Default)]
pub struct World(Rc<State>);

#[derive(Default)]
pub struct State {
    pub objects: RefCell<BTreeMap<String, Bytes>>,
    pub rows: RefCell<BTreeMap<(String, String), Row>>,
    pub vectors: RefCell<BTreeMap<(String, String), Vector>>,
    /// What the generator writes.
    pub written: RefCell<serde_json::Value>,
    /// What the reranker was asked: the question, and the texts.
    pub reranked: RefCell<Vec<(String, Vec<String>)>>,
    /// What the object store advises once it holds an object.
    pub advice: Cell<Option<&'static str>>,
    calls: RefCell<Vec<Stage>>,
    fault: Cell<Option<Fault>>,
    clock: Cell<u64>,
}

impl Environment for World {
    fn now_ms(&self) -> u64 {
        self.0.clock.set(self.0.clock.get() + 1);
        self.0.clock.get()
    }

    fn random(&self) -> u128 {
        u128::from(self.now_ms())
    }
}

impl std::ops::Deref for World {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl World {
    pub fn pipeline(&self) -> Pipeline<Self, Self> {
        Pipeline::new(self.clone(), self.clone(), Settings::new(Bucket::default()))
    }

    pub fn set(&self, fault: Option<Fault>) {
        self.fault.set(fault);
    }

    /// How often a stage was called so far.
    pub fn calls(&self, stage: Stage) -> usize {
        self.calls.borrow().iter().filter(|s| **s == stage).count()
    }

    /// One call of a stage: counts it, and lets the fault happen when its turn has come.
    pub async fn step(&self, stage: Stage) -> Result<()> {
        self.calls.borrow_mut().push(stage);
        match self.fault.get() {
            Some(Fault::Unavailable(0)) => {
                self.fault.set(None);
                let kind = pipeline::ErrorKind::Unavailable { retry_after_ms: None };
                Err(Error::new(kind, "Told to fail.").at(stage))
            }
            Some(Fault::Crash(0)) => std::future::pending().await,
            Some(Fault::Unavailable(n)) => {
                self.fault.set(Some(Fault::Unavailable(n - 1)));
                Ok(())
            }
            Some(Fault::Crash(n)) => {
                self.fault.set(Some(Fault::Crash(n - 1)));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether the fault is still to come.
    pub fn fault_is_pending(&self) -> bool {
        self.fault.get().is_some()
    }

    pub fn rows_of(&self, table: &str) -> Vec<Row> {
        self.rows.borrow().iter().filter(|((t, _), _)| t == table).map(|(_, row)| row.clone()).collect()
    }
}

/// Remembers that a future wants to be polled again.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a flow to its end, or to the crash that it meets: `None`.
pub fn run<T>(flow: impl Future<Output = T>) -> Option<T> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut flow = pin!(flow);
    while woken.0.swap(false, Ordering::Relaxed) {
        if let Poll::Ready(result) = flow.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(result);
        }
    }
    None
}

pub fn call() -> Call {
    Call::default()
}

pub fn handbook(relationship: &str, pdf: &str) -> DocumentRef {
    DocumentRef::Handbook { relationship: relationship.parse().unwrap(), pdf: pdf.parse().unwrap() }
}

/// A PDF as the extractor in memory reads it: pages between form feeds.
pub fn pdf(pages: &[&str]) -> Vec<u8> {
    format!("%PDF-{}", pages.join("\u{c}")).into_bytes()
}

/// Uploads a PDF in small pieces.
pub fn upload(world: &World, document: &DocumentRef, bytes: &[u8]) -> Option<Result<Outcome>> {
    let pieces: Vec<_> = bytes.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let body: pipeline::ByteStream =
        if pieces.is_empty() { from_bytes(Bytes::new()) } else { Box::pin(futures::stream::iter(pieces)) };
    let upload = PdfUpload { body, size: Some(bytes.len() as u64), filename: None, partner: None };
    let pipeline = world.pipeline();
    run(pipeline.put_pdf(&call(), document, upload))
}

/// The texts that a search of a relationship shows.
pub fn search(world: &World, relationship: &str, query: &str) -> Vec<String> {
    let request = SearchRequest { query: query.to_owned(), limit: 10, ..SearchRequest::default() };
    let pipeline = world.pipeline();
    let found = run(pipeline.search(&call(), &relationship.parse().unwrap(), request)).unwrap().unwrap();
    found.passages.into_iter().map(|passage| passage.text).collect()
}

impl Stages for World {
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
