//! Migration: files that an older program kept in Supabase Storage come into the object store, and the product's rows name them there.
//!
//! For each row whose path is an old one: the file is copied under the key of the row's document and verified, the ledger gets the document as stored (so that resume
//! or reconcile indexes it), and last the path is replaced, if it still is the one that was seen. What broke off is done again by running again;
//! what is done has a new path and is passed over. Nothing is overwritten in the object store, and nothing is removed from Supabase Storage.

mod copy;
mod cursor;
mod reading;
mod report;
mod row;

use std::collections::BTreeMap;

use futures::{StreamExt, future, stream};
use layout::{Kind, RelationshipId};
use serde_json::Value;

use self::cursor::Position;
pub use self::report::{MigratedRow, MigrationCounts, MigrationOutcome, MigrationPage};
use crate::rows::key_columns;
use crate::stages::{Call, Filter, Predicate, RecordStore, Row, RowQuery, Stages};
use crate::{ByteStream, Environment, Error, ErrorKind, Pipeline, Result};

/// What to migrate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationRequest {
    /// Only what is this relationship's; `None`: everything.
    pub relationship: Option<RelationshipId>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// How many rows a page looks at: 1 to [`Self::MAX_LIMIT`].
    pub limit: u32,
    /// From the page before.
    pub cursor: Option<String>,
    /// The largest file that is copied, in bytes.
    pub max_file_bytes: u64,
}

impl MigrationRequest {
    /// The most rows that one page may look at.
    pub const MAX_LIMIT: u32 = 1000;
}

/// The Supabase Storage of an older program: only read.
#[allow(async_fn_in_trait)]
pub trait LegacyFiles {
    /// What is known of an object without reading it; `None` when there is no such object or bucket.
    async fn head(&self, call: &Call, bucket: &str, key: &str) -> Result<Option<LegacyInfo>>;
    /// Opens an object of at most `limit` bytes; `None` when there is no such object or bucket. A larger one fails, here or in its body.
    async fn open(&self, call: &Call, bucket: &str, key: &str, limit: u64) -> Result<Option<LegacyFile>>;
}

/// What Supabase Storage knows of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyInfo {
    /// Bytes, where it has kept how many.
    pub size: Option<u64>,
}

/// A file being read from Supabase Storage.
pub struct LegacyFile {
    /// Bytes in the body, when known before.
    pub size: Option<u64>,
    /// The bytes.
    pub body: ByteStream,
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Migrates the rows of one page. A row that cannot be migrated is an item of the page; the rest goes on. No row is begun once half of the call's time is over.
    ///
    /// # Errors
    /// `invalid` for a limit out of bounds or a cursor of another run; the record store's when the page's rows cannot be listed; `misconfigured` when an operator
    /// must set something first, as every row would fail the same way. The same page can then be asked for again.
    pub async fn migrate_storage_paths(
        &self,
        call: &Call,
        legacy: &impl LegacyFiles,
        request: &MigrationRequest,
    ) -> Result<MigrationPage> {
        let max = MigrationRequest::MAX_LIMIT;
        if !(1..=max).contains(&request.limit) {
            let message = format!("The limit is {}; a page looks at 1 to {max} rows.", request.limit);
            return Err(Error::invalid(message));
        }
        let mut position = Position::read(request.cursor.as_deref(), request.relationship.as_ref())?;
        let now = self.environment.now_ms();
        let half_ms = now + call.deadline_ms.saturating_sub(now) / 2;
        let mut page = MigrationPage::default();
        while let Some(table) = position.table() {
            let room = request.limit.saturating_sub(page.counts.examined);
            if room == 0 || (page.counts.examined > 0 && self.environment.now_ms() >= half_ms) {
                break;
            }
            let listed = self.rows_with_paths(call, table, room, &position, request).await;
            let (rows, next) = match listed {
                Ok(listed) => listed,
                Err(error) if page.counts.examined == 0 => return Err(error),
                // What this page has done is reported first; the next one begins with what failed here.
                Err(_) => break,
            };
            let is_first = page.counts.examined == 0;
            let in_time = stream::iter(&rows).enumerate().take_while(|(n, _)| {
                // Every page does something.
                future::ready((is_first && *n == 0) || self.environment.now_ms() < half_ms)
            });
            let migrated: Vec<Option<MigratedRow>> = in_time
                .map(|(_, row)| self.migrate_row(call, legacy, request, table, row))
                .buffered(self.settings.concurrency.max(1))
                .collect()
                .await;
            let done = migrated.len();
            for row in migrated {
                if let Some(MigrationOutcome::Failed(error)) = row.as_ref().map(|row| &row.outcome)
                    && error.kind == ErrorKind::Misconfigured
                {
                    return Err(error.clone());
                }
                page.add(row);
            }
            if done < rows.len() {
                position.stop_after(rows.get(done.wrapping_sub(1)).map(|row| key_of(table, row)));
                break;
            }
            position.turn(next);
        }
        page.progress = position.progress();
        page.next = position.table().map(|_| position.to_cursor());
        Ok(page)
    }

    /// The next rows that have a path, and the store's cursor after them.
    async fn rows_with_paths(
        &self,
        call: &Call,
        table: Kind,
        limit: u32,
        position: &Position,
        request: &MigrationRequest,
    ) -> Result<(Vec<Row>, Option<String>)> {
        let mut filters =
            vec![Filter { field: table.path_column().to_owned(), predicate: Predicate::IsNotNull }];
        if let Some(relationship) = &request.relationship {
            filters.push(Filter::eq("relationship_id", relationship.as_str()));
        }
        let query = RowQuery {
            columns: columns_of(table),
            filters,
            limit,
            cursor: position.page.clone(),
            order: Vec::new(),
        };
        let page = self.stages.records().select(call, table.table(), query).await?;
        let mut rows = page.rows;
        // A row that is gone by now cannot be found: then those before it are looked at once more.
        if let Some(after) = &position.after
            && let Some(last) = rows.iter().position(|row| key_of(table, row) == *after)
        {
            rows.drain(..=last);
        }
        Ok((rows, page.next))
    }
}

/// The columns that a migration needs. The product may have others, of any name.
fn columns_of(table: Kind) -> Vec<String> {
    let mut columns = key_columns(table).to_vec();
    columns.extend([table.path_column(), "created_at"]);
    if table == Kind::Profile {
        columns.extend(["partner_id", "filename"]);
    }
    columns.into_iter().map(str::to_owned).collect()
}

/// What names a row in its table.
fn key_of(table: Kind, row: &Row) -> BTreeMap<String, Value> {
    let value = |column: &str| row.get(column).cloned().unwrap_or_default();
    key_columns(table).iter().map(|&column| (column.to_owned(), value(column))).collect()
}
