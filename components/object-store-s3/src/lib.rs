//! The cloud object store: the crate `s3` behind `serene:object-store`.

mod body;
mod convert;

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/object-store"],
        world: "serene:object-store/object-store-stage",
        with: {
            "serene:types/files@0.2.0": stage_support::files,
            "serene:types/types@0.2.0": stage_support::types,
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
use s3::{Client, Config, MAX_OBJECT_BYTES, MAX_SIGNED_URL_SECONDS, VARIABLES};
use stage_support::types::Fault;
use stage_support::{Kept, Wasi, call};

thread_local! {
    static CLIENT: Kept<Config, Client<Wasi>> = const { Kept::new() };
}

async fn client() -> Result<Rc<Client<Wasi>>, Error> {
    stage_support::client(&CLIENT, &VARIABLES, Config::from_variables, Client::new).await
}

struct ObjectStoreS3;

impl Guest for ObjectStoreS3 {
    async fn describe(_: Context) -> Result<ObjectStoreInfo, Error> {
        let client = client().await?;
        let bucket = client.config().bucket().to_owned();
        let mut extras = vec![("bucket".to_owned(), bucket.clone()), ("region".to_owned(), client.region())];
        extras.extend(client.advice().map(|advice| ("advice".to_owned(), advice)));
        Ok(ObjectStoreInfo {
            stage: stage_support::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), extras),
            bucket,
            max_object_bytes: MAX_OBJECT_BYTES,
            max_signed_url_seconds: MAX_SIGNED_URL_SECONDS,
        })
    }

    async fn put(ctx: Context, key: String, body: Body, options: PutOptions) -> Result<ObjectInfo, Error> {
        let call = call(&ctx);
        let body = stage_support::incoming(body);
        let options = convert::put_options(options);
        Ok(convert::info(client().await?.put(&call, &key, body, &options).await?))
    }

    async fn get(ctx: Context, key: String, options: GetOptions) -> Result<Object, Error> {
        let call = call(&ctx);
        let range = options.range.map(convert::range);
        let object = client().await?.get(&call, &key, range, options.if_match.as_deref()).await?;
        let s3::Object { info, offset, length, body } = object;
        Ok(Object { info: convert::info(info), offset, length, body: body::outgoing(body) })
    }

    async fn head(ctx: Context, key: String) -> Result<ObjectInfo, Error> {
        let call = call(&ctx);
        Ok(convert::info(client().await?.head(&call, &key).await?))
    }

    async fn delete(ctx: Context, key: String) -> Result<(), Error> {
        let call = call(&ctx);
        Ok(client().await?.delete(&call, &key).await?)
    }

    async fn list(
        ctx: Context,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<ObjectPage, Error> {
        let call = call(&ctx);
        let page = client().await?.list(&call, &prefix, cursor.as_deref(), limit).await?;
        Ok(ObjectPage { objects: page.objects.into_iter().map(convert::info).collect(), next: page.next })
    }

    async fn presign(
        _: Context,
        method: SignedMethod,
        key: String,
        seconds: u32,
    ) -> Result<SignedUrl, Error> {
        let signed = client().await?.presign(convert::method(method), &key, seconds)?;
        Ok(SignedUrl { url: signed.url, expires_ms: signed.expires_ms, headers: signed.headers })
    }

    async fn redeem(_: Context, _: SignedMethod, _: String) -> Result<String, Error> {
        Err(Error::NotFound(Fault {
            message: "This store's signed URLs name the S3 server itself: ask there.".to_owned(),
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
