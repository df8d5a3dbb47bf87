//! Stages and an old Supabase Storage in memory, any call of which can be told to fail or to be the last one; calls of several runs come in turns.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use futures::executor::LocalPool;
use futures::stream;
use futures::task::LocalSpawnExt as _;
use layout::Bucket;
use pipeline::stages::{Call, OnConflict, PutOptions, Row, WriteCondition};
use pipeline::{
    Environment, Error, ErrorKind, Finding, LegacyFile, LegacyFiles, LegacyInfo, MigrationPage,
    MigrationRequest, Pipeline, ReconcileRequest, Result, Settings,
};
use serde_json::{Value, json};
use simulation::{Memory, Request, Simulated, Wire};

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails and has no effect.
    Refused,
    /// It has its effect, and its answer is lost.
    Unanswered,
    /// The process dies before it.
    CrashBefore,
    /// The process dies after it.
    CrashAfter,
}

pub const FAULTS: [Fault; 4] = [Fault::Refused, Fault::Unanswered, Fault::CrashBefore, Fault::CrashAfter];

/// Everything that outlives a crash.
#[derive(Clone, Default)]
pub struct World(Rc<State>);

#[derive(Default)]
pub struct State {
    pub memory: RefCell<Memory>,
    /// What Supabase Storage has, by bucket and key.
    pub files: RefCell<BTreeMap<(String, String), Bytes>>,
    /// Answers whatever is asked of Supabase Storage with this error.
    pub denies: RefCell<Option<Error>>,
    /// What the object store does to the bytes that it is given.
    pub corrupts: Cell<bool>,
    /// Whether what is read from Supabase Storage breaks off.
    pub breaks: Cell<bool>,
    /// Objects of Supabase Storage that were asked for.
    pub asked: RefCell<Vec<String>>,
    fault: Cell<Option<(usize, Fault)>>,
    calls: Cell<usize>,
    clock: Cell<u64>,
    /// Decides the order in which runs at the same time come to their turns.
    pub turns: Cell<u64>,
}

impl std::ops::Deref for World {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Environment for World {
    fn now_ms(&self) -> u64 {
        self.clock.set(self.clock.get() + 1);
        self.clock.get()
    }

    fn random(&self) -> u128 {
        u128::from(self.now_ms())
    }
}

impl World {
    /// Lets time pass.
    pub fn pass(&self, ms: u64) {
        self.clock.set(self.clock.get() + ms);
    }

    /// Lets a fault happen at the n-th call from now.
    pub fn set(&self, fault: Option<(usize, Fault)>) {
        self.calls.set(0);
        self.fault.set(fault);
    }

    /// Calls since the fault was set.
    pub fn calls(&self) -> usize {
        self.calls.get()
    }

    async fn call<T>(&self, effect: impl FnOnce(&State) -> Result<T>) -> Result<T> {
        self.take_turns().await;
        let n = self.calls.get();
        self.calls.set(n + 1);
        let fault = self.fault.get().filter(|(at, _)| *at == n).map(|(_, fault)| fault);
        match fault {
            Some(Fault::Refused) => return Err(unavailable()),
            Some(Fault::CrashBefore) => std::future::pending::<()>().await,
            _ => {}
        }
        let answer = effect(self);
        match fault {
            Some(Fault::Unanswered) => Err(unavailable()),
            Some(Fault::CrashAfter) => std::future::pending().await,
            _ => answer,
        }
    }

