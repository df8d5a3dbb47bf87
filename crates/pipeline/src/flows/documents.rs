//! Documents as the ledger has them: listing, deleting, resuming.

use layout::{DocumentId, DocumentRef, Kind, RelationshipId};

use super::{Durability, Outcome};
use crate::indexing::{Indexed, Workshop};
use crate::ledger::{Document, Status, TABLE};
use crate::stages::{
    Call, Filter, ObjectStore, Order, RecordStore, RowQuery, Section, Selection, Stages, VectorIndex,
};
use crate::transcript::Transcript;
use crate::{Environment, Error, Pipeline, Result, collect};

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
    /// # Errors
    /// A stage's error; the tombstone stays, searches no longer show the document, and deleting again goes on.
    pub async fn delete(&self, call: &Call, reference: &DocumentRef) -> Result<()> {
        let id = reference.document_id();
        let Some(mut document) = self.find(call, id.as_str()).await? else {
            return Ok(());
        };
        document.status = Status::Deleting;
        self.advance(call, &mut document).await?;
        if let Some(namespace) = reference.kind().namespace() {
            let all = Selection::Filters(vec![Filter::eq("document_id", id.as_str())]);
            self.stages.vectors().delete(call, namespace, all).await?;
        }
        self.stages.objects().delete(call, reference.key().as_str()).await?;
        self.clear_product_row(call, reference).await?;
        self.stages.records().delete(call, TABLE, vec![Filter::eq("id", id.as_str())]).await?;
        Ok(())
    }

    /// Does what is missing of a document, from its stored file. A document that is complete, by the stages composed now, is left alone.
    ///
    /// # Errors
    /// `conflict` when the upload never completed, so that there is no file to go on from: its row is removed, and the file must be sent again.
    pub async fn resume(&self, call: &Call, document: Document) -> Result<Option<Outcome>> {
        let reference = document.document_ref()?;
        if document.status == Status::Deleting {
            self.delete(call, &reference).await?;
            return Ok(None);
        }
        let extracted = matches!(reference.kind(), Kind::Profile | Kind::Handbook);
        let workshop = self.workshop(call, extracted).await?;
        let object = match self.stages.objects().get(call, reference.key().as_str(), Default::default()).await
        {
            Ok(object) => object,
            Err(error) if error.code() == "not-found" => {
                self.take_back(call, &document, None).await?;
                return Err(Error::conflict(
                    "The upload never completed, so there is nothing to resume. Send the file again.",
                ));
            }
            Err(error) => return Err(error),
        };
        let size = object.info.size;
        let sha256 = match object.info.sha256 {
            Some(sha256) => sha256,
            None => hash(object.body).await?,
        };
        if super::store::is_current(&document, &sha256, &workshop) {
            self.remove_old_vectors(call, &reference, &document).await?;
            return Ok(Some(Outcome {
                document,
                durability: Durability::Complete,
                created: false,
                unchanged: true,
            }));
        }
        let mut next = self.begin(call, &reference, Some(&document)).await?;
        next.sha256 = Some(sha256);
        next.size = Some(size);
        let computed = self.recompute(call, &reference, &workshop).await;
        self.finish(call, &reference, next, false, computed, &workshop).await.map(Some)
    }

    async fn recompute(
        &self,
        call: &Call,
        reference: &DocumentRef,
        workshop: &Workshop,
    ) -> Result<Option<Indexed>> {
        let sections = match reference.kind() {
            Kind::Profile | Kind::Handbook => {
                return self.compute_stored(call, reference, workshop).await.map(Some);
            }
            Kind::RepairPlan => return Ok(None),
            Kind::Transcript => {
                Transcript::parse(&self.read(call, reference).await?, self.settings.max_turns)?.sections()
            }
            Kind::Analysis => self.generated_sections(call, reference).await?,
        };
        self.compute(call, reference.kind(), sections, workshop).await.map(Some)
    }

    async fn generated_sections(&self, call: &Call, reference: &DocumentRef) -> Result<Vec<Section>> {
        let stored: serde_json::Value = serde_json::from_slice(&self.read(call, reference).await?)
            .map_err(|_| Error::failed("The stored document is not JSON. Generate it again."))?;
        Ok(super::generate::text_sections(stored.get("content").unwrap_or(&serde_json::Value::Null)))
    }

    async fn read(&self, call: &Call, reference: &DocumentRef) -> Result<Vec<u8>> {
        let object = self.stages.objects().get(call, reference.key().as_str(), Default::default()).await?;
        collect(object.body, self.settings.max_transcript_bytes, "The stored document").await
    }
}

async fn hash(mut body: crate::ByteStream) -> Result<String> {
    use futures::StreamExt;
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    while let Some(chunk) = body.next().await {
        hasher.update(chunk?);
    }
    Ok(hex::encode(hasher.finalize()))
}
