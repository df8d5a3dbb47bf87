//! Keeps every file in two object stores, a primary and a replica: the README says what it promises.

mod convert;
mod copies;
mod put;
mod read;
mod store;

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/object-store", "wit"],
        world: "serene-examples:object-store-mirror/mirror",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::object_store::object_store::{
    GetOptions, Guest, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions, SignedMethod, SignedUrl,
};
use bindings::serene::types::files::Body;
use bindings::serene::types::types::{Context, Error};
use store::Store;

struct Mirror;

impl Guest for Mirror {
    async fn describe(ctx: Context) -> Result<ObjectStoreInfo, Error> {
        let primary =
            Store::Primary.describe(ctx.clone()).await.map_err(|error| Store::Primary.names(error))?;
        let replica = Store::Replica.describe(ctx).await.map_err(|error| Store::Replica.names(error))?;
        Ok(convert::described(primary, replica))
    }

    async fn put(ctx: Context, key: String, body: Body, options: PutOptions) -> Result<ObjectInfo, Error> {
        put::put(ctx, key, body, convert::put_options(options)).await.map(convert::object_info)
    }

    async fn get(ctx: Context, key: String, options: GetOptions) -> Result<Object, Error> {
        let options = convert::get_options(options);
        let object = read::first(&ctx, async |store, ctx| store.get(ctx, key.clone(), options.clone()).await);
        object.await.map(|(_, object)| convert::object(object))
    }

    async fn head(ctx: Context, key: String) -> Result<ObjectInfo, Error> {
        let info = read::first(&ctx, async |store, ctx| store.head(ctx, key.clone()).await);
        info.await.map(|(_, info)| convert::object_info(info))
    }

    /// From the replica first: until the primary, which is read, has removed it, nothing has happened.
    async fn delete(ctx: Context, key: String) -> Result<(), Error> {
        for store in [Store::Replica, Store::Primary] {
            store.delete(ctx.clone(), key.clone()).await.map_err(|error| store.names(error))?;
        }
        Ok(())
    }

    async fn list(
        ctx: Context,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<ObjectPage, Error> {
        read::page(&ctx, prefix, cursor, limit).await.map(convert::object_page)
    }

    async fn presign(
        ctx: Context,
        method: SignedMethod,
        key: String,
        seconds: u32,
    ) -> Result<SignedUrl, Error> {
        let method = convert::method(method);
        read::presign(&ctx, method, key, seconds).await.map(convert::signed_url)
    }

    async fn redeem(ctx: Context, method: SignedMethod, url: String) -> Result<String, Error> {
        read::redeem(ctx, convert::method(method), url).await
    }
}

bindings::export!(Mirror with_types_in bindings);
