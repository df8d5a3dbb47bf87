//! One row: what its path means, whose file that is, and bringing it over.

use layout::{DocumentRef, Form, Kind, Location, RelationshipId};
use serde_json::Value;

use super::reading::{head_first, old_path};
use super::report::{MigratedRow, MigrationOutcome as Outcome};
use super::{LegacyFiles, MigrationRequest, key_of};
use crate::ledger::{Document, MIGRATION, Status};
use crate::rows::reference_of;
use crate::stages::{Call, Filter, ObjectInfo, RecordStore, Row, RowQuery, Stages};
use crate::{Environment, Error, ErrorKind, Pipeline, Result, Stage};

/// A row of the product whose path is an old one.
pub(super) struct OldRow<'a> {
    pub(super) row: &'a Row,
    pub(super) path: &'a str,
    pub(super) reference: DocumentRef,
    pub(super) location: Location,
}

/// What was done for a row, and the file's size where it was copied.
type Done = (Outcome, Option<u64>);

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Migrates a row; `None` when its path is a new one.
    pub(super) async fn migrate_row(
        &self,
        call: &Call,
        legacy: &impl LegacyFiles,
        request: &MigrationRequest,
        table: Kind,
        row: &Row,
    ) -> Option<MigratedRow> {
        let path = old_path(row, table)?;
        let mut migrated = MigratedRow {
            table: table.table(),
            row: key_of(table, row),
            form: None,
            key: None,
            bytes: None,
            outcome: Outcome::Copied,
        };
        let Some(reference) = reference_of(table.table(), row) else {
            let message = "The ids of this row can be no part of a key, so there is no place for its file.";
            migrated.outcome = Outcome::Failed(Error::invalid(message));
            return Some(migrated);
        };
        migrated.key = Some(reference.key().into());
        let location = match self.old_location(path, reference.kind()) {
            Ok(location) => location,
            Err(error) => {
                migrated.outcome = Outcome::Failed(error);
                return Some(migrated);
            }
        };
        migrated.form = Some(location.form);
        let old = OldRow { row, path, reference, location };
        let call = &Call { relationship: Some(old.reference.relationship().to_string()), ..call.clone() };
        let done = match request.dry_run {
            true => self.foresee(call, legacy, &old).await,
            false => self.bring_over(call, legacy, request, &old).await,
        };
        (migrated.outcome, migrated.bytes) = done.unwrap_or_else(|error| (failure(error), None));
        Some(migrated)
    }

    /// What bringing a row over would come to.
    async fn foresee(&self, call: &Call, legacy: &impl LegacyFiles, old: &OldRow<'_>) -> Result<Done> {
        self.require_own(call, old).await?;
        let seen = self.find(call, old.reference.document_id().as_str()).await?;
        let object = self.object(call, &old.reference).await?;
        if self.has_file(seen.as_ref(), object.as_ref())? || (object.is_some() && old.is_ours(seen.as_ref()))
        {
            return Ok((Outcome::Rewritten, None));
        }
        let storage_bucket = self.settings.storage_bucket.as_deref();
        match head_first(call, legacy, &old.objects(storage_bucket)).await? {
            Some(info) => Ok((Outcome::Copied, info.size)),
            None => Err(old.missing(storage_bucket)),
        }
    }

    async fn bring_over(
        &self,
        call: &Call,
        legacy: &impl LegacyFiles,
        request: &MigrationRequest,
        old: &OldRow<'_>,
    ) -> Result<Done> {
        self.require_own(call, old).await?;
        let seen = self.find(call, old.reference.document_id().as_str()).await?;
        let object = self.object(call, &old.reference).await?;
        if self.has_file(seen.as_ref(), object.as_ref())? {
            self.replace_path(call, &old.reference, old.path).await?;
            return Ok((Outcome::Rewritten, None));
        }
        let (mut document, outcome) = match &object {
            Some(object) if old.is_ours(seen.as_ref()) => {
                let sha256 = self.sha256_of(call, object).await?;
                (self.take_on(call, old, seen.as_ref(), sha256, object.size).await?, Outcome::Rewritten)
            }
            Some(object) => {
                let document =
                    self.compare_with_source(call, legacy, request, old, seen.as_ref(), object).await?;
                (document, Outcome::Copied)
            }
            None => (self.copy(call, legacy, request, old, seen.as_ref()).await?, Outcome::Copied),
        };
        document.path = Some(old.reference.stored_path(&self.settings.bucket));
        self.advance(call, &mut document, Status::Stored).await?;
        self.replace_path(call, &old.reference, old.path).await?;
        let bytes = document.size.filter(|_| outcome == Outcome::Copied);
        Ok((outcome, bytes))
    }

    /// A path must not lead into another relationship. What looks like one's id may be a folder's name: it is one when nothing is known of such a relationship.
    pub(super) async fn require_own(&self, call: &Call, old: &OldRow<'_>) -> Result<()> {
        let Some(named) = old.location.document.as_ref().map(DocumentRef::relationship) else {
            return Ok(());
        };
        if named == old.reference.relationship() || !self.is_known(call, old, named).await? {
            return Ok(());
        }
        let message = "The path names a file of another relationship, which is not copied. Mend the row.";
        Err(Error::new(ErrorKind::Denied, message))
    }

    async fn is_known(&self, call: &Call, old: &OldRow<'_>, relationship: &RelationshipId) -> Result<bool> {
        for table in [old.reference.kind().table(), "relationship_members"] {
            let filters = vec![Filter::eq("relationship_id", relationship.as_str())];
            let query = RowQuery { filters, limit: 1, ..RowQuery::default() };
            if !self.stages.records().select(call, table, query).await?.rows.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the ledger has the document and the object store its file, so that nothing is left but its path. Whatever the file is, it was acknowledged after the
    /// old one.
    fn has_file(&self, seen: Option<&Document>, object: Option<&ObjectInfo>) -> Result<bool> {
        let Some(seen) = seen else { return Ok(false) };
        if seen.status == Status::Deleting {
            return Err(Error::conflict("The document is being deleted."));
        }
        if seen.path.is_some() {
            let message = "The ledger has this document, but its file is gone from the object store. Reconcile, then migrate again.";
            return object.map(|_| true).ok_or_else(|| Error::failed(message).at(Stage::ObjectStore));
        }
        // What a migration left unfinished, the next one goes on with at once.
        if !seen.is_migrating() {
            let message = "Another request is storing the document, or broke off doing so. Migrate again later; reconcile heals what broke off.";
            return Err(Error::conflict(message));
        }
        Ok(false)
    }

    /// Claims the document for a file that is there, of this hash and size, or for one that is about to be.
    pub(super) async fn claim_for(
        &self,
        call: &Call,
        old: &OldRow<'_>,
        seen: Option<&Document>,
        file: Option<(String, u64)>,
    ) -> Result<Document> {
        let text = |column: &str| old.row.get(column).and_then(Value::as_str).map(str::to_owned);
        let now = self.timestamp();
        let mut next = Document::new(&old.reference, Status::Receiving, now);
        // The row keeps what it knows of the document when the document is indexed and its row written anew.
        next.created_at = text("created_at").unwrap_or(next.created_at);
        next.partner_id = text("partner_id").or(next.partner_id);
        next.filename = text("filename");
        next.attempts = seen.map_or(0, |seen| seen.attempts);
        (next.sha256, next.size) = file.unzip();
        self.claim_as(call, seen, next, MIGRATION).await
    }

    /// The document with the file that the object store has.
    pub(super) async fn take_on(
        &self,
        call: &Call,
        old: &OldRow<'_>,
        seen: Option<&Document>,
        sha256: String,
        size: u64,
    ) -> Result<Document> {
        self.claim_for(call, old, seen, Some((sha256, size))).await
    }
}

impl OldRow<'_> {
    /// Whether the path may just as well name an object of ours: it is a key, with or without its prefix, and the document's own.
    pub(super) fn may_be_ours(&self) -> bool {
        matches!(self.location.form, Form::Key | Form::ShortKey)
            && self.location.document.as_ref() == Some(&self.reference)
    }

    /// Whether an object under the document's key is the file that the path means. One that a migration has begun to copy there is not, before it is compared.
    fn is_ours(&self, seen: Option<&Document>) -> bool {
        self.may_be_ours() && !seen.is_some_and(|seen| seen.is_migrating() && seen.sha256.is_none())
    }

    /// Where in Supabase Storage its file may be.
    pub(super) fn objects(&self, storage_bucket: Option<&str>) -> Vec<(String, String)> {
        self.location.storage_objects(storage_bucket)
    }

    /// What is said when it is nowhere.
    pub(super) fn missing(&self, storage_bucket: Option<&str>) -> Error {
        let places: Vec<String> =
            self.objects(storage_bucket).iter().map(|(bucket, key)| format!("{key} in {bucket}")).collect();
        let advice = match (self.location.form, storage_bucket) {
            (Form::Key | Form::ShortKey, None) => {
                " For a bare path, set supabase_storage_bucket to the bucket it was used with."
            }
            _ => "",
        };
        Error::not_found(format!("Supabase Storage has no object {}.{advice}", places.join(", or ")))
    }
}

fn failure(error: Error) -> Outcome {
    match error.kind {
        ErrorKind::NotFound if error.stage.is_none() => Outcome::Missing(error),
        ErrorKind::Conflict => Outcome::Busy(error),
        _ => Outcome::Failed(error),
    }
}
