//! Serene's side of the stage: it goes around another record store, which keeps the rows, and hands every call on but those that it refuses.

mod contract;
mod work;

/// The store inside, which this one calls.
mod bindings {
    wit_bindgen::generate!({
        inline: "package stage:inner; world inner { import {{interface}}; }",
        path: "wit",
        world: "stage:inner/inner",
        generate_all,
        async: true,
    });
}

/// What Serene calls, in the types of the store inside: what is handed on is moved and not copied.
mod exported {
    wit_bindgen::generate!({
        path: "wit",
        world: "record-store-stage",
        with: {
            "serene:types/types@{{version}}": crate::bindings::serene::types::types,
            "{{interface}}/on-conflict": crate::inner::OnConflict,
            "{{interface}}/order": crate::inner::Order,
            "{{interface}}/query": crate::inner::Query,
            "{{interface}}/record-store-info": crate::inner::RecordStoreInfo,
            "{{interface}}/row-page": crate::inner::RowPage,
        },
        async: true,
    });
}

use bindings::serene::record_store::record_store as inner;
use bindings::serene::types::types::{Context, Error, Filter};
use contract::{around, fault};
use exported::exports::serene::record_store::record_store::Guest;
use inner::{OnConflict, Query, RecordStoreInfo, RowPage};

struct Stage;

impl Guest for Stage {
    async fn describe(ctx: Context) -> Result<RecordStoreInfo, Error> {
        let info = inner::describe(ctx).await?;
        Ok(RecordStoreInfo { stage: around(info.stage), ..info })
    }

    async fn upsert(
        ctx: Context,
        table: String,
        rows: Vec<String>,
        key: Vec<String>,
        conflict: OnConflict,
    ) -> Result<u32, Error> {
        inner::upsert(ctx, table, rows, key, conflict).await
    }

    async fn select(ctx: Context, table: String, query: Query) -> Result<RowPage, Error> {
        inner::select(ctx, table, query).await
    }

    async fn update(
        ctx: Context,
        table: String,
        changes: String,
        filters: Vec<Filter>,
    ) -> Result<u32, Error> {
        narrow(&filters)?;
        inner::update(ctx, table, changes, filters).await
    }

    async fn delete(ctx: Context, table: String, filters: Vec<Filter>) -> Result<u32, Error> {
        narrow(&filters)?;
        inner::delete(ctx, table, filters).await
    }
}

/// The contract asks for a filter, so that no call changes a whole table by mistake; this asks for one that names a value.
fn narrow(filters: &[Filter]) -> Result<(), Error> {
    if work::is_narrow(filters) {
        return Ok(());
    }
    let message = "No filter names a value, so they may hold for most rows of the table. Add one that does.";
    Err(Error::Invalid(fault(message, &[("reason", "filters-too-wide")])))
}

exported::export!(Stage with_types_in exported);
