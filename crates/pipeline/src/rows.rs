//! The product's own rows: each holds the path of a document, in the table and column of its kind.

use layout::{DocumentRef, Kind};
use serde_json::{Value, json};

use crate::ledger::{Document, row};
use crate::stages::{Call, Filter, OnConflict, RecordStore, Stages};
use crate::{Environment, Pipeline, Result};

/// The columns that name a document's row.
fn key_columns(kind: Kind) -> &'static [&'static str] {
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

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Writes the product's row with the document's path.
    pub(crate) async fn write_product_row(
        &self,
        call: &Call,
        reference: &DocumentRef,
        document: &Document,
    ) -> Result<()> {
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
        Ok(())
    }

    /// Removes the path from the product's row. A conflict is more than its transcript, so its row stays.
    pub(crate) async fn clear_product_row(&self, call: &Call, document: &DocumentRef) -> Result<()> {
        let kind = document.kind();
        let filters =
            key_values(document).into_iter().map(|(column, value)| Filter::eq(column, value)).collect();
        let records = self.stages.records();
        if kind == Kind::Transcript {
            let changes = row(json!({ kind.path_column(): null, "updated_at": self.timestamp() }));
            records.update(call, kind.table(), changes, filters).await?;
        } else {
            records.delete(call, kind.table(), filters).await?;
        }
        Ok(())
    }
}
