//! Documents as the ledger has them: listing, deleting, resuming.

use layout::{DocumentId, DocumentRef, Kind, RelationshipId};

use serde_json::Value;

use super::generate::text_sections;
use super::store::{Stored, is_current};
use super::{Durability, Outcome};
use crate::indexing::{Indexed, Workshop};
use crate::ledger::{Attempt, Document, Status, error_value};
use crate::stages::{Call, Filter, GetOptions, ObjectStore, Order, RowQuery, Section, Stages};
use crate::transcript::Transcript;
use crate::{Environment, Error, ErrorKind, Pipeline, Result, Stage, collect};

/// Which documents to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only with this status.
    pub status: Option<Status>,
    /// How many a page: 1 to 1,000.
    pub limit: u32,
    /// From the page before.
    pub cursor: Option<String>,
}

/// One page of documents, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentPage {
    /// The documents.
    pub documents: Vec<Document>,
    /// Where the next page starts.
    pub next: Option<String>,
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Lists a relationship's documents.
    ///
    /// # Errors
    /// As `record-store.select`.
    pub async fn documents(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        query: DocumentQuery,
    ) -> Result<DocumentPage> {
        let mut filters = vec![Filter::eq("relationship_id", relationship.to_string())];
        if let Some(kind) = query.kind {
            filters.push(Filter::eq("kind", kind.as_str()));
        }
        if let Some(status) = query.status {
            filters.push(Filter::eq("status", serde_json::to_value(status).unwrap_or_default()));
        }
        let order = ["created_at", "id"]
            .map(|column| Order { column: column.to_owned(), descending: false })
            .to_vec();
        let query =
            RowQuery { columns: Vec::new(), filters, order, limit: query.limit, cursor: query.cursor };
        let (documents, next) = self.select_documents(call, query).await?;
        Ok(DocumentPage { documents, next })
    }

    /// A relationship's document.
    ///
    /// # Errors
    /// `not-found`, also for another relationship's.
    pub async fn document(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        id: &DocumentId,
    ) -> Result<Document> {
        self.find(call, id.as_str())
            .await?
            .filter(|document| document.relationship_id == relationship.to_string())
            .ok_or_else(|| Error::not_found(format!("This relationship has no document {id}.")))
    }

    /// Removes a document: a tombstone first, then its vectors, its object and its rows. Each step can be repeated, so a delete that broke off is finished by
    /// deleting again. Removing what is not there succeeds.
    ///
    /// Nothing can tell a store that a delete of an object or a row is an old one, so a document is stored anew only where none can be under way: the tombstone
    /// of a delete that broke off stays for [`Settings::reconcile_after_ms`](crate::Settings::reconcile_after_ms), also when the delete is finished before that.
    ///
    /// # Errors
    /// `conflict` with the reason `not-migrated` when its file is still in Supabase Storage. A stage's error; the tombstone stays, searches no longer show the document, and deleting again goes on. `conflict` when another request writes or deletes the
    /// document at the same time.
    pub async fn delete(&self, call: &Call, reference: &DocumentRef) -> Result<()> {
        let seen = self.find(call, reference.document_id().as_str()).await?;
        if seen.is_none() && self.object(call, reference).await?.is_none() {
            // A file in Supabase Storage is not ours to remove, and without its path nobody would find it there.
            return self.require_migrated(call, reference).await;
        }
        self.erase(call, reference, seen).await
    }

    /// Deletes a document whose row is the one that was seen.
    pub(crate) async fn erase(
        &self,
        call: &Call,
        reference: &DocumentRef,
        seen: Option<Document>,
    ) -> Result<()> {
        let broke_off =
            seen.as_ref().is_some_and(|row| row.status == Status::Deleting && self.is_recent(row));
        let tombstone = match &seen {
            Some(document) => Document { status: Status::Deleting, revision: None, ..document.clone() },
            None => Document::new(reference, Status::Deleting, self.timestamp()),
        };
        let tombstone = self.claim(call, seen.as_ref(), tombstone).await?;
        self.sweep_vectors(call, reference).await?;
        self.require_time(&tombstone)?;
        self.stages.objects().delete(call, reference.key().as_str()).await?;
        self.require_time(&tombstone)?;
        self.clear_product_row(call, reference).await?;
        if !broke_off {
            self.forget(call, &tombstone).await?;
        }
        Ok(())
    }

    /// The tombstone holds others back for a time. What is asked for in the first half of it has had its effect in the second at the latest.
    fn require_time(&self, tombstone: &Document) -> Result<()> {
        if self.age_ms(tombstone) * 2 < self.settings.reconcile_after_ms {
            return Ok(());
        }
        Err(Error::new(ErrorKind::TimedOut, "The document could not be deleted in time. Delete it again."))
    }

    /// Does what is missing of a document, from its stored file. A document that is complete, by the stages composed now, is left alone.
    ///
    /// # Errors
    /// `conflict` when there is no file to go on from. Of an upload that never completed the row is removed, and the file must be sent again; a document
    /// whose file is gone is marked as failed.
    pub async fn resume(&self, call: &Call, document: Document) -> Result<Option<Outcome>> {
        let reference = &document.document_ref()?;
        if document.status == Status::Deleting {
            // That removal and no other: a document stored anew under the same id since has another row.
            self.erase(call, reference, Some(document)).await?;
            return Ok(None);
        }
        self.redo(call, reference, document, false).await.map(Some)
    }

    /// Does what is missing of a document, or `all` of it, from its stored file.
    pub(crate) async fn redo(
        &self,
        call: &Call,
        reference: &DocumentRef,
        document: Document,
        all: bool,
    ) -> Result<Outcome> {
        if document.is_migrating() {
            return Err(Error::conflict(UNVERIFIED));
        }
        let workshop = self.workshop(call, is_extracted(reference.kind())).await?;
        let object = match self.stages.objects().get(call, reference.key().as_str(), Default::default()).await
        {
            Ok(object) => object,
            Err(error) if error.code() == "not-found" && document.is_durable() => {
                self.mark_gone(call, &document).await?;
                return Err(Error::conflict(Error::file_is_gone().message));
            }
            Err(error) if error.code() == "not-found" => {
                self.forget(call, &document).await?;
                return Err(Error::conflict(
                    "The upload never completed, so there is nothing to resume. Send the file again.",
                ));
            }
            Err(error) => return Err(error),
        };
        let stored = Stored::read(object).await?;
        if !all && is_current(&document, &stored.sha256, &workshop) {
            self.sweep_vectors(call, reference).await?;
            return Ok(Outcome {
                document,
                durability: Durability::Complete,
                created: false,
                unchanged: true,
            });
        }
        let attempt = self.begin(call, reference, Some(document)).await?;
        self.index_stored(call, reference, attempt, stored, &workshop).await
    }

    /// Indexes a document that has begun, from its stored file.
    pub(crate) async fn index_stored(
        &self,
        call: &Call,
        reference: &DocumentRef,
        attempt: Attempt,
        stored: Stored,
        workshop: &Workshop,
    ) -> Result<Outcome> {
        let computed = self.recompute(call, reference, stored.size, &stored.etag, workshop).await;
        let outcome = self.finish(call, reference, attempt, stored, computed, workshop).await?;
        if matches!(outcome.durability, Durability::Complete) {
            // Attempts that died before this one left passages under names that the ledger may have forgotten.
            self.sweep_vectors(call, reference).await?;
        }
        Ok(outcome)
    }

    /// Says in the ledger that a document's file is gone.
    pub(crate) async fn mark_gone(&self, call: &Call, seen: &Document) -> Result<()> {
        let next = Document {
            status: Status::Failed,
            failed_stage: Some(Stage::ObjectStore.as_str().to_owned()),
            last_error: Some(error_value(&Error::file_is_gone())),
            ..seen.clone()
        };
        self.claim(call, Some(seen), next).await.map(|_| ())
    }

    /// Computes a document's passages from its stored file, which must have this etag.
    async fn recompute(
        &self,
        call: &Call,
        reference: &DocumentRef,
        size: u64,
        etag: &str,
        workshop: &Workshop,
    ) -> Result<Option<Indexed>> {
        let sections = match reference.kind() {
            Kind::Profile | Kind::Handbook => {
                return self.compute_stored(call, reference, size, etag, workshop).await.map(Some);
            }
            Kind::RepairPlan => return Ok(None),
            Kind::Transcript => {
                let bytes = self.read(call, reference, etag).await?;
                Transcript::parse(&bytes, self.settings.max_turns)?.sections()
            }
            Kind::Analysis => generated_sections(&self.read(call, reference, etag).await?)?,
        };
        self.compute(call, reference.kind(), sections, workshop).await.map(Some)
    }

    async fn read(&self, call: &Call, reference: &DocumentRef, etag: &str) -> Result<Vec<u8>> {
        let options = GetOptions { if_match: Some(etag.to_owned()), ..GetOptions::default() };
        let object = self.stages.objects().get(call, reference.key().as_str(), options).await?;
        collect(object.body, self.settings.max_transcript_bytes, "The stored document").await
    }
}

/// What is said of a document that a migration has begun to copy.
pub(crate) const UNVERIFIED: &str = "A migration of this document's file broke off before its copy was verified. Migrate the storage paths again.";

/// Whether a document's text comes from the extractor.
pub(crate) const fn is_extracted(kind: Kind) -> bool {
    matches!(kind, Kind::Profile | Kind::Handbook)
}

fn generated_sections(bytes: &[u8]) -> Result<Vec<Section>> {
    let stored: Value = serde_json::from_slice(bytes)
        .map_err(|_| Error::failed("The stored document is not JSON. Generate it again."))?;
    // A file of an older program may be the content alone.
    Ok(text_sections(stored.get("content").unwrap_or(&stored)))
}
