//! What is done about a drift.

use layout::DocumentRef;

use super::{Action, Drift, Resolution, Subject};
use crate::flows::documents::is_extracted;
use crate::flows::store::Stored;
use crate::ledger::{Document, Status};
use crate::stages::{Call, Filter, ObjectStore, Selection, Stages, VectorIndex};
use crate::{Durability, Environment, Error, Outcome, Pipeline, Result};

/// A drift, and what to do about it.
pub(super) struct Found {
    pub(super) drift: Drift,
    pub(super) subject: Subject,
    pub(super) plan: Plan,
}

/// An [`Action`] with what it needs.
pub(super) enum Plan {
    FinishDelete(Box<Document>),
    Forget(Box<Document>),
    Resume(Box<Document>),
    Reindex(Box<Document>),
    MarkFailed(Box<Document>),
    WriteRow(Box<Document>),
    ClearRow {
        reference: DocumentRef,
        /// The row as it was seen.
        unchanged: Vec<Filter>,
    },
    DeleteVectors {
        namespace: &'static str,
        /// Of documents that the ledger did not know when it was asked after these were listed.
        ids: Vec<String>,
    },
    /// Vectors of a document that are not of its revision.
    SweepVectors(DocumentRef),
    Adopt(DocumentRef),
    /// Nothing: a person must decide.
    Leave(String),
    /// Nothing: it is no drift.
    Ignore(String),
    /// Nothing: it could not be compared.
    Report(Error),
}

impl Plan {
    pub(super) const fn action(&self) -> Action {
        match self {
            Self::FinishDelete(_) => Action::FinishDelete,
            Self::Forget(_) => Action::Forget,
            Self::Resume(_) => Action::Resume,
            Self::Reindex(_) => Action::Reindex,
            Self::MarkFailed(_) => Action::MarkFailed,
            Self::WriteRow(_) => Action::WriteRow,
            Self::ClearRow { .. } => Action::ClearRow,
            Self::DeleteVectors { .. } | Self::SweepVectors(_) => Action::DeleteVectors,
            Self::Adopt(_) => Action::Adopt,
            Self::Leave(_) | Self::Ignore(_) | Self::Report(_) => Action::None,
        }
    }
}

/// The most ids of one call.
const MAX_IDS: usize = 1000;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Does what is planned. A state that is no longer the one seen is somebody else's to change.
    pub(super) async fn heal(&self, call: &Call, plan: Plan) -> Resolution {
        match self.carry_out(call, plan).await {
            Ok(resolution) => resolution,
            Err(error) if error.code() == "conflict" => Resolution::Busy,
            Err(error) => Resolution::Failed(error),
        }
    }

    async fn carry_out(&self, call: &Call, plan: Plan) -> Result<Resolution> {
        match plan {
            Plan::FinishDelete(document) => {
                // That removal and no other: a document stored anew under the same id since has another row.
                self.erase(call, &document.document_ref()?, Some(*document)).await?;
                Ok(Resolution::Healed)
            }
            Plan::Forget(document) => {
                self.forget(call, &document).await?;
                Ok(Resolution::Healed)
            }
            Plan::Resume(document) => {
                self.redo(call, &document.document_ref()?, *document, false).await.map(resolution_of)
            }
            Plan::Reindex(document) => {
                self.redo(call, &document.document_ref()?, *document, true).await.map(resolution_of)
            }
            Plan::MarkFailed(document) => {
                self.mark_gone(call, &document).await?;
                Ok(Resolution::Left(Error::file_is_gone().message))
            }
            Plan::WriteRow(document) => self.write_missing_row(call, &document).await,
            Plan::ClearRow { reference, unchanged } => {
                match self.clear_row(call, &reference, unchanged).await? {
                    0 => Ok(Resolution::Busy),
                    _ => Ok(Resolution::Healed),
                }
            }
            Plan::DeleteVectors { namespace, ids } => {
                for ids in ids.chunks(MAX_IDS) {
                    self.stages.vectors().delete(call, namespace, Selection::Ids(ids.to_vec())).await?;
                }
                Ok(Resolution::Healed)
            }
            Plan::SweepVectors(reference) => {
                self.sweep_vectors(call, &reference).await?;
                Ok(Resolution::Healed)
            }
            Plan::Adopt(reference) => self.adopt(call, &reference).await,
            Plan::Leave(message) => Ok(Resolution::Left(message)),
            Plan::Ignore(message) => Ok(Resolution::Ignored(message)),
            Plan::Report(error) => Err(error),
        }
    }

    async fn write_missing_row(&self, call: &Call, document: &Document) -> Result<Resolution> {
        let reference = document.document_ref()?;
        let written = self.write_product_row(call, &reference, document).await?;
        match self.find(call, &document.id).await? {
            Some(now) if now.attempt == document.attempt && now.status == document.status => {
                Ok(Resolution::Healed)
            }
            Some(now) if now.status != Status::Deleting => Ok(Resolution::Busy),
            // Its removal began after it was looked at, and may be past its row: unless another has been written since, ours goes.
            _ => {
                self.clear_row(call, &reference, vec![Filter::eq("updated_at", written)]).await?;
                Ok(Resolution::Busy)
            }
        }
    }

    /// Makes a stored file a document of the ledger: from here on it is found by searches, and replaced and deleted by its own routes.
    async fn adopt(&self, call: &Call, reference: &DocumentRef) -> Result<Resolution> {
        let key = reference.key();
        let workshop = self.workshop(call, is_extracted(reference.kind())).await?;
        let row = self.product_row(call, reference).await?.unwrap_or_default();
        let mut attempt = self.begin(call, reference, None).await?;
        // From here on no route removes the file without the ledger. What was removed before is not brought back.
        let object = match self.stages.objects().get(call, key.as_str(), Default::default()).await {
            Ok(object) => object,
            Err(error) if error.code() == "not-found" => {
                self.forget(call, &attempt.document).await?;
                return Ok(Resolution::Busy);
            }
            Err(error) => return Err(error),
        };
        let text = |column: &str| row.get(column).and_then(|value| value.as_str()).map(str::to_owned);
        // What an older program knew of the file.
        let document = &mut attempt.document;
        document.filename = text("filename");
        document.partner_id = document.partner_id.take().or_else(|| text("partner_id"));
        document.created_at = text("created_at").unwrap_or_else(|| document.created_at.clone());
        let stored = Stored::read(object).await?;
        self.index_stored(call, reference, attempt, stored, &workshop).await.map(resolution_of)
    }
}

fn resolution_of(outcome: Outcome) -> Resolution {
    match outcome.durability {
        Durability::Stored { error } => Resolution::Failed(error),
        Durability::Complete => Resolution::Healed,
    }
}
