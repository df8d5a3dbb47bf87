//! The ledger: one row a document in the table `documents`, which says how far it has come.
//!
//! Whoever works on a document claims its row first, under a name that is used once: its attempt. From then on every other attempt has lost, whatever it
//! still does, since the ledger takes nothing from it any more.

use layout::DocumentRef;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::stages::{Call, Filter, OnConflict, RecordStore, Row, RowQuery, Stages};
use crate::{Environment, Error, Pipeline, Result};

pub(crate) const TABLE: &str = "documents";

/// How the names of a migration's attempts begin.
pub(crate) const MIGRATION: &str = "migration-";

/// How far a document has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its bytes are on their way; nothing was acknowledged yet.
    Receiving,
    /// Its file is durable.
    Stored,
    /// Everything is done.
    Indexed,
    /// Its file is durable, and a later stage failed: see `failed_stage`.
    Failed,
    /// Being removed.
    Deleting,
}

/// A document's row in the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Made of the key; see [`DocumentRef::document_id`].
    pub id: String,
    /// Whose it is.
    pub relationship_id: String,
    /// What it is, such as `repair-plan`.
    pub kind: String,
    /// The conflict it is about.
    #[serde(default)]
    pub conflict_id: Option<String>,
    /// Which PDF.
    #[serde(default)]
    pub pdf_id: Option<String>,
    /// The partner it is for or about.
    #[serde(default)]
    pub partner_id: Option<String>,
    /// Its object key.
    pub key: String,
    /// Its written path, `s3://bucket/key`.
    #[serde(default)]
    pub path: Option<String>,
    /// How far it has come.
    pub status: Status,
    /// The stage that failed, with status `failed`.
    #[serde(default)]
    pub failed_stage: Option<String>,
    /// SHA-256 of the stored bytes, in lower-case hex.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Stored bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// Media type.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The name the file had with its sender.
    #[serde(default)]
    pub filename: Option<String>,
    /// Which vectors a search may show: the name of the attempt that made them.
    #[serde(default)]
    pub revision: Option<String>,
    /// Names the newest attempt to write it: an older one that finds another name here has lost.
    #[serde(default)]
    pub attempt: Option<String>,
    /// Attempts so far.
    #[serde(default)]
    pub attempts: u32,
    /// Stages finished in the newest attempt.
    #[serde(default)]
    pub stages: Vec<String>,
    /// What computed it, or with status `failed` could not: stage to fingerprint.
    #[serde(default)]
    pub models: Map<String, Value>,
    /// The newest failure: `stage`, `code`, `message`, `retryable`.
    #[serde(default)]
    pub last_error: Option<Value>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// RFC 3339.
    #[serde(default)]
    pub indexed_at: Option<String>,
}

impl Document {
    /// Which document it is.
    ///
    /// # Errors
    /// `failed` when the ledger's key is none of the layout: somebody else wrote it.
    pub fn document_ref(&self) -> Result<DocumentRef> {
        DocumentRef::parse_key(&self.key)
            .map_err(|_| Error::failed(format!("The ledger row {} has a key outside the layout.", self.id)))
    }

    /// The row of a document of which nothing is stored yet.
    pub(crate) fn new(document: &DocumentRef, status: Status, now: String) -> Self {
        Self {
            id: document.document_id().as_str().to_owned(),
            relationship_id: document.relationship().to_string(),
            kind: document.kind().as_str().to_owned(),
            conflict_id: document.conflict().map(ToString::to_string),
            pdf_id: document.pdf().map(ToString::to_string),
            partner_id: document.partner().map(|p| p.as_str().to_owned()),
            key: document.key().as_str().to_owned(),
            path: None,
            status,
            failed_stage: None,
            sha256: None,
            size: None,
            content_type: Some(document.kind().content_type().to_owned()),
            filename: None,
            revision: None,
            attempt: None,
            attempts: 0,
            stages: Vec::new(),
            models: Map::new(),
            last_error: None,
            created_at: now.clone(),
            updated_at: now,
            indexed_at: None,
        }
    }

    /// Whether its file was ever known to be stored: whether it may have been acknowledged.
    pub(crate) const fn is_durable(&self) -> bool {
        self.path.is_some()
    }

