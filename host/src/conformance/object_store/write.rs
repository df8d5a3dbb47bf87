//! What is put is kept, whole or not at all.

use anyhow::ensure;

use super::{ObjectStore, WHOLE, options, store};
use crate::conformance::bindings::object_store::exports::serene::object_store::object_store::{
    PutOptions, WriteCondition,
};
use crate::conformance::body::File;
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::{is_about_now, refusal, success};
use crate::conformance::lab::Lab;

/// A file that no stage may hold whole, in bytes, and how much more memory it may take for it: some parts that are sent side by side.
const LARGE: u64 = 64 * 1024 * 1024;
const GROWTH: usize = 40 * 1024 * 1024;
/// Time for a large file on a machine that has much else to do, in milliseconds.
const UNHURRIED_MS: u64 = 600_000;

pub(super) fn cases() -> Vec<Case<ObjectStore>> {
    cases![
        what_is_put_is_got: "an object has the bytes, the content type and the metadata that were put",
        an_empty_object_is_kept: "an object may be empty",
        a_large_object_passes_in_constant_memory: "bytes are a stream: an object of any size passes in constant memory",
        a_write_replaces_the_object: "always replaces what was there, and the etag differs with the bytes",
        absent_keeps_what_is_there: "absent stores only where no object is, and is a conflict otherwise",
        matches_keeps_what_others_wrote: "matches stores only over the object with that etag",
        a_body_of_another_size_is_invalid: "a body of another length than size is invalid, and nothing is stored",
        a_body_cut_short_stores_nothing: "after a body whose sender gave up, the key holds what it held",
        metadata_out_of_range_is_invalid: "metadata with names or values the contract does not allow is invalid",
    ]
}

async fn what_is_put_is_got(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key, file) = (store(session), session.own("round/trip"), File::of_size(300_000));
        let metadata = vec![("sender".to_owned(), "conformance;a=\"b\"".to_owned())];
        let given = PutOptions {
            content_type: "text/plain; charset=utf-8".to_owned(),
            size: Some(file.size()),
            metadata: metadata.clone(),
            ..options()
        };
        let put = success("put", store.put(&key, &file, given).await?)?;
        let head = success("head", store.head(&key).await?)?;
        let (got, offset, bytes) = store.read(&key, WHOLE).await?;
        store.remove(&key).await?;
        ensure!(bytes == file.whole() && offset == 0, "other bytes came back than were put");
        for (call, info) in [("put", &put), ("head", &head), ("get", &got)] {
            ensure!(info.key == key, "{call} names the key {:?}, and {key:?} was put", info.key);
            ensure!(
                info.size == file.size(),
                "{call} says {} bytes, and {} were put",
                info.size,
                file.size()
            );
            ensure!(info.etag == put.etag && !info.etag.is_empty(), "{call} gives the etag {:?}", info.etag);
            ensure!(!info.etag.contains('"'), "{call} gives an etag in quotes");
            ensure!(info.content_type == "text/plain; charset=utf-8", "{call} says {:?}", info.content_type);
            ensure!(info.metadata == metadata, "{call} gives the metadata {:?}", info.metadata);
            ensure!(
                is_about_now(info.modified_ms, 0),
                "{call} says that it was written {} ms after 1970, which is not now",
                info.modified_ms
            );
        }
        Ok(Held::Yes)
    })
    .await
}

async fn an_empty_object_is_kept(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("empty"));
        store.keep(&key, &File::of("")).await?;
        let (info, _, bytes) = store.read(&key, WHOLE).await?;
        store.remove(&key).await?;
        ensure!(info.size == 0 && bytes.is_empty(), "an empty object came back with {} bytes", bytes.len());
        Ok(Held::Yes)
    })
    .await
}

