//! The walk through the product's tables: does every path lead to a file?

use futures::future::join_all;
use layout::{DocumentRef, Form, Source};
use serde_json::Value;

use super::cursor::Position;
use super::heal::{Found, Plan};
use super::{Drift, Progress, Run, Subject};
use crate::ledger::millis;
use crate::rows::reference_of;
use crate::stages::{Call, Filter, ObjectStore, RecordStore, Row, RowQuery, Stages};
use crate::{Environment, Pipeline, Result};

/// Rows at a time: few enough to be compared within a page's time.
const ROWS: u32 = 100;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    pub(super) async fn walk_rows(
        &self,
        call: &Call,
        run: &mut Run<'_>,
        position: &mut Position,
        table: &'static str,
    ) -> Result<Progress> {
        let query = RowQuery {
            filters: run.tenant(),
            limit: run.room().min(ROWS),
            cursor: position.page.clone(),
            ..RowQuery::default()
        };
        let page = self.stages.records().select(call, table, query).await?;
        let rows: Vec<(Row, Option<DocumentRef>)> = page
            .rows
            .into_iter()
            .map(|row| {
                let reference = reference_of(table, &row);
                (row, reference)
            })
            .collect();
        let ids =
            rows.iter().filter_map(|(_, reference)| Some(reference.as_ref()?.document_id().to_string()));
        let known = &self.known(call, ids.collect()).await?;
        // Rows are healed at once, so these are always finished: whether a cursor names a place among them depends on the store's order of text.
        for rows in rows.chunks(self.settings.concurrency.max(1)) {
            let compared = rows.iter().map(|(row, reference)| async move {
                // The walk through the ledger has looked at the rows of documents.
                match reference {
                    Some(reference) if known.contains(reference.document_id().as_str()) => None,
                    reference => self.compare_unknown_row(call, row, reference.as_ref()).await,
                }
            });
            for (found, (row, _)) in join_all(compared).await.into_iter().zip(rows) {
                run.looked_at.rows += 1;
                let updated = row.get("updated_at").and_then(Value::as_str).and_then(millis);
                match found {
                    Some(_) if run.is_recent(updated.unwrap_or_default()) => {}
                    Some(found) => self.settle(call, run, found).await,
                    None => {}
                }
            }
        }
        Ok(position.turn(page.next))
    }

    /// Looks at a row whose document the ledger does not know.
    async fn compare_unknown_row(
        &self,
        call: &Call,
        row: &Row,
        reference: Option<&DocumentRef>,
    ) -> Option<Found> {
        let Some(reference) = reference else {
            let relationship_id = row.get("relationship_id").and_then(Value::as_str).map(str::to_owned);
            let subject = Subject { relationship_id, ..Subject::default() };
            let message = "The ids of this row can be no part of a key, so it is not Serene's.";
            return Some(Found {
                drift: Drift::UnreadableRow,
                subject,
                plan: Plan::Ignore(message.to_owned()),
            });
        };
        let path = row.get(reference.kind().path_column())?.as_str()?;
        let found = |drift, plan| Some(Found { drift, subject: Subject::from(reference), plan });
        let location = match self.location(path, reference.kind()) {
            Ok(location) => location,
            Err(error) => return found(Drift::OtherPath, Plan::Leave(format!("Of this row, {error}."))),
        };
        if matches!(location.source, Source::SupabaseStorage { .. }) {
            // Not lost: it waits to be migrated.
            return None;
        }
        if !location.is_object_of(reference) {
            let message = "The row names the file of another document. Mend it.".to_owned();
            return found(Drift::OtherPath, Plan::Leave(message));
        }
        match self.stages.objects().head(call, reference.key().as_str()).await {
            // The walk through the objects has met the file.
            Ok(_) => None,
            Err(error) if error.code() == "not-found" && location.form != Form::S3Path => {
                let message = "The row has an old path, and the object store has no file by it. If the file is in Supabase Storage, migrate the storage paths; otherwise mend the row.".to_owned();
                found(Drift::DanglingRow, Plan::Leave(message))
            }
            Err(error) if error.code() == "not-found" => {
                let unchanged = [reference.kind().path_column(), "updated_at"]
                    .map(|column| Filter::eq(column, row.get(column).cloned().unwrap_or_default()));
                let reference = reference.clone();
                found(Drift::DanglingRow, Plan::ClearRow { reference, unchanged: unchanged.to_vec() })
            }
            Err(error) => found(Drift::Unchecked, Plan::Report(error)),
        }
    }
}
