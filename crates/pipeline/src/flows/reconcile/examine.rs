//! One row of the ledger beside what the other stores hold of its document.

use layout::{DocumentRef, Kind};
use serde_json::Value;

use super::heal::{Found, Plan};
use super::{Drift, Subject};
use crate::flows::documents::{UNVERIFIED, is_extracted};
use crate::indexing::Workshop;
use crate::ledger::{Document, Status};
use crate::stages::{Call, ObjectInfo, Row, Stages, VectorIndex};
use crate::{Environment, Error, Pipeline, Result, Stage};

/// What [`Pipeline::examine`] found out about a row.
pub(super) struct Examined {
    /// The row's id.
    pub(super) id: String,
    /// Whether the row may belong to a request that still runs, and was not looked at.
    pub(super) is_recent: bool,
    /// What disagrees with it.
    pub(super) found: Vec<Found>,
}

/// The stages composed now, for the kinds that are extracted and for those that are text already.
pub(super) struct Workshops {
    extracted: Workshop,
    text: Workshop,
}

impl Workshops {
    const fn of(&self, kind: Kind) -> &Workshop {
        if is_extracted(kind) { &self.extracted } else { &self.text }
    }
}

/// Ids a page when a document's vectors are listed, and the most pages. Bounds what is held of one document.
const IDS_PAGE: u32 = 1000;
const MAX_ID_PAGES: usize = 100;

/// The ids of a document's vectors.
#[derive(Default)]
struct Held {
    /// How many are of the committed revision.
    current: u64,
    /// One more than the highest place among those.
    places: u64,
    /// Whether there are any of other revisions.
    has_old: bool,
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    pub(super) async fn workshops(&self, call: &Call) -> Result<Workshops> {
        let (extracted, text) = futures::try_join!(self.workshop(call, true), self.workshop(call, false))?;
        Ok(Workshops { extracted, text })
    }

    pub(super) async fn examine(
        &self,
        call: &Call,
        row: &Row,
        cutoff_ms: u64,
        workshops: &Workshops,
    ) -> Examined {
        let id = row.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let seen = |is_recent, found| Examined { id: id.clone(), is_recent, found };
        let Some((document, reference)) = read(row) else {
            let subject = Subject { document_id: Some(id.clone()), ..Subject::default() };
            let plan = Plan::Leave(
                "This row of the ledger is none that Serene writes: its key, ids and times do not fit. Remove or mend it."
                    .to_owned(),
            );
            return seen(false, vec![Found { drift: Drift::UnreadableRow, subject, plan }]);
        };
        if document.updated_ms().is_some_and(|updated| updated > cutoff_ms) {
            return seen(true, Vec::new());
        }
        let compared = self.compare(call, &document, &reference, workshops).await;
        let compared = compared.unwrap_or_else(|error| vec![(Drift::Unchecked, Plan::Report(error))]);
        let found = compared.into_iter().map(|(drift, plan)| Found {
            drift,
            subject: Subject::from(&reference),
            plan,
        });
        seen(false, found.collect())
    }

    async fn compare(
        &self,
        call: &Call,
        document: &Document,
        reference: &DocumentRef,
        workshops: &Workshops,
    ) -> Result<Vec<(Drift, Plan)>> {
        if document.status == Status::Deleting {
            return Ok(vec![(Drift::UnfinishedDelete, Plan::FinishDelete(Box::new(document.clone())))]);
        }
        let object = self.object(call, reference).await?;
        if document.is_migrating() && object.is_some() {
            return Ok(vec![(Drift::Unfinished, Plan::Leave(UNVERIFIED.to_owned()))]);
        }
        let mut found = Vec::new();
        found.extend(match &object {
            Some(object) => self.compare_file(call, document, reference, object, workshops).await?,
            None => Some(without_object(document)),
        });
        match found.first() {
            // These see to the rest.
            Some((_, Plan::Resume(_) | Plan::Forget(_))) => return Ok(found),
            Some((_, Plan::Reindex(_))) => {
                return self.unless_elsewhere(call, document, reference, found).await;
            }
            _ => {}
        }
        if let Some(namespace) = reference.kind().namespace() {
            let held = self.vectors_held(call, namespace, document).await?;
            if found.is_empty() && held.is_incomplete(document) {
                found.push((Drift::MissingVectors, Plan::Reindex(Box::new(document.clone()))));
                return self.unless_elsewhere(call, document, reference, found).await;
            }
            if held.has_old {
                found.push((Drift::OldVectors, Plan::SweepVectors(reference.clone())));
            }
        }
        if object.is_some() {
            let row = self.product_row(call, reference).await?;
            found.extend(self.compare_row(document, reference, row.as_ref()));
        }
        Ok(found)
    }

    /// What was found, unless the product's row names another place: to index an indexed document again is to write its row, and what an older program has stored
    /// in that place may be newer.
    async fn unless_elsewhere(
        &self,
        call: &Call,
        document: &Document,
        reference: &DocumentRef,
        found: Vec<(Drift, Plan)>,
    ) -> Result<Vec<(Drift, Plan)>> {
        let row = self.product_row(call, reference).await?;
        Ok(match self.compare_row(document, reference, row.as_ref()) {
            Some(other @ (Drift::OtherPath, _)) => vec![other],
            _ => found,
        })
    }

