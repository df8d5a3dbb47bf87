use pipeline::stages::{Call, Filter, OnConflict, RecordStore, RecordStoreInfo, Row, RowPage, RowQuery};
use pipeline::{Result, Stage};
use serde_json::Value;

use super::{Composed, context, context_of_caller, filters, object, stage_info};
use crate::bindings::serene::record_store::record_store as wit;

const STAGE: Stage = Stage::RecordStore;

impl RecordStore for Composed {
    async fn describe(&self, call: &Call) -> Result<RecordStoreInfo> {
        let info = self.timed(STAGE, call, wit::describe(context(call))).await?;
        Ok(RecordStoreInfo {
            stage: stage_info(info.stage),
            max_rows: info.max_rows,
            max_row_bytes: info.max_row_bytes,
        })
    }

    async fn upsert(
        &self,
        call: &Call,
        table: &str,
        rows: &[Row],
        key: &[&str],
        conflict: OnConflict,
    ) -> Result<u32> {
        let rows = rows.iter().map(|row| Value::Object(row.clone()).to_string()).collect();
        let key = key.iter().map(|&column| column.to_owned()).collect();
        let conflict = match conflict {
            OnConflict::Merge => wit::OnConflict::Merge,
            OnConflict::Keep => wit::OnConflict::Keep,
            OnConflict::Fail => wit::OnConflict::Fail,
        };
        self.timed(STAGE, call, wit::upsert(context_of_caller(call), table.to_owned(), rows, key, conflict))
            .await
    }

    async fn select(&self, call: &Call, table: &str, query: RowQuery) -> Result<RowPage> {
        let order = query.order.into_iter();
        let query = wit::Query {
            columns: query.columns,
            filters: filters(query.filters),
            order: order.map(|o| wit::Order { column: o.column, descending: o.descending }).collect(),
            limit: query.limit,
            cursor: query.cursor,
        };
        let page =
            self.timed(STAGE, call, wit::select(context_of_caller(call), table.to_owned(), query)).await?;
        let rows = page.rows.iter().map(|row| object(row, STAGE)).collect::<Result<_>>()?;
        Ok(RowPage { rows, next: page.next })
    }

    async fn update(&self, call: &Call, table: &str, changes: Row, by: Vec<Filter>) -> Result<u32> {
        let changes = Value::Object(changes).to_string();
        self.timed(STAGE, call, wit::update(context_of_caller(call), table.to_owned(), changes, filters(by)))
            .await
    }

    async fn delete(&self, call: &Call, table: &str, by: Vec<Filter>) -> Result<u32> {
        self.timed(STAGE, call, wit::delete(context_of_caller(call), table.to_owned(), filters(by))).await
    }
}
