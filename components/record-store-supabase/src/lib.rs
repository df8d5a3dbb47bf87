//! The cloud record store: the crate `postgrest` behind `serene:record-store`.

mod convert;

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/record-store"],
        world: "serene:record-store/record-store-stage",
        with: { "serene:types/types@0.2.0": stage_support::types },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::record_store::record_store::{
    Guest, OnConflict, Query, RecordStoreInfo, RowPage,
};
use postgrest::{Config, MAX_CALL_BYTES, MAX_ROW_BYTES, MAX_ROWS, RecordStore, Row, VARIABLES, parse_row};
use stage_support::types::{Context, Error, Filter, Json};
use stage_support::{Kept, Wasi, within};

thread_local! {
    static CLIENT: Kept<Config, RecordStore<Wasi>> = const { Kept::new() };
}

async fn store() -> Result<Rc<RecordStore<Wasi>>, Error> {
    stage_support::client(&CLIENT, &VARIABLES, Config::from_variables, RecordStore::new).await
}

struct RecordStoreSupabase;

impl Guest for RecordStoreSupabase {
    async fn describe(_: Context) -> Result<RecordStoreInfo, Error> {
        store().await?;
        let extras = vec![("max-call-bytes".to_owned(), MAX_CALL_BYTES.to_string())];
        Ok(RecordStoreInfo {
            stage: stage_support::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), extras),
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
        let conflict = convert::conflict(conflict);
        let call = stage_support::call(&ctx);
        within(&ctx, async {
            let rows = rows.iter().map(|row| parse_row(row)).collect::<Result<Vec<Row>, _>>()?;
            let store = store().await?;
            Ok(store
                .session(&call, ctx.caller_token.as_deref())?
                .upsert(&table, &rows, &key, conflict)
                .await?)
        })
        .await
    }

    async fn select(ctx: Context, table: String, query: Query) -> Result<RowPage, Error> {
        let call = stage_support::call(&ctx);
        within(&ctx, async {
            let (store, query) = (store().await?, convert::query(query)?);
            let page = store.session(&call, ctx.caller_token.as_deref())?.select(&table, &query).await?;
            Ok(RowPage { rows: page.rows, next: page.next })
        })
        .await
    }

    async fn update(ctx: Context, table: String, changes: Json, filters: Vec<Filter>) -> Result<u32, Error> {
        let call = stage_support::call(&ctx);
        within(&ctx, async {
            let (changes, filters) = (parse_row(&changes)?, convert::filters(filters)?);
            let store = store().await?;
            Ok(store.session(&call, ctx.caller_token.as_deref())?.update(&table, &changes, &filters).await?)
        })
        .await
    }

    async fn delete(ctx: Context, table: String, filters: Vec<Filter>) -> Result<u32, Error> {
        let call = stage_support::call(&ctx);
        within(&ctx, async {
            let (store, filters) = (store().await?, convert::filters(filters)?);
            Ok(store.session(&call, ctx.caller_token.as_deref())?.delete(&table, &filters).await?)
        })
        .await
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{RecordStoreSupabase, bindings};

    bindings::export!(RecordStoreSupabase with_types_in bindings);
}
