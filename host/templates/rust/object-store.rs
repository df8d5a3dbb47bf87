//! Serene's side of the stage: it goes around another object store, which keeps the files, and hands every call on but those that it refuses.

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

/// What Serene calls, in the types of the store inside: what is handed on, a body above all, is moved and not copied.
mod exported {
    wit_bindgen::generate!({
        path: "wit",
        world: "object-store-stage",
        with: {
            "serene:types/files@{{version}}": crate::bindings::serene::types::files,
            "serene:types/types@{{version}}": crate::bindings::serene::types::types,
            "{{interface}}/byte-range": crate::inner::ByteRange,
            "{{interface}}/get-options": crate::inner::GetOptions,
            "{{interface}}/object": crate::inner::Object,
            "{{interface}}/object-info": crate::inner::ObjectInfo,
            "{{interface}}/object-page": crate::inner::ObjectPage,
            "{{interface}}/object-store-info": crate::inner::ObjectStoreInfo,
            "{{interface}}/put-options": crate::inner::PutOptions,
            "{{interface}}/signed-method": crate::inner::SignedMethod,
            "{{interface}}/signed-url": crate::inner::SignedUrl,
            "{{interface}}/write-condition": crate::inner::WriteCondition,
        },
        async: true,
    });
}

use bindings::serene::object_store::object_store as inner;
use bindings::serene::types::files::Body;
use bindings::serene::types::types::{Context, Error};
use contract::{around, fault};
use exported::exports::serene::object_store::object_store::Guest;
use inner::{
    GetOptions, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions, SignedMethod, SignedUrl,
};

struct Stage;

impl Guest for Stage {
    async fn describe(ctx: Context) -> Result<ObjectStoreInfo, Error> {
        let info = inner::describe(ctx).await?;
        Ok(ObjectStoreInfo { stage: around(info.stage), ..info })
    }

    async fn put(ctx: Context, key: String, body: Body, options: PutOptions) -> Result<ObjectInfo, Error> {
        if work::runs_in_a_browser(&options.content_type) {
            let message = "A file that a browser runs is not stored. Store it as text/plain.";
            return Err(Error::Invalid(fault(message, &[("reason", "content-type-not-stored")])));
        }
        inner::put(ctx, key, body, options).await
    }

    async fn get(ctx: Context, key: String, options: GetOptions) -> Result<Object, Error> {
        inner::get(ctx, key, options).await
    }

    async fn head(ctx: Context, key: String) -> Result<ObjectInfo, Error> {
        inner::head(ctx, key).await
    }

    async fn delete(ctx: Context, key: String) -> Result<(), Error> {
        inner::delete(ctx, key).await
    }

    async fn list(
        ctx: Context,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<ObjectPage, Error> {
        inner::list(ctx, prefix, cursor, limit).await
    }

    async fn presign(
        ctx: Context,
        method: SignedMethod,
        key: String,
        seconds: u32,
    ) -> Result<SignedUrl, Error> {
        let signed = inner::presign(ctx, method, key, seconds).await?;
        // What is sent to another server does not come by `put`. A URL that begins with `/` comes back to Serene.
        if method == SignedMethod::Put && !signed.url.starts_with('/') {
            let message = "No URL is signed by which a file passes this stage by. Send the file to Serene.";
            return Err(Error::Invalid(fault(message, &[("reason", "method-not-signed")])));
        }
        Ok(signed)
    }

    async fn redeem(ctx: Context, method: SignedMethod, url: String) -> Result<String, Error> {
        inner::redeem(ctx, method, url).await
    }
}

exported::export!(Stage with_types_in exported);
