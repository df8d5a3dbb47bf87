//! The ledger: one row a document in the table `documents`, which says how far it has come.

use layout::DocumentRef;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::stages::{Call, Filter, OnConflict, RecordStore, Row, RowQuery, Stages};
use crate::{Environment, Error, Pipeline, Result};

pub(crate) const TABLE: &str = "documents";

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
    /// Which passages a search may show: made of the content's hash and the stages that computed them.
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
    /// What computed it: stage to fingerprint.
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

    fn from_row(row: Row) -> Result<Self> {
        serde_json::from_value(Value::Object(row))
            .map_err(|e| Error::failed(format!("A row of the table {TABLE} cannot be read: {e}.")))
    }
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

    /// Writes the intent to store a document, and returns its row as it now is.
    pub(crate) async fn begin(
        &self,
        call: &Call,
        document: &DocumentRef,
        existing: Option<&Document>,
    ) -> Result<Document> {
        let now = self.timestamp();
        let attempt = format!("{:032x}", self.environment.random());
        if let Some(existing) = existing {
            if existing.status == Status::Deleting {
                return Err(Error::conflict(
                    "The document is being deleted. Delete it again to finish, then store it anew.",
                ));
            }
            let mut next = existing.clone();
            next.status = Status::Receiving;
            next.attempt = Some(attempt);
            next.attempts += 1;
            next.updated_at = now;
            let changes = row(json!({
                "status": next.status, "attempt": next.attempt, "attempts": next.attempts, "updated_at": next.updated_at,
            }));
            self.stages
                .records()
                .update(call, TABLE, changes, vec![Filter::eq("id", next.id.as_str())])
                .await?;
            return Ok(next);
        }
        let next = Document {
            id: document.document_id().as_str().to_owned(),
            relationship_id: document.relationship().to_string(),
            kind: document.kind().as_str().to_owned(),
            conflict_id: document.conflict().map(ToString::to_string),
            pdf_id: document.pdf().map(ToString::to_string),
            partner_id: document.partner().map(|p| p.as_str().to_owned()),
            key: document.key().as_str().to_owned(),
            path: None,
            status: Status::Receiving,
            failed_stage: None,
            sha256: None,
            size: None,
            content_type: Some(document.kind().content_type().to_owned()),
            filename: None,
            revision: None,
            attempt: Some(attempt),
            attempts: 1,
            stages: Vec::new(),
            models: Map::new(),
            last_error: None,
            created_at: now.clone(),
            updated_at: now,
            indexed_at: None,
        };
        self.write(call, &next).await?;
        Ok(next)
    }

    /// Takes an intent back after the upload was refused: the row is as it was before, or gone.
    pub(crate) async fn take_back(
        &self,
        call: &Call,
        intent: &Document,
        before: Option<&Document>,
    ) -> Result<()> {
        let ours = self.ours(intent);
        match before {
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

    /// Writes the row as it is in memory, unless another attempt has begun since.
    pub(crate) async fn advance(&self, call: &Call, document: &mut Document) -> Result<()> {
        document.updated_at = self.timestamp();
        let mut changes = row(serde_json::to_value(&*document).unwrap_or_default());
        for fixed in ["id", "created_at", "attempt"] {
            changes.remove(fixed);
        }
        let changed = self.stages.records().update(call, TABLE, changes, self.ours(document)).await?;
        if changed == 0 {
            return Err(Error::conflict(
                "Another request has written or deleted this document in the meantime. Read it again before going on.",
            )
            .with("reason", "superseded"));
        }
        Ok(())
    }

    async fn write(&self, call: &Call, document: &Document) -> Result<()> {
        let row = row(serde_json::to_value(document).unwrap_or_default());
        self.stages.records().upsert(call, TABLE, &[row], &["id"], OnConflict::Merge).await?;
        Ok(())
    }

    fn ours(&self, document: &Document) -> Vec<Filter> {
        let mut filters = vec![Filter::eq("id", document.id.as_str())];
        match &document.attempt {
            Some(attempt) => filters.push(Filter::eq("attempt", attempt.as_str())),
            None => filters.push(Filter::is_null("attempt")),
        }
        filters
    }
}
