//! Files that an older program kept in Supabase Storage: only read, and only until they are migrated.
//!
//! The gateway reads them itself, as it does the project's public keys. A stage for it would be composed for ever for what is done once, and the object store's
//! contract has no word for another store's buckets.

use std::rc::Rc;
use std::time::Duration;

use futures::channel::mpsc::{self, Receiver};
use futures::{SinkExt, StreamExt, stream};
use pipeline::stages::Call;
use pipeline::{ByteStream, Error, ErrorKind, LegacyFile, LegacyFiles, LegacyInfo, Result};
use stage_support::{Variables, Wasi};
use supabase::{Project, VARIABLES};
use supabase_storage::{ObjectBody, Storage};

use crate::now_ms;

/// The objects of the project that is set up.
pub struct SupabaseStorage(Storage<Wasi>);

impl SupabaseStorage {
    /// Those of the project in the variables.
    pub async fn set_up() -> Result<Self> {
        Self::read(&Variables::read(&VARIABLES).await)
    }

    /// The same; `None` where no project is set up, as with local stores.
    pub async fn if_set_up() -> Result<Option<Self>> {
        let variables = Variables::read(&VARIABLES).await;
        let is_set_up = VARIABLES.iter().all(|name| variables.get(name).is_some());
        is_set_up.then(|| Self::read(&variables)).transpose()
    }

    fn read(variables: &Variables) -> Result<Self> {
        let project = Project::from_variables(|name| variables.get(name)).map_err(from_upstream)?;
        Ok(Self(Storage::new(Rc::new(Wasi), project)))
    }
}

impl LegacyFiles for SupabaseStorage {
    async fn head(&self, call: &Call, bucket: &str, key: &str) -> Result<Option<LegacyInfo>> {
        let size = self.0.size(&upstream_call(call), bucket, key).await;
        Ok(there(size)?.map(|size| LegacyInfo { size }))
    }

    async fn open(&self, call: &Call, bucket: &str, key: &str, limit: u64) -> Result<Option<LegacyFile>> {
        let object = self.0.open(&upstream_call(call), bucket, key, limit).await;
        Ok(there(object)?.map(|object| LegacyFile { size: object.size, body: stream_of(object.body) }))
    }
}

fn upstream_call(call: &Call) -> upstream::Call {
    let left = Duration::from_millis(call.deadline_ms.saturating_sub(now_ms()));
    upstream::Call::starting_now(&Wasi, left, call.traceparent.as_deref())
}

/// What was asked for; `None` when it is not there.
fn there<T>(answer: Result<T, upstream::Error>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == upstream::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(from_upstream(error)),
    }
}

/// An object's bytes as a stream that flows and stages take. A client of a provider stays where it was made; what it reads is handed over piece by piece.
fn stream_of(mut object: ObjectBody<Wasi>) -> ByteStream {
    let (mut sender, receiver) = mpsc::channel(0);
    spin_sdk::wasip3::spawn(async move {
        loop {
            let piece = object.chunk().await.map_err(from_upstream);
            let is_last = !matches!(piece, Ok(Some(_)));
            // A receiver that has left needs nothing more.
            if sender.send(piece).await.is_err() || is_last {
                return;
            }
        }
    });
    Box::pin(stream::unfold(Some(receiver), |receiver: Option<Receiver<Result<Option<_>>>>| async {
        let mut receiver = receiver?;
        match receiver.next().await {
            Some(Ok(Some(bytes))) => Some((Ok(bytes), Some(receiver))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            // Only a piece that says so is the end of the whole object.
            None => Some((Err(Error::failed("Reading from Supabase Storage broke off.")), None)),
        }
    }))
}

fn from_upstream(error: upstream::Error) -> Error {
    use upstream::ErrorKind as Kind;
    let retry_after_ms = error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    let kind = match error.kind {
        Kind::Invalid => ErrorKind::Invalid,
        Kind::NotFound => ErrorKind::NotFound,
        Kind::Conflict => ErrorKind::Conflict,
        Kind::Denied => ErrorKind::Denied,
        Kind::TooLarge => ErrorKind::TooLarge,
        Kind::RateLimited => ErrorKind::RateLimited { retry_after_ms },
        Kind::Unavailable => ErrorKind::Unavailable { retry_after_ms },
        Kind::TimedOut => ErrorKind::TimedOut,
        Kind::Misconfigured => ErrorKind::Misconfigured,
        Kind::Failed => ErrorKind::Failed,
    };
    Error { provider_status: error.status, extras: error.extras, ..Error::new(kind, error.message) }
}
