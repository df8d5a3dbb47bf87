//! The local object store: the crate `local-store` behind `serene:object-store`, over `spin:sqlite`.

mod body;
mod convert;

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/object-store"],
        world: "serene:object-store/object-store-stage",
        with: {
            "serene:types/files@0.2.0": spin_database::files,
            "serene:types/types@0.2.0": spin_database::types,
        },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::object_store::object_store::{
    Body, Context, Error, GetOptions, Guest, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions,
    SignedMethod, SignedUrl,
};
use local_store::objects::{BUCKET, MAX_OBJECT_BYTES, MAX_SIGNED_URL_SECONDS, ObjectStore};
use spin_database::{SpinDatabase, Wasi, within};

type Store = ObjectStore<SpinDatabase, Wasi>;

thread_local! {
    /// Shared by the calls of an instance; it holds nothing of any of them.
    static STORE: Rc<Store> = Rc::new(ObjectStore::new(SpinDatabase, Wasi));
}

fn store() -> Rc<Store> {
    STORE.with(Rc::clone)
}

struct ObjectStoreSqlite;

impl Guest for ObjectStoreSqlite {
    async fn describe(_: Context) -> Result<ObjectStoreInfo, Error> {
        let extras = vec![("bucket".to_owned(), BUCKET.to_owned())];
        Ok(ObjectStoreInfo {
            stage: spin_database::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), extras),
            bucket: BUCKET.to_owned(),
            max_object_bytes: MAX_OBJECT_BYTES,
            max_signed_url_seconds: MAX_SIGNED_URL_SECONDS,
        })
    }

    async fn put(ctx: Context, key: String, body: Body, options: PutOptions) -> Result<ObjectInfo, Error> {
        within(&ctx, async {
            let options = convert::put_options(options);
            Ok(convert::info(store().put(&key, body::Incoming::new(body), &options).await?))
        })
        .await
    }

    async fn get(ctx: Context, key: String, options: GetOptions) -> Result<Object, Error> {
        within(&ctx, async {
            let store = store();
            let range = options.range.map(convert::range);
            let object = store.get(&key, range, options.if_match.as_deref()).await?;
            let body = body::outgoing(store, object.reader);
            Ok(Object {
                info: convert::info(object.info),
                offset: object.offset,
                length: object.length,
                body,
            })
        })
        .await
    }

    async fn head(ctx: Context, key: String) -> Result<ObjectInfo, Error> {
        within(&ctx, async { Ok(convert::info(store().head(&key).await?)) }).await
    }

    async fn delete(ctx: Context, key: String) -> Result<(), Error> {
        within(&ctx, async { Ok(store().delete(&key).await?) }).await
    }

    async fn list(
        ctx: Context,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<ObjectPage, Error> {
        within(&ctx, async {
            let page = store().list(&prefix, cursor.as_deref(), limit).await?;
            Ok(ObjectPage { objects: page.objects.into_iter().map(convert::info).collect(), next: page.next })
        })
        .await
    }

    async fn presign(
        ctx: Context,
        method: SignedMethod,
        key: String,
        seconds: u32,
    ) -> Result<SignedUrl, Error> {
        within(&ctx, async {
            let signed = store().presign(convert::method(method), &key, seconds).await?;
            Ok(SignedUrl { url: signed.url, expires_ms: signed.expires_ms, headers: Vec::new() })
        })
        .await
    }

    async fn redeem(ctx: Context, method: SignedMethod, url: String) -> Result<String, Error> {
        within(&ctx, async { Ok(store().redeem(convert::method(method), &url).await?) }).await
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{ObjectStoreSqlite, bindings};

    bindings::export!(ObjectStoreSqlite with_types_in bindings);
}
