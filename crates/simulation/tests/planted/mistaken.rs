//! Stages that make a mistake of the flows.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures::StreamExt;
use futures::stream::poll_fn;
use pipeline::stages::{
    Call, Filter, GetOptions, IdPage, Match, Nearest, Object, ObjectInfo, ObjectPage, ObjectStore,
    ObjectStoreInfo, OnConflict, PutOptions, RecordStore, RecordStoreInfo, Row, RowPage, RowQuery, Selection,
    SignedMethod, SignedUrl, Stages, Vector, VectorIndex, VectorIndexInfo, WriteCondition,
};
use pipeline::{ByteStream, Result, collect, from_bytes};

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    LedgerOfAnyAttempt,
    PutWhateverIsThere,
    RemoveVectorsOfEveryRevision,
    KeepVectors,
    SearchEveryTenant,
    AcknowledgeBeforeStored,
    CommitBeforeIndexed,
    ForgetAnyRow,
    DeleteWithoutTombstone,
    BelieveDeletesOver,
}

/// The stages, asked for what a mistaken flow asks for.
pub struct Mistaken<S> {
    pub stages: S,
    pub mistake: Mistake,
}

/// The filters without those on these fields.
fn without(filters: Vec<Filter>, fields: &[&str]) -> Vec<Filter> {
    filters.into_iter().filter(|filter| !fields.contains(&filter.field.as_str())).collect()
}

/// Polls a call until what it sends is on its way, and does not wait for the answer.
async fn send<T>(call: impl Future<Output = Result<T>>, sent: impl Fn() -> bool) -> Result<()> {
    let mut call = pin!(call);
    std::future::poll_fn(|context| match call.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(result.map(|_| ())),
        Poll::Pending if sent() => Poll::Ready(Ok(())),
        Poll::Pending => Poll::Pending,
    })
    .await
}

impl<S: Stages> ObjectStore for Mistaken<S> {
    async fn describe(&self, call: &Call) -> Result<ObjectStoreInfo> {
        self.stages.objects().describe(call).await
    }

    async fn put(
        &self,
        call: &Call,
        key: &str,
        body: ByteStream,
        mut options: PutOptions,
    ) -> Result<ObjectInfo> {
        if self.mistake == Mistake::PutWhateverIsThere {
            options.condition = WriteCondition::Always;
        }
        if self.mistake != Mistake::AcknowledgeBeforeStored {
            return self.stages.objects().put(call, key, body, options).await;
        }
        let bytes = collect(body, u64::MAX, "The file").await?;
        let info = ObjectInfo {
            key: key.to_owned(),
            size: bytes.len() as u64,
            etag: "not known yet".to_owned(),
            content_type: options.content_type.clone(),
            modified_ms: 0,
            sha256: None,
            metadata: Vec::new(),
        };
        // The store has asked for the end of the body when it sends what it has read.
        let sent = Arc::new(AtomicBool::new(false));
        let asked = sent.clone();
        let body = from_bytes(bytes).chain(poll_fn(move |_| {
            asked.store(true, Ordering::Relaxed);
            Poll::Ready(None)
        }));
        let put = self.stages.objects().put(call, key, Box::pin(body), options);
        send(put, || sent.load(Ordering::Relaxed)).await?;
        Ok(info)
    }

    async fn get(&self, call: &Call, key: &str, options: GetOptions) -> Result<Object> {
        self.stages.objects().get(call, key, options).await
    }

    async fn head(&self, call: &Call, key: &str) -> Result<ObjectInfo> {
        self.stages.objects().head(call, key).await
    }

    async fn delete(&self, call: &Call, key: &str) -> Result<()> {
        self.stages.objects().delete(call, key).await
    }

    async fn list(
        &self,
        call: &Call,
        prefix: &str,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<ObjectPage> {
        self.stages.objects().list(call, prefix, cursor, limit).await
    }

    async fn presign(&self, call: &Call, method: SignedMethod, key: &str, seconds: u32) -> Result<SignedUrl> {
        self.stages.objects().presign(call, method, key, seconds).await
    }

    async fn redeem(&self, call: &Call, method: SignedMethod, url: &str) -> Result<String> {
        self.stages.objects().redeem(call, method, url).await
    }
}

impl<S: Stages> RecordStore for Mistaken<S> {
    async fn describe(&self, call: &Call) -> Result<RecordStoreInfo> {
        self.stages.records().describe(call).await
    }

