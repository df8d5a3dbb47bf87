//! The local record store: the crate `local-store` behind `serene:record-store`, over `spin:sqlite`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/record-store"],
        world: "serene:record-store/record-store-stage",
        with: { "serene:types/types@0.2.0": spin_database::types },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::record_store::record_store::{
    Context, Error, Filter, Guest, Json, OnConflict, Query, RecordStoreInfo, RowPage,
};
use local_store::records::{self, MAX_CALL_BYTES, MAX_ROW_BYTES, MAX_ROWS, RecordStore, Row, parse_row};
use spin_database::{SpinDatabase, filters, within};

thread_local! {
    /// Shared by the calls of an instance; it holds nothing of any of them.
    static STORE: Rc<RecordStore<SpinDatabase>> = Rc::new(RecordStore::new(SpinDatabase));
}

fn store() -> Rc<RecordStore<SpinDatabase>> {
    STORE.with(Rc::clone)
}

struct RecordStoreSqlite;

impl Guest for RecordStoreSqlite {
    async fn describe(_: Context) -> Result<RecordStoreInfo, Error> {
        let extras = vec![("max-call-bytes".to_owned(), MAX_CALL_BYTES.to_string())];
        Ok(RecordStoreInfo {
            stage: spin_database::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), extras),
            max_rows: MAX_ROWS,
            max_row_bytes: MAX_ROW_BYTES,
        })
    }

    async fn upsert(
        ctx: Context,
        table: String,
        rows: Vec<Json>,
        key: Vec<String>,
        conflict: OnConflict,
    ) -> Result<u32, Error> {
        let conflict = match conflict {
            OnConflict::Merge => records::OnConflict::Merge,
            OnConflict::Keep => records::OnConflict::Keep,
            OnConflict::Fail => records::OnConflict::Fail,
        };
        within(&ctx, async {
            let rows = rows.iter().map(|row| parse_row(row)).collect::<Result<Vec<Row>, _>>()?;
            Ok(store().upsert(&table, &rows, &key, conflict).await?)
        })
        .await
    }

    async fn select(ctx: Context, table: String, query: Query) -> Result<RowPage, Error> {
        within(&ctx, async {
            let order = query.order.into_iter();
            let query = records::Query {
                columns: query.columns,
                filters: filters(query.filters)?,
                order: order.map(|o| records::Order { column: o.column, descending: o.descending }).collect(),
                limit: query.limit,
                cursor: query.cursor,
            };
            let page = store().select(&table, &query).await?;
            Ok(RowPage { rows: page.rows, next: page.next })
        })
        .await
    }

    async fn update(ctx: Context, table: String, changes: Json, given: Vec<Filter>) -> Result<u32, Error> {
        within(&ctx, async { Ok(store().update(&table, &parse_row(&changes)?, &filters(given)?).await?) })
            .await
    }

    async fn delete(ctx: Context, table: String, given: Vec<Filter>) -> Result<u32, Error> {
        within(&ctx, async { Ok(store().delete(&table, &filters(given)?).await?) }).await
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{RecordStoreSqlite, bindings};

    bindings::export!(RecordStoreSqlite with_types_in bindings);
}
