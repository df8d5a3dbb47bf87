//! Keys, and what is or is not behind them.

use anyhow::ensure;

use super::{ObjectStore, WHOLE, options, store};
use crate::conformance::body::File;
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::{refusal, success};
use crate::conformance::lab::Lab;

pub(super) fn cases() -> Vec<Case<ObjectStore>> {
    cases![
        keys_mean_what_they_say: "keys are not normalised, and `/` is a character like any other",
        keys_out_of_range_are_invalid: "a key of no byte or of more than 1,024 is invalid",
        what_is_not_there_is_not_found: "get and head of what is not there are not-found",
        removing_may_be_repeated: "removing what is not there succeeds",
        keys_are_listed_in_pages: "objects are listed in ascending order of their keys, by prefix, each once over all pages",
    ]
}

async fn keys_mean_what_they_say(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let store = store(session);
        // Pairs that a store which normalises or decodes takes for one.
        let names =
            ["a b", "a%20b", "a+b", "A b", "é", "e\u{301}", "x/y", "x/y.json", "日本/語", "q?r#s&t=u"];
        for name in names {
            store.keep(&session.own(name), &File::of(name)).await?;
        }
        for name in names {
            let bytes = store.bytes(&session.own(name)).await?;
            ensure!(bytes == name.as_bytes(), "the key {name:?} holds {:?}", String::from_utf8_lossy(&bytes));
            store.remove(&session.own(name)).await?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn keys_out_of_range_are_invalid(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let store = store(session);
        for key in [String::new(), "k".repeat(1_025)] {
            let call = format!("put of a key of {} bytes", key.len());
            refusal(&call, store.put(&key, &File::of("x"), options()).await?, "invalid")?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn what_is_not_there_is_not_found(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("never-put"));
        refusal("head of what is not there", store.head(&key).await?, "not-found")?;
        refusal("get of what is not there", store.get(&key, WHOLE).await?, "not-found")
    })
    .await
}

async fn removing_may_be_repeated(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("removed"));
        store.keep(&key, &File::of("x")).await?;
        store.remove(&key).await?;
        success("a second delete", store.delete(&key).await?)?;
        refusal("head of what was removed", store.head(&key).await?, "not-found")
    })
    .await
}

async fn keys_are_listed_in_pages(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let store = store(session);
        let names = ["list/b", "list/a/2", "list/a/10", "list/ä", "list/B"];
        for name in names {
            store.keep(&session.own(name), &File::of(name)).await?;
        }
        let mut sorted = names.map(|name| session.own(name));
        sorted.sort();
        for limit in [1, 2, 1_000] {
            let (mut keys, mut cursor) = (Vec::new(), None);
            loop {
                let page = store.list(&session.own("list/"), cursor, limit).await?;
                ensure!(page.objects.len() <= limit as usize, "a page of {limit} has {}", page.objects.len());
                keys.extend(page.objects.into_iter().map(|object| object.key));
                ensure!(
                    keys.len() <= names.len(),
                    "in pages of {limit}, an object is listed twice: {keys:?}"
                );
                match page.next {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
            ensure!(keys == sorted, "in pages of {limit}, the keys are {keys:?} and not {sorted:?}");
        }
        let some = store.list(&session.own("list/a/"), None, 1_000).await?.objects.len();
        let none = store.list(&session.own("nothing-of-this/"), None, 1_000).await?.objects.len();
        for name in names {
            store.remove(&session.own(name)).await?;
        }
        ensure!(some == 2 && none == 0, "prefixes of 2 and of no objects list {some} and {none}");
        Ok(Held::Yes)
    })
    .await
}