    /// Steps aside now and then, so that others come to their turns.
    async fn take_turns(&self) {
        while self.turns.get() > 0 {
            let next = self.turns.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) | 1;
            self.turns.set(next);
            if next >> 62 == 0 {
                return;
            }
            let mut stepped = false;
            poll_fn(|cx| {
                if stepped {
                    return Poll::Ready(());
                }
                stepped = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }

    pub fn pipeline(&self, storage_bucket: Option<&str>) -> Pipeline<Simulated<Self>, Self> {
        let mut settings = Settings::new(Bucket::default());
        settings.storage_bucket = storage_bucket.map(str::to_owned);
        Pipeline::new(Simulated::new(self.clone()), self.clone(), settings)
    }

    /// Everything that is to be healed, once nothing is too young to be touched.
    pub fn reconcile(&self) -> Vec<Finding> {
        self.pass(100 * 365 * 24 * 3600 * 1000);
        let world = self.clone();
        run(async move {
            let mut request =
                ReconcileRequest { relationship: None, dry_run: false, limit: 1000, cursor: None };
            let mut findings = Vec::new();
            loop {
                let page = world.pipeline(Some("docs")).reconcile(&call(), &request).await.unwrap();
                findings.extend(page.findings);
                request.cursor = page.next;
                if request.cursor.is_none() {
                    return findings;
                }
            }
        })
        .unwrap()
    }

    /// One page, or what a crash leaves of it: `None`.
    pub fn page(&self, request: MigrationRequest) -> Option<Result<MigrationPage>> {
        let world = self.clone();
        run(
            async move { world.pipeline(Some("docs")).migrate_storage_paths(&call(), &world, &request).await },
        )
    }

    /// A whole migration in pages of three rows, as one.
    pub fn migrate(&self, dry_run: bool) -> MigrationPage {
        let mut whole = MigrationPage::default();
        let mut request = MigrationRequest { dry_run, limit: 3, ..everything() };
        for _ in 0..100 {
            let page = self.page(request.clone()).unwrap().unwrap();
            whole.rows.extend(page.rows);
            whole.counts.examined += page.counts.examined;
            whole.counts.current += page.counts.current;
            whole.counts.bytes += page.counts.bytes;
            assert!((0.0..=1.0).contains(&page.progress) && page.progress >= whole.progress);
            whole.progress = page.progress;
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => return whole,
            }
        }
        panic!("the migration does not end")
    }

    /// Puts a file into Supabase Storage.
    pub fn keep(&self, bucket: &str, key: &str, bytes: &[u8]) {
        self.files.borrow_mut().insert((bucket.to_owned(), key.to_owned()), Bytes::copy_from_slice(bytes));
    }

    /// Puts a file into the object store.
    pub fn store(&self, key: &str, bytes: &[u8]) {
        let options = PutOptions {
            content_type: "x/y".to_owned(),
            size: None,
            condition: WriteCondition::Always,
            metadata: Vec::new(),
        };
        self.memory.borrow_mut().objects.put(key, &Bytes::copy_from_slice(bytes), &options, 0).unwrap();
    }

    pub fn stored(&self, key: &str) -> Option<Bytes> {
        self.memory.borrow().objects.bytes(key).cloned()
    }

    /// Writes a row of the product.
    pub fn insert(&self, table: &str, row: &Value) {
        let key: &[&str] = match table {
            "conflicts" => &["relationship_id", "id"],
            "profiles" => &["relationship_id", "kind", "id"],
            "conflict_analysis" => &["relationship_id", "conflict_id"],
            "repair_plans" => &["relationship_id", "conflict_id", "partner_id"],
            _ => &["relationship_id", "user_id"],
        };
        let row = row.as_object().unwrap().clone();
        self.memory.borrow_mut().records.upsert(table, &[row], key, OnConflict::Merge).unwrap();
    }

    /// A conflict with this path of its transcript.
    pub fn conflict(&self, relationship: &str, id: &str, path: &str) {
        let row = json!({
            "relationship_id": relationship, "id": id, "transcript_path": path,
            "created_at": "2025-05-05T05:05:05.000Z", "updated_at": "2025-05-05T05:05:05.000Z",
        });
        self.insert("conflicts", &row);
    }

    pub fn rows(&self, table: &str) -> Vec<Row> {
        self.memory.borrow().records.rows(table).cloned().collect()
    }

    /// The path of a conflict's transcript.
    pub fn path(&self, relationship: &str, id: &str) -> String {
        let rows = self.rows("conflicts");
        let row = rows.iter().find(|row| row["relationship_id"] == relationship && row["id"] == id);
        row.unwrap()["transcript_path"].as_str().unwrap().to_owned()
    }
}

/// A request for a page of everything.
pub fn everything() -> MigrationRequest {
    MigrationRequest { relationship: None, dry_run: false, limit: 1000, cursor: None, max_file_bytes: 1000 }
}

pub fn call() -> Call {
    Call { deadline_ms: u64::MAX / 4, ..Call::default() }
}

/// Runs to the end, or until nothing happens any more.
pub fn run<T: 'static>(work: impl Future<Output = T> + 'static) -> Option<T> {
    let done = Rc::new(RefCell::new(None));
    let end = Rc::clone(&done);
    let mut pool = LocalPool::new();
    pool.spawner().spawn_local(async move { *end.borrow_mut() = Some(work.await) }).unwrap();
    pool.run_until_stalled();
    done.take()
}

impl Wire for World {
    async fn carry<T: 'static>(
        &self,
        Request { what, .. }: Request<'_>,
        effect: impl Fn(&mut Memory) -> Result<T> + 'static,
    ) -> Result<T> {
        let is_put = what.to_string().starts_with("put ");
        self.call(|state| {
            let answer = effect(&mut state.memory.borrow_mut());
            if is_put && state.corrupts.get() {
                let key = what.to_string().split([' ', ',']).nth(1).unwrap().to_owned();
                self.store(&key, b"what the disk made of it");
            }
            answer
        })
        .await
    }
}

impl LegacyFiles for World {
    async fn head(&self, _: &Call, bucket: &str, key: &str) -> Result<Option<LegacyInfo>> {
        let file = self.ask(bucket, key).await?;
        Ok(file.map(|bytes| LegacyInfo { size: Some(bytes.len() as u64) }))
    }

    async fn open(&self, _: &Call, bucket: &str, key: &str, limit: u64) -> Result<Option<LegacyFile>> {
        let Some(bytes) = self.ask(bucket, key).await? else { return Ok(None) };
        if bytes.len() as u64 > limit {
            return Err(Error::too_large("The object, in bytes,", limit, Some(bytes.len() as u64)));
        }
        let size = Some(bytes.len() as u64);
        let mut pieces: Vec<Result<Bytes>> =
            bytes.chunks(5).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        if self.breaks.get() {
            pieces.truncate(pieces.len() / 2);
            pieces.push(Err(unavailable()));
        }
        Ok(Some(LegacyFile { size, body: Box::pin(stream::iter(pieces)) }))
    }
}

impl World {
    async fn ask(&self, bucket: &str, key: &str) -> Result<Option<Bytes>> {
        self.call(|state| {
            state.asked.borrow_mut().push(format!("{bucket}|{key}"));
            match &*state.denies.borrow() {
                Some(error) => Err(error.clone()),
                None => Ok(state.files.borrow().get(&(bucket.to_owned(), key.to_owned())).cloned()),
            }
        })
        .await
    }
}

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable { retry_after_ms: None }, "Told to fail.")
}
