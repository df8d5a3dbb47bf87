//! The simulated stages, which can be told to fail or to stop for ever at any of their calls.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::cell::{Cell, RefCell, RefMut};
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use layout::{Bucket, DocumentRef};
use pipeline::stages::{Call, Row};
use pipeline::{
    Document, Environment, Error, Outcome, PdfUpload, Pipeline, Result, SearchRequest, Settings, Stage,
    from_bytes,
};
use simulation::{Memory, Request, Simulated, Wire};

/// The flows over these stages.
pub type Flows = Pipeline<Simulated<World>, World>;

/// What happens at the n-th step from now. A call of a stage has two: before its effect and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails and says that it may pass.
    Unavailable(usize),
    /// The call never returns: the process dies there.
    Crash(usize),
    /// The call waits until [`World::release`].
    Hold(usize),
}

/// What the stages keep; outlives any number of crashes.
#[derive(Clone, Default)]
pub struct World(Rc<State>);

#[derive(Default)]
struct State {
    memory: RefCell<Memory>,
    calls: RefCell<Vec<Stage>>,
    fault: Cell<Option<Fault>>,
    model: Cell<u32>,
    yields: Cell<bool>,
    /// By the moment at which they were held.
    held: RefCell<BTreeMap<u64, Waker>>,
    clock: Cell<u64>,
}

impl Environment for World {
    fn now_ms(&self) -> u64 {
        self.pass(1);
        self.0.clock.get()
    }

    fn random(&self) -> u128 {
        u128::from(self.now_ms())
    }
}

impl Wire for World {
    async fn carry<T: 'static>(
        &self,
        Request { stage, .. }: Request<'_>,
        effect: impl Fn(&mut Memory) -> Result<T> + 'static,
    ) -> Result<T> {
        self.turn().await;
        self.0.calls.borrow_mut().push(stage);
        self.step(stage).await?;
        let result = effect(&mut self.memory());
        // A failure or a crash can come between the effect and its acknowledgement.
        self.step(stage).await?;
        result
    }
}

impl World {
    pub fn pipeline(&self) -> Flows {
        let mut stages = Simulated::new(self.clone());
        stages.model = self.0.model.get();
        Pipeline::new(stages, self.clone(), Settings::new(Bucket::default()))
    }

    /// From now on the embedder has another model.
    pub fn set_model(&self, model: u32) {
        self.0.model.set(model);
    }

    /// From now on every call lets other flows go on first.
    pub fn take_turns(&self) {
        self.0.yields.set(true);
    }

    /// Lets other flows go on first, when they take turns.
    pub async fn turn(&self) {
        let mut over = !self.0.yields.get();
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut over, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    pub fn memory(&self) -> RefMut<'_, Memory> {
        let mut memory = self.0.memory.borrow_mut();
        memory.now_ms = self.0.clock.get();
        memory
    }

    pub fn set(&self, fault: Option<Fault>) {
        self.0.fault.set(fault);
    }

    /// Lets the call go on that was held first.
    pub fn release(&self) {
        let held = self.0.held.borrow_mut().pop_first();
        held.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Lets time pass.
    pub fn pass(&self, ms: u64) {
        self.0.clock.set(self.0.clock.get() + ms);
    }

    /// How often a stage was called so far.
    pub fn calls(&self, stage: Stage) -> usize {
        self.0.calls.borrow().iter().filter(|s| **s == stage).count()
    }

    /// Lets the fault happen when its turn has come.
    async fn step(&self, stage: Stage) -> Result<()> {
        let later = |fault: fn(usize) -> Fault, n: usize| self.set(Some(fault(n - 1)));
        match self.0.fault.get() {
            Some(Fault::Unavailable(0)) => {
                self.set(None);
                let kind = pipeline::ErrorKind::Unavailable { retry_after_ms: None };
                return Err(Error::new(kind, "Told to fail.").at(stage));
            }
            Some(Fault::Crash(0)) => std::future::pending().await,
            Some(Fault::Hold(0)) => {
                self.set(None);
                let (since, mut begun) = (self.now_ms(), false);
                std::future::poll_fn(|context| {
                    let mut held = self.0.held.borrow_mut();
                    if std::mem::replace(&mut begun, true) && !held.contains_key(&since) {
                        return Poll::Ready(());
                    }
                    held.insert(since, context.waker().clone());
                    Poll::Pending
                })
                .await;
            }
            Some(Fault::Unavailable(n)) => later(Fault::Unavailable, n),
            Some(Fault::Crash(n)) => later(Fault::Crash, n),
            Some(Fault::Hold(n)) => later(Fault::Hold, n),
            None => {}
        }
        Ok(())
    }

    /// Whether the fault is still to come.
    pub fn fault_is_pending(&self) -> bool {
        self.0.fault.get().is_some()
    }

    pub fn rows_of(&self, table: &str) -> Vec<Row> {
        self.memory().records.rows(table).cloned().collect()
    }

    /// The bytes of a document's object.
    pub fn file(&self, document: &DocumentRef) -> Option<Bytes> {
        self.memory().objects.bytes(document.key().as_str()).cloned()
    }

    /// How many objects and vectors there are.
    pub fn objects(&self) -> usize {
        self.memory().objects.all().count()
    }

    pub fn vectors(&self) -> usize {
        self.memory().vectors.all().count()
    }

    /// Whether nothing is kept at all.
    pub fn is_empty(&self) -> bool {
        self.objects() == 0 && self.vectors() == 0 && self.memory().records.is_empty()
    }

    /// A document's row in the ledger.
    pub fn document(&self, document: &DocumentRef) -> Option<Document> {
        let found = run(self.pipeline().document(&call(), document.relationship(), &document.document_id()));
        found.unwrap().ok()
    }
}

/// Remembers that a future wants to be polled again.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a flow to its end, or to where it waits for ever: `None`.
pub fn run<T>(flow: impl Future<Output = T>) -> Option<T> {
    go_on(pin!(flow))
}

/// Runs a flow on from where it waited.
pub fn go_on<T>(mut flow: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
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

/// Uploads a PDF in small pieces.
pub async fn put(pipeline: &Flows, document: &DocumentRef, bytes: &[u8]) -> Result<Outcome> {
    let pieces: Vec<_> = bytes.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let body: pipeline::ByteStream =
        if pieces.is_empty() { from_bytes(Bytes::new()) } else { Box::pin(futures::stream::iter(pieces)) };
    let upload = PdfUpload { body, size: Some(bytes.len() as u64), filename: None, partner: None };
    pipeline.put_pdf(&call(), document, upload).await
}

pub fn upload(world: &World, document: &DocumentRef, bytes: &[u8]) -> Option<Result<Outcome>> {
    run(put(&world.pipeline(), document, bytes))
}

/// The texts that a search of a relationship shows.
pub fn search(world: &World, relationship: &str, query: &str) -> Vec<String> {
    let request = SearchRequest { query: query.to_owned(), limit: 10, ..SearchRequest::default() };
    let pipeline = world.pipeline();
    let found = run(pipeline.search(&call(), &relationship.parse().unwrap(), request)).unwrap().unwrap();
    found.passages.into_iter().map(|passage| passage.text).collect()
}