    /// Whether a migration has begun to copy its file and has not verified the copy. Only another migration can go on: it has the file to compare with.
    pub(crate) fn is_migrating(&self) -> bool {
        let by_migration = self.attempt.as_ref().is_some_and(|attempt| attempt.starts_with(MIGRATION));
        by_migration && self.status == Status::Receiving && !self.is_durable()
    }

    /// When it was last written, in milliseconds since 1970; `None` when the row does not say.
    pub(crate) fn updated_ms(&self) -> Option<u64> {
        millis(&self.updated_at)
    }

    pub(crate) fn from_row(row: Row) -> Result<Self> {
        serde_json::from_value(Value::Object(row))
            .map_err(|e| Error::failed(format!("A row of the table {TABLE} cannot be read: {e}.")))
    }

    fn to_row(&self) -> Row {
        row(serde_json::to_value(self).unwrap_or_default())
    }

    /// Everything but the id, which stays.
    fn to_changes(&self) -> Row {
        let mut changes = self.to_row();
        changes.remove("id");
        changes
    }

    /// The row, while the newest attempt is the one seen here.
    fn of_this_attempt(&self) -> Vec<Filter> {
        let attempt = match &self.attempt {
            Some(attempt) => Filter::eq("attempt", attempt.as_str()),
            None => Filter::is_null("attempt"),
        };
        vec![Filter::eq("id", self.id.as_str()), attempt]
    }

    /// The row, while it is as it is here: an attempt writes no two that have the same status.
    fn as_seen(&self) -> Vec<Filter> {
        let mut filters = self.of_this_attempt();
        filters.push(Filter::eq("status", status_value(self.status)));
        filters
    }
}

/// One try to bring a document into the stores.
pub(crate) struct Attempt {
    /// The ledger's row as this attempt has written it.
    pub(crate) document: Document,
    /// What was there before; `None` for a new document.
    pub(crate) before: Option<Document>,
    /// Attempts that have lost to this one: their vectors go when it is committed.
    pub(crate) lost: Vec<String>,
}

/// An error as the ledger keeps it.
pub(crate) fn error_value(error: &Error) -> Value {
    json!({
        "stage": error.stage.map(crate::Stage::as_str),
        "code": error.code(),
        "message": error.message,
        "retryable": error.is_retryable(),
    })
}

/// A row from a JSON object literal.
pub(crate) fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

/// What an attempt is told that has lost.
pub(crate) fn superseded() -> Error {
    Error::conflict(
        "Another request has written or deleted this document in the meantime. Read it again before going on.",
    )
    .with("reason", "superseded")
}