async fn a_large_object_passes_in_constant_memory(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (mut store, key, small) = (store(session), session.own("large"), session.own("small"));
        // It is the memory that counts here.
        store.ctx.time_left_ms = UNHURRIED_MS;
        let size = LARGE.min(store.info().await?.max_object_bytes);
        let file = File::of_size(size);
        // What any write takes is there before the large one.
        store.keep(&small, &File::of_size(1_000_000)).await?;
        let before = session.memory_bytes();
        store.keep(&key, &file).await?;
        let bytes = store.bytes(&key).await?;
        let grown = session.memory_bytes() - before;
        store.remove(&small).await?;
        store.remove(&key).await?;
        ensure!(bytes == file.whole(), "of {size} bytes, other bytes came back");
        ensure!(grown <= GROWTH, "{size} bytes took {} kB of memory more than 1 MB did", grown / 1000);
        Ok(Held::Yes)
    })
    .await
}

async fn a_write_replaces_the_object(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("replaced"));
        let old = store.keep(&key, &File::of("old bytes")).await?;
        let new = store.keep(&key, &File::of("new bytes")).await?;
        let (info, _, bytes) = store.read(&key, WHOLE).await?;
        store.remove(&key).await?;
        ensure!(
            bytes == b"new bytes",
            "after a second put the key holds {:?}",
            String::from_utf8_lossy(&bytes)
        );
        ensure!(old.etag != new.etag && info.etag == new.etag, "the etag is the same for other bytes");
        Ok(Held::Yes)
    })
    .await
}

async fn absent_keeps_what_is_there(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("absent"));
        let absent = || PutOptions { condition: WriteCondition::Absent, ..options() };
        success("put where nothing is", store.put(&key, &File::of("first"), absent()).await?)?;
        let answer = store.put(&key, &File::of("second"), absent()).await?;
        let bytes = store.bytes(&key).await?;
        store.remove(&key).await?;
        ensure!(bytes == b"first", "a put that was to find nothing replaced what is there");
        refusal("put with absent over an object", answer, "conflict")
    })
    .await
}

async fn matches_keeps_what_others_wrote(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("matches"));
        let matches =
            |etag: &str| PutOptions { condition: WriteCondition::Matches(etag.to_owned()), ..options() };
        let first = store.keep(&key, &File::of("first")).await?;
        success("put over its etag", store.put(&key, &File::of("second"), matches(&first.etag)).await?)?;
        let answer = store.put(&key, &File::of("third"), matches(&first.etag)).await?;
        let bytes = store.bytes(&key).await?;
        store.remove(&key).await?;
        ensure!(bytes == b"second", "a put over an etag that is gone replaced what is there");
        refusal("put over an etag that is gone", answer, "conflict")
    })
    .await
}

async fn a_body_of_another_size_is_invalid(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("size"));
        for said in [4, 6, 0] {
            let wrong = PutOptions { size: Some(said), ..options() };
            let answer = store.put(&key, &File::of("12345"), wrong).await?;
            refusal(&format!("put of 5 bytes as {said}"), answer, "invalid")?;
            refusal("head after it", store.head(&key).await?, "not-found")?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn a_body_cut_short_stores_nothing(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("cut-short"));
        let file = File::of_size(500_000);
        let answer = store.put_body(&key, file.cut_short(session)?, options()).await?;
        ensure!(answer.is_err(), "a body whose outcome is an error was stored");
        refusal("head after a body cut short", store.head(&key).await?, "not-found")?;
        store.keep(&key, &File::of("what it held")).await?;
        let answer = store.put_body(&key, file.cut_short(session)?, options()).await?;
        let bytes = store.bytes(&key).await?;
        store.remove(&key).await?;
        ensure!(answer.is_err(), "a body whose outcome is an error was stored");
        ensure!(
            bytes == b"what it held",
            "after a body cut short, the key holds {} other bytes",
            bytes.len()
        );
        Ok(Held::Yes)
    })
    .await
}

async fn metadata_out_of_range_is_invalid(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("metadata"));
        for (name, value) in
            [("Upper", "x"), ("a b", "x"), ("", "x"), ("name", "zwölf"), ("name", &"v".repeat(2_100))]
        {
            let metadata = vec![(name.to_owned(), value.to_owned())];
            let answer = store.put(&key, &File::of("x"), PutOptions { metadata, ..options() }).await?;
            refusal(&format!("put with the metadata {name:?} of {} bytes", value.len()), answer, "invalid")?;
        }
        refusal("head after them", store.head(&key).await?, "not-found")
    })
    .await
}
