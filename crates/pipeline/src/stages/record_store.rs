use super::{Call, Filter, StageInfo};
use crate::Result;

/// A row: column names to JSON values.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// What happens to a row that is stored already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// The members given replace the stored ones.
    Merge,
    /// The stored row stays.
    Keep,
    /// The call fails with `conflict`.
    Fail,
}

/// One column to order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: String,
    /// Whether the highest comes first.
    pub descending: bool,
}

/// Which rows to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowQuery {
    /// The columns wanted; empty for all.
    pub columns: Vec<String>,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// In this order.
    pub order: Vec<Order>,
    /// Rows a page: 1 to 1,000.
    pub limit: u32,
    /// From the page before.
    pub cursor: Option<String>,
}

/// One page of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowPage {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the next page starts.
    pub next: Option<String>,
}

/// Who the record store is and what it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordStoreInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// The most rows of one upsert.
    pub max_rows: u32,
    /// The largest row in bytes of JSON.
    pub max_row_bytes: u32,
}

/// Keeps rows in tables: `serene:record-store`.
#[allow(async_fn_in_trait)]
pub trait RecordStore {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<RecordStoreInfo>;
    /// Stores rows by `key` and returns how many were written.
    async fn upsert(
        &self,
        call: &Call,
        table: &str,
        rows: &[Row],
        key: &[&str],
        conflict: OnConflict,
    ) -> Result<u32>;
    /// Reads rows.
    async fn select(&self, call: &Call, table: &str, query: RowQuery) -> Result<RowPage>;
    /// Changes every row that satisfies all filters and returns how many.
    async fn update(&self, call: &Call, table: &str, changes: Row, filters: Vec<Filter>) -> Result<u32>;
    /// Removes every row that satisfies all filters and returns how many.
    async fn delete(&self, call: &Call, table: &str, filters: Vec<Filter>) -> Result<u32>;
}