    /// Whether the ledger has the file as it is and as the stages composed now take it.
    async fn compare_file(
        &self,
        call: &Call,
        document: &Document,
        reference: &DocumentRef,
        object: &ObjectInfo,
        workshops: &Workshops,
    ) -> Result<Option<(Drift, Plan)>> {
        // A store that does not know the hash is asked for the bytes. Size and time do not tell one upload from another that overtook it.
        let is_same = document.sha256 == Some(self.sha256_of(call, object).await?);
        let models_are_same = document.models == workshops.of(reference.kind()).models;
        let seen = Box::new(document.clone());
        Ok(match document.status {
            Status::Failed if is_same && models_are_same && is_refused(document) => {
                Some((Drift::Refused, Plan::Leave(refusal(document))))
            }
            Status::Indexed if !is_same => Some((Drift::ChangedObject, Plan::Reindex(seen))),
            Status::Indexed if !models_are_same => Some((Drift::OutdatedIndex, Plan::Reindex(seen))),
            Status::Indexed => None,
            _ => Some((Drift::Unfinished, Plan::Resume(seen))),
        })
    }

    async fn vectors_held(&self, call: &Call, namespace: &str, document: &Document) -> Result<Held> {
        let all = format!("{}.", document.id);
        let current = format!("{all}{}.", document.revision.as_deref().unwrap_or_default());
        let mut held = Held::default();
        let mut cursor = None;
        for _ in 0..MAX_ID_PAGES {
            let page = self.stages.vectors().list(call, namespace, &all, cursor, IDS_PAGE).await?;
            for id in page.ids {
                match id.strip_prefix(&current).and_then(|place| place.parse::<u64>().ok()) {
                    Some(place) => {
                        held.current += 1;
                        held.places = held.places.max(place + 1);
                    }
                    None => held.has_old = true,
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(held);
            }
        }
        let limit = MAX_ID_PAGES as u64 * u64::from(IDS_PAGE);
        Err(Error::too_large("The number of the document's vectors", limit, None).at(Stage::VectorIndex))
    }

    /// Whether the product's row names the document's file.
    fn compare_row(
        &self,
        document: &Document,
        reference: &DocumentRef,
        row: Option<&Row>,
    ) -> Option<(Drift, Plan)> {
        let Some(path) = row.and_then(|row| row.get(reference.kind().path_column())?.as_str()) else {
            return Some((Drift::MissingRow, Plan::WriteRow(Box::new(document.clone()))));
        };
        if self.is_path_of(path, reference) {
            return None;
        }
        let message = "The product's row names another place than the ledger. Should the document there be the one that counts, store it anew; otherwise mend the row. Migrating the storage paths mends one that is an old path.";
        Some((Drift::OtherPath, Plan::Leave(message.to_owned())))
    }
}

impl Held {
    /// Places are counted from 0 without a gap. A document of which no passage was made has none.
    fn is_incomplete(&self, document: &Document) -> bool {
        let was_indexed = document.stages.iter().any(|stage| stage == Stage::VectorIndex.as_str());
        self.current != self.places || (self.current == 0 && was_indexed)
    }
}

/// A row of the ledger, and which document it is of: by its key and by its ids.
fn read(row: &Row) -> Option<(Document, DocumentRef)> {
    let document = Document::from_row(row.clone()).ok()?;
    let reference = document.document_ref().ok()?;
    let fits = reference.document_id().as_str() == document.id
        && reference.relationship().as_str() == document.relationship_id
        && document.updated_ms().is_some();
    fits.then_some((document, reference))
}

/// A document without its file. One that was never acknowledged is forgotten; one that was stays, as its vectors and rows may be all there is left of it, and
/// the file may come back.
fn without_object(document: &Document) -> (Drift, Plan) {
    if !document.is_durable() {
        return (Drift::AbandonedUpload, Plan::Forget(Box::new(document.clone())));
    }
    let is_marked = document.status == Status::Failed
        && document.failed_stage.as_deref() == Some(Stage::ObjectStore.as_str())
        && last_error(document, "code") == Some("not-found");
    let plan = if is_marked {
        Plan::Leave(Error::file_is_gone().message)
    } else {
        Plan::MarkFailed(Box::new(document.clone()))
    };
    (Drift::MissingObject, plan)
}

/// Whether it failed for what its file is.
fn is_refused(document: &Document) -> bool {
    matches!(last_error(document, "code"), Some("invalid" | "too-large"))
}

fn refusal(document: &Document) -> String {
    let reason = last_error(document, "message").unwrap_or("The stages refuse the file.");
    format!("{reason} The file is kept. Store one that can be read, delete it, or compose another stage.")
}

fn last_error<'a>(document: &'a Document, member: &str) -> Option<&'a str> {
    document.last_error.as_ref()?.get(member)?.as_str()
}
