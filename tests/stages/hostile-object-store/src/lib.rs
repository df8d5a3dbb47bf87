//! An object store under whose every key lies the same file, and whose author means harm.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/object-store"],
        world: "serene:object-store/object-store-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::object_store::object_store::{
    Body, GetOptions, Guest, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions, SignedMethod,
    SignedUrl,
};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};
use bindings::{wit_future, wit_stream};

/// The file, in bytes.
const SIZE: usize = 200_000;

struct Hostile;

impl Guest for Hostile {
    async fn describe(_: Context) -> Result<ObjectStoreInfo, Error> {
        Ok(ObjectStoreInfo {
            stage: StageInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                extras: Vec::new(),
            },
            bucket: "serene-relationship-mediator".to_owned(),
            max_object_bytes: 1 << 30,
            max_signed_url_seconds: 60,
        })
    }

    async fn put(ctx: Context, key: String, body: Body, _: PutOptions) -> Result<ObjectInfo, Error> {
        let deed = ctx.relationship.unwrap_or_default();
        if deed == "never-reads" {
            hostile::act("waits-for-ever").await;
        }
        let mut bytes = body.bytes;
        loop {
            let (_, read) = bytes.read(Vec::with_capacity(1 << 16)).await;
            if read.is_empty() {
                break;
            }
            if deed == "stops-reading" {
                hostile::act("waits-for-ever").await;
            }
            if deed == "panics-while-reading" {
                panic!("asked to");
            }
        }
        body.outcome.await?;
        hostile::act(&deed).await;
        Ok(info(&key))
    }

    async fn get(ctx: Context, key: String, _: GetOptions) -> Result<Object, Error> {
        let deed = ctx.relationship.unwrap_or_default();
        let length = match &*deed {
            "says-another-length" => 1 << 40,
            _ => SIZE as u64,
        };
        Ok(Object { info: info(&key), offset: 0, length, body: body(deed) })
    }

    async fn head(_: Context, key: String) -> Result<ObjectInfo, Error> {
        Ok(info(&key))
    }

    async fn delete(_: Context, _: String) -> Result<(), Error> {
        Ok(())
    }

    async fn list(_: Context, _: String, _: Option<String>, _: u32) -> Result<ObjectPage, Error> {
        Ok(ObjectPage { objects: Vec::new(), next: None })
    }

    async fn presign(_: Context, _: SignedMethod, _: String, _: u32) -> Result<SignedUrl, Error> {
        Err(not_found())
    }

    async fn redeem(_: Context, _: SignedMethod, _: String) -> Result<String, Error> {
        Err(not_found())
    }
}

/// The file on its way, as the deed has it.
fn body(deed: String) -> Body {
    let (mut sender, bytes) = wit_stream::new::<u8>();
    let (verdict, outcome) = wit_future::new::<Result<(), Error>>(|| Err(not_found()));
    wit_bindgen::spawn(async move {
        let sent = match &*deed {
            "sends-nothing" => return hostile::act("waits-for-ever").await,
            "sends-less" | "stops-sending" | "panics-midway" | "computes-midway" => SIZE / 2,
            "sends-more" => SIZE + 1,
            _ => SIZE,
        };
        if !sender.write_all(vec![b'x'; sent]).await.is_empty() {
            return;
        }
        match &*deed {
            "stops-sending" | "never-says-how-it-ended" => hostile::act("waits-for-ever").await,
            "panics-midway" => panic!("asked to"),
            "computes-midway" => hostile::act("computes-for-ever").await,
            _ => {}
        }
        drop(sender);
        if deed == "never-says-whether-it-is-whole" {
            hostile::act("waits-for-ever").await;
        }
        if deed != "drops-the-outcome" {
            // A receiver that has left needs no outcome.
            let _ = verdict.write(Ok(())).await;
        }
    });
    Body { bytes, outcome }
}

fn info(key: &str) -> ObjectInfo {
    ObjectInfo {
        key: key.to_owned(),
        size: SIZE as u64,
        etag: "always".to_owned(),
        content_type: "application/pdf".to_owned(),
        modified_ms: 0,
        sha256: None,
        metadata: Vec::new(),
    }
}

fn not_found() -> Error {
    Error::NotFound(Fault { message: "There is none.".to_owned(), provider_status: None, extras: Vec::new() })
}

bindings::export!(Hostile with_types_in bindings);
