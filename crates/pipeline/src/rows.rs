//! The product's own rows: each holds the path of a document, in the table and column of its kind.

use std::str::FromStr;

use layout::{DocumentRef, Kind, Location, PathContext, PathError};
use serde_json::{Value, json};

use crate::ledger::{Document, row};
use crate::stages::{Call, Filter, OnConflict, RecordStore, Row, RowQuery, Stages};
use crate::{Environment, Error, Pipeline, Result, Settings};

/// The columns that name a document's row.
pub(crate) fn key_columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Transcript => &["relationship_id", "id"],
        Kind::Profile | Kind::Handbook => &["relationship_id", "kind", "id"],
        Kind::Analysis => &["relationship_id", "conflict_id"],
        Kind::RepairPlan => &["relationship_id", "conflict_id", "partner_id"],
    }
}

fn key_values(document: &DocumentRef) -> Vec<(&'static str, Value)> {
    let own_id =
        document.pdf().map(ToString::to_string).or_else(|| document.conflict().map(ToString::to_string));
    key_columns(document.kind())
        .iter()
        .map(|&column| {
            let value = match column {
                "relationship_id" => json!(document.relationship().to_string()),
                "kind" => json!(document.kind().as_str()),
                "partner_id" => json!(document.partner().map(|p| p.as_str())),
                _ => json!(own_id),
            };
            (column, value)
        })
        .collect()
}

fn key_filters(document: &DocumentRef) -> Vec<Filter> {
    key_values(document).into_iter().map(|(column, value)| Filter::eq(column, value)).collect()
}

/// The document that a row of a product's table is of; `None` when its ids are none.
pub(crate) fn reference_of(table: &str, row: &Row) -> Option<DocumentRef> {
    fn id<T: FromStr>(row: &Row, column: &str) -> Option<T> {
        row.get(column)?.as_str()?.parse().ok()
    }
    let kind = match row.get("kind") {
        Some(kind) => kind.as_str()?.parse().ok()?,
        None => Kind::ALL.into_iter().find(|kind| kind.table() == table)?,
    };
    let relationship = id(row, "relationship_id")?;
    let own_id = *key_columns(kind).last()?;
    Some(match kind {
        Kind::Transcript => DocumentRef::Transcript { relationship, conflict: id(row, own_id)? },
        Kind::Profile => DocumentRef::Profile { relationship, pdf: id(row, own_id)? },
        Kind::Handbook => DocumentRef::Handbook { relationship, pdf: id(row, own_id)? },
        Kind::Analysis => DocumentRef::Analysis { relationship, conflict: id(row, own_id)? },
        Kind::RepairPlan => DocumentRef::RepairPlan {
            relationship,
            conflict: id(row, "conflict_id")?,
            partner: id(row, own_id)?,
        },
    })
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Writes the product's row with the document's path, and returns the `updated_at` that it has by that.
    pub(crate) async fn write_product_row(
        &self,
        call: &Call,
        reference: &DocumentRef,
        document: &Document,
    ) -> Result<String> {
        let kind = reference.kind();
        let now = self.timestamp();
        let mut values = row(
            json!({ kind.path_column(): document.path, "updated_at": now, "created_at": document.created_at }),
        );
        values.extend(key_values(reference).into_iter().map(|(k, v)| (k.to_owned(), v)));
        if matches!(kind, Kind::Profile | Kind::Handbook) {
            values.insert("partner_id".to_owned(), json!(document.partner_id));
            values.insert("filename".to_owned(), json!(document.filename));
        }
        let records = self.stages.records();
        records.upsert(call, kind.table(), &[values], key_columns(kind), OnConflict::Merge).await?;
        Ok(now)
    }

    /// Removes the path from the product's row. A conflict is more than its transcript, so its row stays.
    pub(crate) async fn clear_product_row(&self, call: &Call, document: &DocumentRef) -> Result<()> {
        self.clear_row(call, document, Vec::new()).await.map(|_| ())
    }

    /// The same, only while the row satisfies these filters. Returns how many rows that were.
    pub(crate) async fn clear_row(
        &self,
        call: &Call,
        document: &DocumentRef,
        unchanged: Vec<Filter>,
    ) -> Result<u32> {
        let kind = document.kind();
        let mut filters = key_filters(document);
        filters.extend(unchanged);
        let records = self.stages.records();
        if kind == Kind::Transcript {
            let changes = row(json!({ kind.path_column(): null, "updated_at": self.timestamp() }));
            records.update(call, kind.table(), changes, filters).await
        } else {
            records.delete(call, kind.table(), filters).await
        }
    }

    /// Replaces the path in the product's row by the document's own, as long as it is the one seen.
    ///
    /// # Errors
    /// `conflict` when it is another by now.
    pub(crate) async fn replace_path(&self, call: &Call, document: &DocumentRef, seen: &str) -> Result<()> {
        let column = document.kind().path_column();
        let path = document.stored_path(&self.settings.bucket);
        let changes = row(json!({ column: path, "updated_at": self.timestamp() }));
        let mut unchanged = key_filters(document);
        unchanged.push(Filter::eq(column, seen));
        let records = self.stages.records();
        if records.update(call, document.kind().table(), changes, unchanged).await? > 0 {
            return Ok(());
        }
        // A stage that had to ask its provider twice may have met its own first try, and another run may have been faster.
        let stored = self.product_row(call, document).await?;
        match stored.as_ref().and_then(|row| row.get(column)) {
            Some(stored) if *stored == json!(path) => Ok(()),
            _ => Err(Error::conflict("The row has changed in the meantime.")),
        }
    }

    /// The product's row of a document.
    pub(crate) async fn product_row(&self, call: &Call, document: &DocumentRef) -> Result<Option<Row>> {
        let query = RowQuery { filters: key_filters(document), limit: 1, ..RowQuery::default() };
        let page = self.stages.records().select(call, document.kind().table(), query).await?;
        Ok(page.rows.into_iter().next())
    }

    /// Whether a path in a document's row leads to the document's own object.
    pub(crate) fn is_path_of(&self, path: &str, document: &DocumentRef) -> bool {
        self.location(path, document.kind()).is_ok_and(|location| location.is_object_of(document))
    }

    /// What a path in the product's row of a kind of document means.
    pub(crate) fn location(&self, path: &str, kind: Kind) -> Result<Location, PathError> {
        let Settings { bucket, storage_bucket, .. } = &self.settings;
        Location::read(
            path,
            &PathContext { bucket, kind: Some(kind), storage_bucket: storage_bucket.as_deref() },
        )
    }
}
