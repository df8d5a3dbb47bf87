//! Bringing a file over, in constant memory, and making sure that it is the one.

use bytes::Bytes;
use futures::channel::oneshot;
use futures::{StreamExt, stream};
use layout::DocumentRef;
use sha2::{Digest, Sha256};

use super::reading::open_first;
use super::row::OldRow;
use super::{LegacyFile, LegacyFiles, MigrationRequest};
use crate::flows::store::hash;
use crate::ledger::Document;
use crate::stages::{Call, ObjectInfo, ObjectStore, Stages};
use crate::{ByteStream, Environment, Error, Pipeline, Result, Stage};

/// What went by.
struct Passed {
    sha256: String,
    size: u64,
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Copies a row's file under the key of its document, which holds nothing, and reads it back. Returns the document as claimed, with what was stored.
    pub(super) async fn copy(
        &self,
        call: &Call,
        legacy: &impl LegacyFiles,
        request: &MigrationRequest,
        old: &OldRow<'_>,
        seen: Option<&Document>,
    ) -> Result<Document> {
        // Opened first: of a file that is not there, nothing is written anywhere.
        let LegacyFile { size, body } = self.open_legacy(call, legacy, request, old).await?;
        let document = self.claim_for(call, old, seen, None).await?;
        let (body, passed) = watched(body);
        let kept = self.keep(call, &old.reference, body, size, None).await;
        let passed = match (kept, passed.await) {
            (Ok(_), Ok(passed)) => passed,
            (Err(error), Ok(passed)) => {
                self.kept_already(call, &old.reference, &passed.sha256, error).await?;
                passed
            }
            (Err(error), Err(_)) => return Err(error),
            (Ok(_), Err(_)) => {
                let message = "The object store did not read the file to its end.";
                return Err(Error::failed(message).at(Stage::ObjectStore));
            }
        };
        self.verify(call, &old.reference, &passed).await?;
        Ok(Document { sha256: Some(passed.sha256), size: Some(passed.size), ..document })
    }

    /// Compares a row's file with the one that has the key of its document already: left there by a run that broke off, or by somebody else.
    pub(super) async fn compare_with_source(
        &self,
        call: &Call,
        legacy: &impl LegacyFiles,
        request: &MigrationRequest,
        old: &OldRow<'_>,
        seen: Option<&Document>,
        object: &ObjectInfo,
    ) -> Result<Document> {
        let sha256 = hash(self.open_legacy(call, legacy, request, old).await?.body).await?;
        if self.read_back(call, &old.reference).await? == sha256 {
            return self.take_on(call, old, seen, sha256, object.size).await;
        }
        // Our intent would keep others from removing what is in the way. Where the path may as well mean that file, the intent alone says that it does not.
        if let Some(seen) = seen
            && !old.may_be_ours()
        {
            self.forget(call, seen).await?;
        }
        let message = format!(
            "The object store has another file under {} than Supabase Storage, and no document of the ledger has it: nothing was overwritten. Remove it from the bucket, or replace the row's path, then migrate again.",
            old.reference.key()
        );
        Err(Error::failed(message).at(Stage::ObjectStore))
    }

    /// Opens the first of the objects that a row's path may mean.
    async fn open_legacy(
        &self,
        call: &Call,
        legacy: &impl LegacyFiles,
        request: &MigrationRequest,
        old: &OldRow<'_>,
    ) -> Result<LegacyFile> {
        let storage_bucket = self.settings.storage_bucket.as_deref();
        let file = open_first(call, legacy, &old.objects(storage_bucket), request.max_file_bytes).await?;
        file.ok_or_else(|| old.missing(storage_bucket))
    }

    async fn verify(&self, call: &Call, document: &DocumentRef, passed: &Passed) -> Result<()> {
        if self.read_back(call, document).await? == passed.sha256 {
            return Ok(());
        }
        let message = format!(
            "What the object store holds under {} is not what was read from Supabase Storage. The row keeps its old path; remove the object and migrate again.",
            document.key()
        );
        Err(Error::failed(message).at(Stage::ObjectStore))
    }

    /// The hash of what the object store holds now. Its own word for it is not taken: it was given with the write.
    async fn read_back(&self, call: &Call, document: &DocumentRef) -> Result<String> {
        hash(self.stages.objects().get(call, document.key().as_str(), Default::default()).await?.body).await
    }
}

/// The same bytes, and what went by once all of them have.
fn watched(body: ByteStream) -> (ByteStream, oneshot::Receiver<Passed>) {
    let (sender, receiver) = oneshot::channel();
    let watch = Some((body, Sha256::new(), 0_u64, sender));
    let bytes = stream::unfold(watch, |watch| async {
        let (mut body, mut hasher, size, sender) = watch?;
        let next: Option<Result<Bytes>> = body.next().await;
        match next {
            Some(Ok(bytes)) => {
                hasher.update(&bytes);
                let size = size + bytes.len() as u64;
                Some((Ok(bytes), Some((body, hasher, size, sender))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                // Whoever asked may have left.
                let _ = sender.send(Passed { sha256: hex::encode(hasher.finalize()), size });
                None
            }
        }
    });
    (Box::pin(bytes), receiver)
}