pub(crate) fn is_superseded(error: &Error) -> bool {
    error.extra("reason") == Some("superseded")
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// The ledger's row of a document.
    pub(crate) async fn find(&self, call: &Call, id: &str) -> Result<Option<Document>> {
        let query = RowQuery { filters: vec![Filter::eq("id", id)], limit: 1, ..RowQuery::default() };
        let page = self.stages.records().select(call, TABLE, query).await?;
        page.rows.into_iter().next().map(Document::from_row).transpose()
    }

    pub(crate) async fn select_documents(
        &self,
        call: &Call,
        query: RowQuery,
    ) -> Result<(Vec<Document>, Option<String>)> {
        let page = self.stages.records().select(call, TABLE, query).await?;
        let documents = page.rows.into_iter().map(Document::from_row).collect::<Result<_>>()?;
        Ok((documents, page.next))
    }

    /// Makes `next` the ledger's row of a document under a new attempt, provided that the row still is the one `seen`.
    ///
    /// # Errors
    /// `conflict` when it is not.
    pub(crate) async fn claim(
        &self,
        call: &Call,
        seen: Option<&Document>,
        next: Document,
    ) -> Result<Document> {
        self.claim_as(call, seen, next, "").await
    }

    /// The same, by a writer whose attempts' names begin in a way of their own.
    pub(crate) async fn claim_as(
        &self,
        call: &Call,
        seen: Option<&Document>,
        mut next: Document,
        writer: &str,
    ) -> Result<Document> {
        next.attempt = Some(format!("{writer}{:032x}", self.environment.random()));
        next.attempts += 1;
        next.updated_at = self.timestamp();
        let records = self.stages.records();
        let claimed = match seen {
            Some(seen) => records.update(call, TABLE, next.to_changes(), seen.as_seen()).await?,
            None => records.upsert(call, TABLE, &[next.to_row()], &["id"], OnConflict::Keep).await?,
        };
        // A stage that had to ask its provider twice may have met its own first try.
        if claimed == 0 && self.find(call, &next.id).await?.is_none_or(|row| row.attempt != next.attempt) {
            return Err(superseded());
        }
        Ok(next)
    }

    /// Writes the intent to store a document.
    pub(crate) async fn begin(
        &self,
        call: &Call,
        document: &DocumentRef,
        seen: Option<Document>,
    ) -> Result<Attempt> {
        if let Some(tombstone) = seen.as_ref().filter(|document| document.status == Status::Deleting)
            && self.is_recent(tombstone)
        {
            let seconds = self.settings.reconcile_after_ms.div_ceil(1000);
            return Err(Error::conflict(format!(
                "The document is being deleted, or a delete of it broke off. Store it anew once that has ended, {seconds} seconds after it began at the latest.",
            )));
        }
        let before = seen.clone().filter(|document| document.status != Status::Deleting);
        let next = match &before {
            Some(before) => Document { status: Status::Receiving, ..before.clone() },
            None => Document::new(document, Status::Receiving, self.timestamp()),
        };
        let document = self.claim(call, seen.as_ref(), next).await?;
        let mut attempt = Attempt { document, before, lost: Vec::new() };
        attempt.lose(seen.as_ref());
        Ok(attempt)
    }

    /// Takes an intent back after the upload was refused: the row is as it was before, or gone.
    pub(crate) async fn take_back(&self, call: &Call, attempt: &Attempt) -> Result<()> {
        let ours = attempt.document.of_this_attempt();
        match &attempt.before {
            Some(before) => {
                let changes = row(json!({
                    "status": before.status, "attempts": before.attempts, "updated_at": before.updated_at,
                }));
                self.stages.records().update(call, TABLE, changes, ours).await?;
            }
            None => _ = self.stages.records().delete(call, TABLE, ours).await?,
        }
        Ok(())
    }

    /// Removes a document's row, unless it has changed since it was seen.
    pub(crate) async fn forget(&self, call: &Call, seen: &Document) -> Result<()> {
        self.stages.records().delete(call, TABLE, seen.as_seen()).await?;
        Ok(())
    }

    /// Writes the row as it is in memory, with its next status. An attempt goes from status to status in one direction, so that a request which is
    /// done again late takes nothing back.
    ///
    /// # Errors
    /// `conflict` when another attempt has begun since.
    pub(crate) async fn advance(&self, call: &Call, document: &mut Document, to: Status) -> Result<()> {
        let mut unchanged = document.of_this_attempt();
        if to != Status::Failed {
            let statuses = [document.status, to].map(status_value);
            unchanged.push(Filter::one_of("status", statuses));
        }
        document.status = to;
        document.updated_at = self.timestamp();
        match self.stages.records().update(call, TABLE, document.to_changes(), unchanged).await? {
            0 => Err(superseded()),
            _ => Ok(()),
        }
    }

    /// Whether requests of the attempt that wrote a row may still be under way.
    pub(crate) fn is_recent(&self, document: &Document) -> bool {
        self.age_ms(document) < self.settings.reconcile_after_ms
    }

    /// Milliseconds since a row was last written; 0 when that is in the future of our clock.
    pub(crate) fn age_ms(&self, document: &Document) -> u64 {
        self.environment.now_ms().saturating_sub(document.updated_ms().unwrap_or_default())
    }
}

impl Attempt {
    /// This attempt has the row that another one had.
    pub(crate) fn lose(&mut self, other: Option<&Document>) {
        self.lost.extend(other.into_iter().flat_map(|row| [&row.attempt, &row.revision]).flatten().cloned());
    }
}

/// An RFC 3339 timestamp in UTC, in milliseconds since 1970.
pub(crate) fn millis(timestamp: &str) -> Option<u64> {
    let since = humantime::parse_rfc3339(timestamp).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

fn status_value(status: Status) -> Value {
    serde_json::to_value(status).unwrap_or_default()
}