    async fn upsert(
        &self,
        call: &Call,
        table: &str,
        rows: &[Row],
        key: &[&str],
        conflict: OnConflict,
    ) -> Result<u32> {
        self.stages.records().upsert(call, table, rows, key, conflict).await
    }

    async fn select(&self, call: &Call, table: &str, query: RowQuery) -> Result<RowPage> {
        let mut page = self.stages.records().select(call, table, query).await?;
        if self.mistake == Mistake::BelieveDeletesOver {
            for row in page.rows.iter_mut().filter(|row| row.get("status") == Some(&"deleting".into())) {
                row.insert("updated_at".to_owned(), "1970-01-01T00:00:00Z".into());
            }
        }
        Ok(page)
    }

    async fn update(&self, call: &Call, table: &str, changes: Row, filters: Vec<Filter>) -> Result<u32> {
        let filters = match self.mistake {
            Mistake::LedgerOfAnyAttempt if table == "documents" => without(filters, &["attempt", "status"]),
            Mistake::DeleteWithoutTombstone if changes.get("status") == Some(&"deleting".into()) => {
                return Ok(1);
            }
            _ => filters,
        };
        self.stages.records().update(call, table, changes, filters).await
    }

    async fn delete(&self, call: &Call, table: &str, filters: Vec<Filter>) -> Result<u32> {
        let filters = match self.mistake {
            Mistake::ForgetAnyRow | Mistake::DeleteWithoutTombstone => {
                without(filters, &["attempt", "status"])
            }
            _ => filters,
        };
        self.stages.records().delete(call, table, filters).await
    }
}

impl<S: Stages> VectorIndex for Mistaken<S> {
    async fn describe(&self, call: &Call) -> Result<VectorIndexInfo> {
        self.stages.vectors().describe(call).await
    }

    async fn upsert(&self, call: &Call, namespace: &str, vectors: &[Vector]) -> Result<()> {
        let upsert = self.stages.vectors().upsert(call, namespace, vectors);
        if self.mistake != Mistake::CommitBeforeIndexed {
            return upsert.await;
        }
        send(upsert, || true).await
    }

    async fn query(&self, call: &Call, namespace: &str, mut nearest: Nearest) -> Result<Vec<Match>> {
        if self.mistake == Mistake::SearchEveryTenant {
            nearest.filters = without(nearest.filters, &["relationship_id"]);
        }
        self.stages.vectors().query(call, namespace, nearest).await
    }

    async fn delete(&self, call: &Call, namespace: &str, selection: Selection) -> Result<()> {
        let selection = match (self.mistake, selection) {
            (Mistake::RemoveVectorsOfEveryRevision, Selection::Filters(filters)) => {
                Selection::Filters(without(filters, &["revision"]))
            }
            (Mistake::KeepVectors, Selection::Ids(_)) => return Ok(()),
            (_, selection) => selection,
        };
        self.stages.vectors().delete(call, namespace, selection).await
    }

    async fn list(
        &self,
        call: &Call,
        namespace: &str,
        prefix: &str,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<IdPage> {
        self.stages.vectors().list(call, namespace, prefix, cursor, limit).await
    }
}

impl<S: Stages> Stages for Mistaken<S> {
    type Objects = Self;
    type Records = Self;
    type Vectors = Self;
    type Extractor = S::Extractor;
    type Transformer = S::Transformer;
    type Chunker = S::Chunker;
    type Embedder = S::Embedder;
    type Generator = S::Generator;
    type Reranker = S::Reranker;

    fn objects(&self) -> &Self {
        self
    }
    fn records(&self) -> &Self {
        self
    }
    fn vectors(&self) -> &Self {
        self
    }
    fn extractor(&self) -> &S::Extractor {
        self.stages.extractor()
    }
    fn transformer(&self) -> &S::Transformer {
        self.stages.transformer()
    }
    fn chunker(&self) -> &S::Chunker {
        self.stages.chunker()
    }
    fn embedder(&self) -> &S::Embedder {
        self.stages.embedder()
    }
    fn generator(&self) -> &S::Generator {
        self.stages.generator()
    }
    fn reranker(&self) -> &S::Reranker {
        self.stages.reranker()
    }
}
