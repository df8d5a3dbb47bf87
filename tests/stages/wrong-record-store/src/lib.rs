//! A record store that is right but for one fault: it spoils what another one does.

mod read;
mod write;

/// The stage that is spoilt.
mod imports {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:wrong-record-store;

            world imports {
                import serene:record-store/record-store@0.2.0;
            }
        ",
        path: ["../../../wit/types", "../../../wit/record-store"],
        world: "serene-tests:wrong-record-store/imports",
        with: { "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

/// The same interface from the other side, over the same types.
mod exports {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/record-store"],
        world: "serene:record-store/record-store-stage",
        with: {
            "serene:types/types@0.2.0": fault::types,
            "serene:record-store/record-store@0.2.0/on-conflict": crate::inner::OnConflict,
            "serene:record-store/record-store@0.2.0/order": crate::inner::Order,
            "serene:record-store/record-store@0.2.0/query": crate::inner::Query,
            "serene:record-store/record-store@0.2.0/record-store-info": crate::inner::RecordStoreInfo,
            "serene:record-store/record-store@0.2.0/row-page": crate::inner::RowPage,
        },
        generate_all,
        async: true,
    });
}

use exports::exports::serene::record_store::record_store::Guest;
use fault::Fault;
use fault::types::{Context, Error, Filter};
use imports::serene::record_store::record_store as inner;
use inner::{OnConflict, Query, RecordStoreInfo, RowPage};

struct Wrong;

impl Guest for Wrong {
    async fn describe(ctx: Context) -> Result<RecordStoreInfo, Error> {
        let fault = Fault::read().await;
        let info = inner::describe(ctx).await?;
        let stage = fault.stage(env!("CARGO_PKG_NAME"));
        Ok(RecordStoreInfo { stage, max_rows: fault.limit(info.max_rows), ..info })
    }

    async fn upsert(
        ctx: Context,
        table: String,
        rows: Vec<String>,
        key: Vec<String>,
        conflict: OnConflict,
    ) -> Result<u32, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        write::upsert(&fault, ctx, table, rows, key, conflict).await
    }

    async fn select(ctx: Context, table: String, query: Query) -> Result<RowPage, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        read::select(&fault, ctx, table, query).await
    }

    async fn update(
        ctx: Context,
        table: String,
        changes: String,
        filters: Vec<Filter>,
    ) -> Result<u32, Error> {
        let fault = Fault::read().await;
        write::update(&fault, ctx, table, changes, filters).await
    }

    async fn delete(ctx: Context, table: String, filters: Vec<Filter>) -> Result<u32, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        write::delete(&fault, ctx, table, filters).await
    }
}

exports::export!(Wrong with_types_in exports);
