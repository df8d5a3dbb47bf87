//! A file that is not migrated yet: read where it is, or said to be there.

use layout::{DocumentRef, Kind, Location, PathError};
use serde_json::Value;

use super::row::OldRow;
use super::{LegacyFile, LegacyFiles, LegacyInfo};
use crate::stages::{Call, Row, Stages};
use crate::{Environment, Error, ErrorKind, Pipeline, Result};

/// The path of a row that has an old one: whatever does not begin with `s3://`.
pub(super) fn old_path(row: &Row, kind: Kind) -> Option<&str> {
    let path = row.get(kind.path_column()).and_then(Value::as_str)?;
    let is_new = path.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("s3://"));
    (!is_new).then_some(path)
}

/// What is known of the first of these objects, each a bucket and a key, that is there.
pub(super) async fn head_first(
    call: &Call,
    legacy: &impl LegacyFiles,
    objects: &[(String, String)],
) -> Result<Option<LegacyInfo>> {
    for (bucket, key) in objects {
        if let Some(info) = legacy.head(call, bucket, key).await? {
            return Ok(Some(info));
        }
    }
    Ok(None)
}

/// Opens the first of these objects that is there.
pub(super) async fn open_first(
    call: &Call,
    legacy: &impl LegacyFiles,
    objects: &[(String, String)],
    limit: u64,
) -> Result<Option<LegacyFile>> {
    for (bucket, key) in objects {
        if let Some(file) = legacy.open(call, bucket, key, limit).await? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// What Supabase Storage knows of a document's file, where the product's row says that it is there; `None` when the row does not, or there is none.
    ///
    /// The row alone decides what is read, never a path that came with a request.
    ///
    /// # Errors
    /// `not-found` for a path that cannot be read, `denied` for one into another relationship; those of `legacy` and of the record store.
    pub async fn head_unmigrated(
        &self,
        call: &Call,
        legacy: &impl LegacyFiles,
        document: &DocumentRef,
    ) -> Result<Option<LegacyInfo>> {
        head_first(call, legacy, &self.old_objects(call, document).await?).await
    }

    /// Opens a document's file of at most `limit` bytes in Supabase Storage, as [`Pipeline::head_unmigrated`] finds it.
    ///
    /// # Errors
    /// The same; `too-large`.
    pub async fn open_unmigrated(
        &self,
        call: &Call,
        legacy: &impl LegacyFiles,
        document: &DocumentRef,
        limit: u64,
    ) -> Result<Option<LegacyFile>> {
        open_first(call, legacy, &self.old_objects(call, document).await?, limit).await
    }

    /// What is said of a document that the object store has no file of: that it must be migrated first, when its row has an old path. `None`: it has not.
    ///
    /// # Errors
    /// The record store's.
    pub async fn unmigrated(&self, call: &Call, document: &DocumentRef) -> Result<Option<Error>> {
        let row = self.product_row(call, document).await?;
        Ok(row.as_ref().and_then(|row| old_path(row, document.kind())).map(|_| {
            let message = format!(
                "The file of this {} is not in the object store, and its row has an old path: it may still be in Supabase Storage. An operator brings it over by migrating the storage paths (serene migrate).",
                document.kind()
            );
            Error::not_found(message).with("reason", "not-migrated")
        }))
    }

    /// As [`Pipeline::unmigrated`], for what must not be done to a document that is not migrated.
    pub(crate) async fn require_migrated(&self, call: &Call, document: &DocumentRef) -> Result<()> {
        match self.unmigrated(call, document).await? {
            Some(error) => Err(Error { kind: ErrorKind::Conflict, ..error }),
            None => Ok(()),
        }
    }

    /// Where in Supabase Storage a document's file may be, by its row.
    async fn old_objects(&self, call: &Call, document: &DocumentRef) -> Result<Vec<(String, String)>> {
        let Some(row) = self.product_row(call, document).await? else { return Ok(Vec::new()) };
        let Some(path) = old_path(&row, document.kind()) else { return Ok(Vec::new()) };
        // That the row cannot be read is not the reader's fault.
        let location = self
            .old_location(path, document.kind())
            .map_err(|error| Error { kind: ErrorKind::NotFound, ..error })?;
        let old = OldRow { row: &row, path, reference: document.clone(), location };
        // Not as the user, who sees no other relationship's rows.
        self.require_own(&Call { caller_token: None, ..call.clone() }, &old).await?;
        Ok(old.objects(self.settings.storage_bucket.as_deref()))
    }

    /// What an old path means.
    pub(super) fn old_location(&self, path: &str, kind: Kind) -> Result<Location> {
        self.location(path, kind).map_err(|error| {
            let advice = match error {
                PathError::Key(_) => {
                    " If it is a path in Supabase Storage, set supabase_storage_bucket to the bucket it was used with."
                }
                _ => "",
            };
            Error::invalid(format!("The path cannot be read: {error}.{advice}"))
        })
    }
}
