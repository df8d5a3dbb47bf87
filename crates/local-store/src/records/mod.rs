//! Rows in the tables of `db/migrations`.

mod change;
mod page;
mod select;
mod tables;
pub(crate) mod timestamp;
mod upsert;
mod values;

use std::cell::Cell;

pub use page::RowPage;
pub use select::{Order, Query};
pub use tables::{Column, ColumnType, TABLES, Table};
pub use upsert::OnConflict;

use crate::database::Database;
use crate::schema::ensure;
use crate::{Error, Result};

/// Rows of one `upsert`.
pub const MAX_ROWS: u32 = 1000;
/// Bytes of one row's JSON.
pub const MAX_ROW_BYTES: u32 = 256 * 1024;
/// Bytes of JSON of all rows of one call, so that a guest's memory holds them.
pub const MAX_CALL_BYTES: usize = 8 * 1024 * 1024;

/// A row: an object whose members are columns.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// A record store in a SQLite database.
pub struct RecordStore<D> {
    db: D,
    ready: Cell<bool>,
}

impl<D: Database> RecordStore<D> {
    /// A store.
    pub fn new(db: D) -> Self {
        Self { db, ready: Cell::new(false) }
    }

    async fn ready(&self) -> Result<()> {
        ensure(&self.db, &self.ready, tables::schema).await
    }
}

/// Reads a JSON object, such as a row or a change.
///
/// # Errors
/// `too-large` over [`MAX_ROW_BYTES`]; `invalid` for anything else than an object.
pub fn parse_row(json: &str) -> Result<Row> {
    if json.len() > MAX_ROW_BYTES as usize {
        return Err(Error::too_large("Bytes of a row's JSON", MAX_ROW_BYTES.into(), json.len() as u64));
    }
    serde_json::from_str(json)
        .map_err(|e| Error::invalid(format!("A row is not a JSON object: {}.", position(&e))))
}

/// Where JSON stops being JSON, without repeating any of it.
fn position(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}
