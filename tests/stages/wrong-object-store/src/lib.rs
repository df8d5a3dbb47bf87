//! An object store that is right but for one fault: it spoils what another one does.

mod keys;
mod read;
mod write;

/// The stage that is spoilt.
mod imports {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:wrong-object-store;

            world imports {
                import serene:object-store/object-store@0.2.0;
            }
        ",
        path: ["../../../wit/types", "../../../wit/object-store"],
        world: "serene-tests:wrong-object-store/imports",
        with: { "serene:types/files@0.2.0": fault::files, "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

/// The same interface from the other side, over the same types.
mod exports {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/object-store"],
        world: "serene:object-store/object-store-stage",
        with: {
            "serene:types/files@0.2.0": fault::files,
            "serene:types/types@0.2.0": fault::types,
            "serene:object-store/object-store@0.2.0/byte-range": crate::inner::ByteRange,
            "serene:object-store/object-store@0.2.0/get-options": crate::inner::GetOptions,
            "serene:object-store/object-store@0.2.0/object": crate::inner::Object,
            "serene:object-store/object-store@0.2.0/object-info": crate::inner::ObjectInfo,
            "serene:object-store/object-store@0.2.0/object-page": crate::inner::ObjectPage,
            "serene:object-store/object-store@0.2.0/object-store-info": crate::inner::ObjectStoreInfo,
            "serene:object-store/object-store@0.2.0/put-options": crate::inner::PutOptions,
            "serene:object-store/object-store@0.2.0/signed-method": crate::inner::SignedMethod,
            "serene:object-store/object-store@0.2.0/signed-url": crate::inner::SignedUrl,
            "serene:object-store/object-store@0.2.0/write-condition": crate::inner::WriteCondition,
        },
        generate_all,
        async: true,
    });
}

use exports::exports::serene::object_store::object_store::Guest;
use fault::files::Body;
use fault::types::{Context, Error};
use fault::{Fault, invalid};
use imports::serene::object_store::object_store as inner;
use inner::{
    GetOptions, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions, SignedMethod, SignedUrl,
};

struct Wrong;

impl Guest for Wrong {
    async fn describe(ctx: Context) -> Result<ObjectStoreInfo, Error> {
        let fault = Fault::read().await;
        let info = inner::describe(ctx).await?;
        let stage = fault.stage(env!("CARGO_PKG_NAME"));
        Ok(ObjectStoreInfo { stage, max_object_bytes: fault.limit(info.max_object_bytes), ..info })
    }

    async fn put(ctx: Context, key: String, body: Body, options: PutOptions) -> Result<ObjectInfo, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        let info = write::put(&fault, ctx, keys::written(&fault, &key), body, options).await?;
        Ok(ObjectInfo { size: fault.number(info.size).await, ..read::told(&fault, info) })
    }

    async fn get(ctx: Context, key: String, options: GetOptions) -> Result<Object, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        read::get(&fault, ctx, keys::written(&fault, &key), options).await
    }

    async fn head(ctx: Context, key: String) -> Result<ObjectInfo, Error> {
        let fault = Fault::read().await;
        match inner::head(ctx, keys::written(&fault, &key)).await {
            Err(Error::NotFound(why)) if fault.is("says-nothing-of-what-is-not-there") => {
                Err(Error::Denied(why))
            }
            answer => Ok(read::told(&fault, answer?)),
        }
    }

    async fn delete(ctx: Context, key: String) -> Result<(), Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        let key = keys::written(&fault, &key);
        if fault.is("removes-only-what-is-there") {
            inner::head(ctx.clone(), key.clone()).await?;
        }
        if fault.is("removes-nothing") {
            return Ok(());
        }
        inner::delete(ctx, key).await
    }

    async fn list(
        ctx: Context,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<ObjectPage, Error> {
        let fault = Fault::read().await;
        let prefix = if fault.is("ignores-the-prefix") { String::new() } else { prefix };
        let limit = if fault.is("ignores-the-limit") { 1_000 } else { limit };
        let cursor = if fault.is("begins-each-page-at-the-first") { None } else { cursor };
        let mut page = inner::list(ctx, prefix, cursor, limit).await?;
        if fault.is("lists-in-any-order") {
            page.objects.reverse();
        }
        if fault.is("has-one-page") {
            page.next = None;
        }
        Ok(page)
    }

    async fn presign(
        ctx: Context,
        method: SignedMethod,
        key: String,
        seconds: u32,
    ) -> Result<SignedUrl, Error> {
        let fault = Fault::read().await;
        if fault.is("signs-for-what-is-there") {
            inner::head(ctx.clone(), key.clone()).await?;
        }
        let longest = inner::describe(ctx.clone()).await?.max_signed_url_seconds;
        let seconds = if fault.is("signs-for-any-time") { seconds.clamp(1, longest) } else { seconds };
        let signed = inner::presign(ctx, method, key, seconds).await?;
        Ok(match fault.is("tells-seconds-for-milliseconds") {
            true => SignedUrl { expires_ms: signed.expires_ms / 1000, ..signed },
            false => signed,
        })
    }

    async fn redeem(ctx: Context, method: SignedMethod, url: String) -> Result<String, Error> {
        let fault = Fault::read().await;
        if fault.is("redeems-for-any-method") {
            for method in [SignedMethod::Get, SignedMethod::Head, SignedMethod::Put, SignedMethod::Delete] {
                if let Ok(key) = inner::redeem(ctx.clone(), method, url.clone()).await {
                    return Ok(key);
                }
            }
        }
        match inner::redeem(ctx, method, url).await {
            Err(Error::Denied(_)) if fault.is("redeems-what-was-changed") && method == SignedMethod::Get => {
                Ok("any".to_owned())
            }
            Ok(key) if fault.is("redeems-for-another-key") => Ok(key.to_uppercase()),
            Err(Error::Denied(_)) if fault.is("says-that-a-method-is-wrong") => {
                Err(invalid("It is another method."))
            }
            answer => answer,
        }
    }
}

exports::export!(Wrong with_types_in exports);
