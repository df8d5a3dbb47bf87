//! Parts of an object, and reading on.

use anyhow::{bail, ensure};

use super::{ObjectStore, store};
use crate::conformance::bindings::object_store::exports::serene::object_store::object_store::{
    ByteRange, GetOptions,
};
use crate::conformance::bindings::types::Error;
use crate::conformance::body::File;
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::refusal;
use crate::conformance::lab::Lab;

fn range(range: ByteRange) -> GetOptions {
    GetOptions { range: Some(range), if_match: None }
}

pub(super) fn cases() -> Vec<Case<ObjectStore>> {
    cases![
        ranges_are_cut_from_the_object: "a range gives its bytes, where they start, and how many they are",
        a_suffix_may_be_longer_than_the_object: "the last n bytes of a shorter object are all of it, and of an empty one they are invalid",
        ranges_that_hold_no_byte_are_invalid: "a range outside of the object is invalid with the reason range-not-satisfiable and the size",
        reading_on_needs_the_same_object: "if-match answers conflict once the object is another",
    ]
}

async fn ranges_are_cut_from_the_object(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key, file) = (store(session), session.own("ranges"), File::of_size(200_000));
        store.keep(&key, &file).await?;
        for (asked, from, to) in [
            (ByteRange::Between((0, 0)), 0, 1),
            (ByteRange::Between((10, 99_999)), 10, 100_000),
            (ByteRange::Between((199_999, 500_000)), 199_999, 200_000),
            (ByteRange::StartingAt(150_000), 150_000, 200_000),
            (ByteRange::Last(1), 199_999, 200_000),
        ] {
            let what = format!("{asked:?}");
            let (info, offset, bytes) = store.read(&key, range(asked)).await?;
            ensure!(info.size == 200_000, "for {what}, the size of the object is {}", info.size);
            ensure!(offset == from, "{what} starts at {offset}");
            ensure!(bytes == file.bytes(from, to), "{what} gives {} bytes, or others", bytes.len());
        }
        store.remove(&key).await?;
        Ok(Held::Yes)
    })
    .await
}

async fn a_suffix_may_be_longer_than_the_object(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key, empty) = (store(session), session.own("suffix"), session.own("no-suffix"));
        store.keep(&key, &File::of("12345")).await?;
        store.keep(&empty, &File::of("")).await?;
        let (info, offset, bytes) = store.read(&key, range(ByteRange::Last(900))).await?;
        let answer = store.get(&empty, range(ByteRange::Last(1))).await?;
        store.remove(&key).await?;
        store.remove(&empty).await?;
        ensure!(
            bytes == b"12345" && offset == 0 && info.size == 5,
            "the last 900 of 5 bytes are {} bytes from {offset} on",
            bytes.len()
        );
        refusal("get of the last byte of nothing", answer, "invalid")
    })
    .await
}

async fn ranges_that_hold_no_byte_are_invalid(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key, empty) = (store(session), session.own("beyond"), session.own("nothing"));
        store.keep(&key, &File::of("12345")).await?;
        store.keep(&empty, &File::of("")).await?;
        let mut answers = Vec::new();
        for (key, size, asked) in [
            (&key, "5", ByteRange::StartingAt(5)),
            (&key, "5", ByteRange::Between((7, 9))),
            (&empty, "0", ByteRange::StartingAt(0)),
        ] {
            answers.push((
                format!("get of {asked:?} of {size} bytes"),
                size,
                store.get(key, range(asked)).await?,
            ));
        }
        store.remove(&key).await?;
        store.remove(&empty).await?;
        for (call, size, answer) in answers {
            let Err(Error::Invalid(fault)) = &answer else { bail!("{call} is not `invalid`") };
            for (name, value) in [("reason", "range-not-satisfiable"), ("size", size)] {
                ensure!(
                    fault.extras.iter().any(|(n, v)| n == name && v == value),
                    "{call} is invalid without the extra {name}={value}"
                );
            }
        }
        Ok(Held::Yes)
    })
    .await
}

async fn reading_on_needs_the_same_object(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("if-match"));
        let first = store.keep(&key, &File::of("first")).await?;
        let same =
            || GetOptions { range: Some(ByteRange::StartingAt(2)), if_match: Some(first.etag.clone()) };
        let (_, _, bytes) = store.read(&key, same()).await?;
        ensure!(bytes == b"rst", "reading on gives {:?}", String::from_utf8_lossy(&bytes));
        store.keep(&key, &File::of("second")).await?;
        let answer = store.get(&key, same()).await?;
        store.remove(&key).await?;
        refusal("get with the etag of an object that is gone", answer, "conflict")
    })
    .await
}
