//! The cloud object store: the crate `s3` behind `serene:object-store`.

mod body;
mod convert;

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/object-store"],
        world: "serene:object-store/object-store-stage",
        with: { "serene:types/types@0.1.0": stage_support::types },
        generate_all,
        async: true,
    });
}

use std::cell::RefCell;
use std::rc::Rc;

use bindings::exports::serene::object_store::object_store::{
    GetOptions, Guest, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions, SignedMethod, SignedUrl,
};
use s3::{Config, MAX_OBJECT_BYTES, S3, VARIABLES};
use stage_support::types::{Body, Context, Error, Fault};
use stage_support::{Variables, Wasi, incoming, within};

/// The longest life of a signed URL, in seconds: seven days, S3's own limit.
const MAX_SIGNED_URL_SECONDS: u32 = 604_800;

thread_local! {
    /// Kept from call to call: the day's signing key, the bucket's region, the clock's offset.
    static CLIENT: RefCell<Option<Rc<S3<Wasi>>>> = const { RefCell::new(None) };
}

/// A client for what the variables say now.
async fn client() -> Result<Rc<S3<Wasi>>, Error> {
    let variables = Variables::read(&VARIABLES).await;
    let config = Config::from_variables(|name| variables.get(name))?;
    Ok(CLIENT.with_borrow_mut(|client| match client {
        Some(client) if *client.config() == config => Rc::clone(client),
        _ => Rc::clone(client.insert(Rc::new(S3::new(Rc::new(Wasi), config)))),
    }))
}

struct ObjectStoreS3;

impl Guest for ObjectStoreS3 {
    async fn describe(_: Context) -> Result<ObjectStoreInfo, Error> {
        let client = client().await?;
        let Config { bucket, region, .. } = client.config();
        let extras = vec![("bucket".to_owned(), bucket.clone()), ("region".to_owned(), region.clone())];
        Ok(ObjectStoreInfo {
            stage: stage_support::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), extras),
            bucket: bucket.clone(),
            max_object_bytes: MAX_OBJECT_BYTES,
            max_signed_url_seconds: MAX_SIGNED_URL_SECONDS,
        })
    }

    async fn put(ctx: Context, key: String, body: Body, options: PutOptions) -> Result<ObjectInfo, Error> {
        // Not cut off from outside: a multipart upload that fails must be given up, and the client keeps to the call's time by itself.
        let call = stage_support::call(&ctx);
        let options = convert::put_options(options);
        let info = client().await?.put(&call, &key, incoming(body), &options).await?;
        Ok(convert::info(info))
    }

    async fn get(ctx: Context, key: String, options: GetOptions) -> Result<Object, Error> {
        let call = stage_support::call(&ctx);
        let range = options.range.map(convert::range);
        let object = client().await?.get(&call, &key, range, options.if_match.as_deref()).await?;
        Ok(Object {
            info: convert::info(object.info),
            offset: object.offset,
            length: object.length,
            body: body::outgoing(object.body),
        })
    }

    async fn head(ctx: Context, key: String) -> Result<ObjectInfo, Error> {
        let call = stage_support::call(&ctx);
        within(&ctx, async { Ok(convert::info(client().await?.head(&call, &key).await?)) }).await
    }

    async fn delete(ctx: Context, key: String) -> Result<(), Error> {
        let call = stage_support::call(&ctx);
        within(&ctx, async { Ok(client().await?.delete(&call, &key).await?) }).await
    }

    async fn list(
        ctx: Context,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<ObjectPage, Error> {
        let call = stage_support::call(&ctx);
        within(&ctx, async {
            let page = client().await?.list(&call, &prefix, cursor.as_deref(), limit).await?;
            Ok(ObjectPage { objects: page.objects.into_iter().map(convert::info).collect(), next: page.next })
        })
        .await
    }

    async fn presign(
        _: Context,
        method: SignedMethod,
        key: String,
        seconds: u32,
    ) -> Result<SignedUrl, Error> {
        let signed = client().await?.presign(convert::method(method), &key, seconds)?;
        Ok(SignedUrl { url: signed.url, expires_ms: signed.expires_ms, headers: Vec::new() })
    }

    async fn redeem(_: Context, _: SignedMethod, _: String) -> Result<String, Error> {
        Err(Error::NotFound(Fault {
            message: "This store's signed URLs lead to S3 itself.".to_owned(),
            provider_status: None,
            extras: Vec::new(),
        }))
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{ObjectStoreS3, bindings};

    bindings::export!(ObjectStoreS3 with_types_in bindings);
}
