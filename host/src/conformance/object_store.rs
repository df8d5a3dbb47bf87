//! `serene:object-store`

use anyhow::{Result, bail, ensure};

use super::bindings::files::Body;
use super::bindings::object_store::ObjectStoreStage;
use super::bindings::object_store::exports::serene::object_store::object_store::{
    ByteRange, GetOptions, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions, SignedMethod,
    SignedUrl, WriteCondition,
};
use super::bindings::types::{Context, Error};
use super::body::{self, File};
use super::case::{Case, Held, Outcome, cases};
use super::expect::{refusal, success, told};
use super::lab::{Answer, Lab, Session, answered, attempt, context};
use super::sample;
use super::stage::{Description, Stage, instantiated};

type ObjectStore = ObjectStoreStage;

/// A file that no stage may hold whole, in bytes, and how much more memory it may take for it: some parts that are sent side by side.
const LARGE: u64 = 64 * 1024 * 1024;
const GROWTH: usize = 40 * 1024 * 1024;

impl Stage for ObjectStore {
    instantiated!("object-store");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        let guest = session.stage.serene_object_store_object_store();
        let info = answered("describe", guest.call_describe(session.accessor, ctx).await)?;
        Ok(info.map(|info| Description {
            whole: format!("{info:?}"),
            limits: vec![
                ("max-object-bytes", info.max_object_bytes),
                ("max-signed-url-seconds", info.max_signed_url_seconds.into()),
                ("the length of bucket", info.bucket.len() as u64),
            ],
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        let store = Store { session, ctx };
        let (key, file) = (session.own(&format!("exercise-{n}")), File::of(sample::text(n)));
        let stored = attempt!(store.put_body(&key, file.body(session)?, options()).await?);
        let object = attempt!(store.get(&key, WHOLE).await?);
        let (bytes, outcome) = body::read(session, object.body).await?;
        if let Some(Err(error)) = outcome {
            return Ok(Err(error));
        }
        attempt!(store.delete(&key).await?);
        Ok(Ok(format!("{} {}", stored.size, String::from_utf8_lossy(&bytes))))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            what_is_put_is_got: "an object has the bytes, the content type and the metadata that were put",
            an_empty_object_is_kept: "an object may be empty",
            a_large_object_passes_in_constant_memory: "bytes are a stream: an object of any size passes in constant memory",
            keys_mean_what_they_say: "keys are not normalised, and `/` is a character like any other",
            keys_out_of_range_are_invalid: "a key of no byte or of more than 1,024 is invalid",
            what_is_not_there_is_not_found: "get and head of what is not there are not-found",
            removing_may_be_repeated: "removing what is not there succeeds",
            a_write_replaces_the_object: "always replaces what was there, and the etag differs with the bytes",
            absent_keeps_what_is_there: "absent stores only where no object is, and is a conflict otherwise",
            matches_keeps_what_others_wrote: "matches stores only over the object with that etag",
            a_body_of_another_size_is_invalid: "a body of another length than size is invalid, and nothing is stored",
            a_body_cut_short_stores_nothing: "after a body whose sender gave up, the key holds what it held",
            ranges_are_cut_from_the_object: "a range gives its bytes, where they start, and how many they are",
            a_suffix_may_be_longer_than_the_object: "the last n bytes of a shorter object are all of it, and of an empty one they are invalid",
            ranges_that_hold_no_byte_are_invalid: "a range outside of the object is invalid with the reason range-not-satisfiable and the size",
            reading_on_needs_the_same_object: "if-match answers conflict once the object is another",
            keys_are_listed_in_pages: "objects are listed in ascending order of their keys, by prefix, each once over all pages",
            metadata_out_of_range_is_invalid: "metadata with names or values the contract does not allow is invalid",
            signed_urls_have_their_limits: "a signed URL lives 1 to max-signed-url-seconds, for any key",
            signed_urls_are_redeemed_for_what_they_grant: "a URL of the store's own grants its method on its key, and no changed one does",
        ]
    }
}

pub(crate) const WHOLE: GetOptions = GetOptions { range: None, if_match: None };

pub(crate) fn options() -> PutOptions {
    PutOptions {
        content_type: "application/octet-stream".to_owned(),
        size: None,
        condition: WriteCondition::Always,
        metadata: Vec::new(),
    }
}

fn range(range: ByteRange) -> GetOptions {
    GetOptions { range: Some(range), if_match: None }
}

/// A store as a case uses it.
pub(crate) struct Store<'a> {
    session: &'a Session<'a, ObjectStore>,
    ctx: Context,
}

pub(crate) fn store<'a>(session: &'a Session<'a, ObjectStore>) -> Store<'a> {
    Store { session, ctx: context() }
}

