//! `serene:object-store`

mod keys;
mod presign;
mod read;
mod write;

use anyhow::{Result, bail, ensure};

use super::bindings::files::Body;
use super::bindings::object_store::ObjectStoreStage;
use super::bindings::object_store::exports::serene::object_store::object_store::{
    GetOptions, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions, SignedMethod, SignedUrl,
    WriteCondition,
};
use super::bindings::types::Context;
use super::body::{self, File};
use super::case::Case;
use super::expect::{success, told};
use super::lab::{Answer, Session, answered, attempt, context};
use super::sample;
use super::stage::{Description, Stage, instantiated};

type ObjectStore = ObjectStoreStage;

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
        [write::cases(), keys::cases(), read::cases(), presign::cases()].into_iter().flatten().collect()
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