impl Store<'_> {
    async fn info(&self) -> Result<ObjectStoreInfo> {
        let guest = self.session.stage.serene_object_store_object_store();
        success(
            "describe",
            answered("describe", guest.call_describe(self.session.accessor, self.ctx.clone()).await)?,
        )
    }

    async fn put_body(&self, key: &str, body: Body, options: PutOptions) -> Result<Answer<ObjectInfo>> {
        let guest = self.session.stage.serene_object_store_object_store();
        let (ctx, key) = (self.ctx.clone(), key.to_owned());
        answered("put", guest.call_put(self.session.accessor, ctx, key, body, options).await)
    }

    pub(crate) async fn put(
        &self,
        key: &str,
        file: &File,
        options: PutOptions,
    ) -> Result<Answer<ObjectInfo>> {
        self.put_body(key, file.body(self.session)?, options).await
    }

    /// Stores a file, and takes nothing but success.
    async fn keep(&self, key: &str, file: &File) -> Result<ObjectInfo> {
        success(&format!("put of {} bytes", file.size()), self.put(key, file, options()).await?)
    }

    pub(crate) async fn get(&self, key: &str, options: GetOptions) -> Result<Answer<Object>> {
        let guest = self.session.stage.serene_object_store_object_store();
        let (ctx, key) = (self.ctx.clone(), key.to_owned());
        answered("get", guest.call_get(self.session.accessor, ctx, key, options).await)
    }

    /// An object's description, the place and length of its body, and its bytes.
    async fn read(&self, key: &str, options: GetOptions) -> Result<(ObjectInfo, u64, Vec<u8>)> {
        let object = success("get", self.get(key, options).await?)?;
        let (bytes, outcome) = body::read(self.session, object.body).await?;
        match outcome {
            Some(Ok(())) => {}
            Some(Err(error)) => bail!("an object that was opened ended as {}", told(&error)),
            None => bail!("the body of an object ended without an outcome"),
        }
        ensure!(
            bytes.len() as u64 == object.length,
            "a body of {} bytes is said to have {}",
            bytes.len(),
            object.length
        );
        Ok((object.info, object.offset, bytes))
    }

    async fn bytes(&self, key: &str) -> Result<Vec<u8>> {
        Ok(self.read(key, WHOLE).await?.2)
    }

    pub(crate) async fn head(&self, key: &str) -> Result<Answer<ObjectInfo>> {
        let guest = self.session.stage.serene_object_store_object_store();
        answered("head", guest.call_head(self.session.accessor, self.ctx.clone(), key.to_owned()).await)
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<Answer<()>> {
        let guest = self.session.stage.serene_object_store_object_store();
        answered("delete", guest.call_delete(self.session.accessor, self.ctx.clone(), key.to_owned()).await)
    }

    /// Removes an object, and takes nothing but success.
    async fn remove(&self, key: &str) -> Result<()> {
        success("delete", self.delete(key).await?)
    }

    async fn list(&self, prefix: &str, cursor: Option<String>, limit: u32) -> Result<ObjectPage> {
        let guest = self.session.stage.serene_object_store_object_store();
        let (ctx, prefix) = (self.ctx.clone(), prefix.to_owned());
        success(
            "list",
            answered("list", guest.call_list(self.session.accessor, ctx, prefix, cursor, limit).await)?,
        )
    }

    async fn presign(&self, method: SignedMethod, key: &str, seconds: u32) -> Result<Answer<SignedUrl>> {
        let guest = self.session.stage.serene_object_store_object_store();
        let (ctx, key) = (self.ctx.clone(), key.to_owned());
        answered("presign", guest.call_presign(self.session.accessor, ctx, method, key, seconds).await)
    }

    async fn redeem(&self, method: SignedMethod, url: &str) -> Result<Answer<String>> {
        let guest = self.session.stage.serene_object_store_object_store();
        answered(
            "redeem",
            guest.call_redeem(self.session.accessor, self.ctx.clone(), method, url.to_owned()).await,
        )
    }
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
            ensure!(info.modified_ms > 0, "{call} does not say when it was written");
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
        let (store, key, small) = (store(session), session.own("large"), session.own("small"));
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

async fn signed_urls_have_their_limits(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("signed"));
        let longest = store.info().await?.max_signed_url_seconds;
        for seconds in [1, longest] {
            let signed = success("presign", store.presign(SignedMethod::Get, &key, seconds).await?)?;
            ensure!(
                signed.url.starts_with('/') || signed.url.starts_with("http"),
                "a signed URL is neither absolute nor a path"
            );
            ensure!(signed.expires_ms > 0, "a signed URL does not say when it expires");
        }
        for seconds in [0, longest.saturating_add(1)] {
            let call = format!("presign for {seconds} seconds");
            if seconds == 0 || seconds > longest {
                refusal(&call, store.presign(SignedMethod::Get, &key, seconds).await?, "invalid")?;
            }
        }
        Ok(Held::Yes)
    })
    .await
}

async fn signed_urls_are_redeemed_for_what_they_grant(lab: &Lab<ObjectStore>) -> Outcome {
    lab.with(async |session| {
        let (store, key) = (store(session), session.own("redeemed"));
        let signed = success("presign", store.presign(SignedMethod::Get, &key, 60).await?)?;
        let url = signed.url.as_str();
        if !url.starts_with('/') {
            return refusal(
                "redeem of another server's URL",
                store.redeem(SignedMethod::Get, "/x?y=z").await?,
                "not-found",
            );
        }
        let granted = success("redeem", store.redeem(SignedMethod::Get, url).await?)?;
        ensure!(granted == key, "a URL for {key:?} is redeemed for {granted:?}");
        refusal("redeem for another method", store.redeem(SignedMethod::Put, url).await?, "denied")?;
        for place in (url.len() * 2 / 3..url.len()).step_by(5) {
            let mut changed = url.as_bytes().to_vec();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8_lossy(&changed).into_owned();
            ensure!(
                store.redeem(SignedMethod::Get, &changed).await?.is_err(),
                "a URL that was changed in place {place} of {} is redeemed",
                url.len()
            );
        }
        Ok(Held::Yes)
    })
    .await
}
