//! Storing a document whose bytes are at hand: transcripts and what generators write.

use futures::StreamExt;
use layout::DocumentRef;
use sha2::{Digest, Sha256};

use super::{Durability, Outcome};
use crate::indexing::{Indexed, Workshop};
use crate::ledger::{Attempt, Document, Status, error_value, is_superseded, superseded};
use crate::stages::{
    Call, GetOptions, Object, ObjectInfo, ObjectStore, PutOptions, Section, Stages, WriteCondition,
};
use crate::transcript::Transcript;
use crate::{ByteStream, Environment, Error, Pipeline, Result, Stage, collect, from_bytes};

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Stores a transcript: JSON that fits `/schemas/transcript`.
    ///
    /// # Errors
    /// `invalid` and `too-large` for what is no transcript, before anything is stored; a stage's error when the file could not be stored.
    pub async fn put_transcript(
        &self,
        call: &Call,
        document: &DocumentRef,
        body: ByteStream,
    ) -> Result<Outcome> {
        let bytes = collect(body, self.settings.max_transcript_bytes, "The transcript").await?;
        let sections = Transcript::parse(&bytes, self.settings.max_turns)?.sections();
        self.put_bytes(call, document, bytes, sections).await
    }

    /// Stores bytes under a document's key and indexes the text given with them.
    pub(crate) async fn put_bytes(
        &self,
        call: &Call,
        reference: &DocumentRef,
        bytes: Vec<u8>,
        sections: Vec<Section>,
    ) -> Result<Outcome> {
        let workshop = self.workshop(call, false).await?;
        let before = self.find(call, reference.document_id().as_str()).await?;
        let object = self.object(call, reference).await?;
        let sha256 = sha256(&bytes);
        if let (Some(before), Some(object)) = (&before, &object)
            && is_current(before, &sha256, &workshop)
            && self.sha256_of(call, object).await? == sha256
        {
            return Ok(Outcome {
                document: before.clone(),
                durability: Durability::Complete,
                created: false,
                unchanged: true,
            });
        }
        let attempt = self.begin(call, reference, before).await?;
        let size = bytes.len() as u64;
        let (kept, computed) = futures::join!(
            self.keep(call, reference, from_bytes(bytes), Some(size), object.as_ref()),
            self.compute_if_indexed(call, reference, sections, &workshop),
        );
        let kept = match kept {
            Err(error) => self.kept_already(call, reference, &sha256, error).await,
            kept => kept,
        };
        match kept {
            Ok(object) => {
                let stored = Stored { sha256, size, etag: object.etag, is_new: true };
                self.finish(call, reference, attempt, stored, computed, &workshop).await
            }
            Err(error) => Err(self.refuse(call, &attempt, error).await),
        }
    }

    /// What is stored under a document's key.
    pub(crate) async fn object(&self, call: &Call, reference: &DocumentRef) -> Result<Option<ObjectInfo>> {
        match self.stages.objects().head(call, reference.key().as_str()).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.code() == "not-found" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The SHA-256 of an object, which is read when the store does not know it.
    pub(crate) async fn sha256_of(&self, call: &Call, object: &ObjectInfo) -> Result<String> {
        if let Some(sha256) = &object.sha256 {
            return Ok(sha256.clone());
        }
        let options = GetOptions { if_match: Some(object.etag.clone()), ..GetOptions::default() };
        hash(self.stages.objects().get(call, &object.key, options).await?.body).await
    }

    /// Stores a document's file, provided that its key still holds what was `seen` there: of two that write at once, one is refused.
    pub(crate) async fn keep(
        &self,
        call: &Call,
        reference: &DocumentRef,
        body: ByteStream,
        size: Option<u64>,
        seen: Option<&ObjectInfo>,
    ) -> Result<ObjectInfo> {
        let content_type = reference.kind().content_type().to_owned();
        let condition = unchanged(seen);
        let options = PutOptions { content_type, size, condition, metadata: Vec::new() };
        let object = self.stages.objects().put(call, reference.key().as_str(), body, options).await?;
        self.finished(Stage::ObjectStore);
        Ok(object)
    }

    /// What the key holds, when a put was refused because it holds these very bytes: another request has sent them too, or a stage that had to ask its provider
    /// twice has met its own first try.
    pub(crate) async fn kept_already(
        &self,
        call: &Call,
        reference: &DocumentRef,
        sha256: &str,
        error: Error,
    ) -> Result<ObjectInfo> {
        if error.code() == "conflict"
            && let Some(object) = self.object(call, reference).await?
            && self.sha256_of(call, &object).await? == sha256
        {
            return Ok(object);
        }
        Err(error)
    }

    async fn compute_if_indexed(
        &self,
        call: &Call,
        reference: &DocumentRef,
        sections: Vec<Section>,
        workshop: &Workshop,
    ) -> Result<Option<Indexed>> {
        match reference.kind().namespace() {
            Some(_) => self.compute(call, reference.kind(), sections, workshop).await.map(Some),
            None => Ok(None),
        }
    }

    /// Takes the intent back when the key surely holds what it held, and hands the error on. Otherwise the intent stays for resume and reconcile, as it does when
    /// the ledger cannot be reached.
    pub(crate) async fn refuse(&self, call: &Call, attempt: &Attempt, error: Error) -> Error {
        if error.blames_input() {
            let _ = self.take_back(&self.settling(call), attempt).await;
        }
        error
    }

    /// Records that the file is durable, then commits what was computed. From here on nothing is lost: a failure becomes the document's state.
    pub(crate) async fn finish(
        &self,
        call: &Call,
        reference: &DocumentRef,
        mut attempt: Attempt,
        stored: Stored,
        mut computed: Result<Option<Indexed>>,
        workshop: &Workshop,
    ) -> Result<Outcome> {
        let call = &self.settling(call);
        let created = attempt.before.is_none();
        attempt.document.sha256 = Some(stored.sha256);
        attempt.document.size = Some(stored.size);
        attempt.document.path = Some(reference.stored_path(&self.settings.bucket));
        let mut claims = 0;
        loop {
            let done = self.finish_steps(call, reference, &mut attempt, &computed, workshop).await;
            let document = &mut attempt.document;
            match done {
                Ok(()) => {
                    let document = attempt.document;
                    return Ok(Outcome {
                        document,
                        durability: Durability::Complete,
                        created,
                        unchanged: false,
                    });
                }
                Err(error) if is_superseded(&error) => {
                    let mut claimed = false;
                    while !claimed {
                        if !stored.is_new || claims == CLAIMS {
                            return Err(error);
                        }
                        claims += 1;
                        claimed = self.claim_again(call, reference, &mut attempt, &stored.etag).await?;
                    }
                    if matches!(&computed, Ok(Some(indexed)) if indexed.was_fetched) {
                        computed = Err(super::pdf::replaced());
                    }
                }
                Err(error) => {
                    document.models = workshop.models.clone();
                    document.failed_stage = error.stage.map(|s| s.as_str().to_owned());
                    document.last_error = Some(error_value(&error));
                    // Without the ledger the intent row still says that work is unfinished, and resume starts there.
                    let _ = self.advance(call, document, Status::Failed).await;
                    let document = attempt.document;
                    let durability = Durability::Stored { error };
                    return Ok(Outcome { document, durability, created, unchanged: false });
                }
            }
        }
    }

    async fn finish_steps(
        &self,
        call: &Call,
        reference: &DocumentRef,
        attempt: &mut Attempt,
        computed: &Result<Option<Indexed>>,
        workshop: &Workshop,
    ) -> Result<()> {
        self.advance(call, &mut attempt.document, Status::Stored).await?;
        self.write_product_row(call, reference, &attempt.document).await?;
        self.finished(Stage::RecordStore);
        let nothing = Indexed::nothing();
        let indexed = computed.as_ref().map_err(Clone::clone)?.as_ref().unwrap_or(&nothing);
        self.commit(call, reference, attempt, indexed, workshop).await
    }

    /// Gets the ledger's row back from an attempt that began later, as long as the key holds what this one wrote: the file decides what the ledger must say, and
    /// the other attempt may have seen an older one. Returns false when the row changed at that moment.
    async fn claim_again(
        &self,
        call: &Call,
        reference: &DocumentRef,
        attempt: &mut Attempt,
        etag: &str,
    ) -> Result<bool> {
        // In this order: whoever changes the file later has claimed the row before that.
        let row = self.find(call, reference.document_id().as_str()).await?;
        let object = self.object(call, reference).await?;
        let is_ours = object.is_some_and(|object| object.etag == etag);
        if !is_ours || row.as_ref().is_some_and(|row| row.status == Status::Deleting) {
            return Err(superseded());
        }
        let next = match &row {
            Some(row) => Document { status: Status::Receiving, ..row.clone() },
            // It says nothing of a file: should this request come again after the document was deleted, there is none.
            None => Document::new(reference, Status::Receiving, self.timestamp()),
        };
        let claimed = match self.claim(call, row.as_ref(), next).await {
            Err(error) if is_superseded(&error) => return Ok(false),
            claimed => claimed?,
        };
        attempt.lost.extend(attempt.document.attempt.clone());
        attempt.lose(row.as_ref());
        let own = attempt.document.clone();
        attempt.document = Document {
            partner_id: own.partner_id,
            filename: own.filename,
            path: own.path,
            sha256: own.sha256,
            size: own.size,
            ..claimed
        };
        Ok(true)
    }
}

/// A file that is durable.
pub(crate) struct Stored {
    pub(crate) sha256: String,
    pub(crate) size: u64,
    pub(crate) etag: String,
    /// Whether this very attempt wrote it.
    pub(crate) is_new: bool,
}

impl Stored {
    /// What there is under a key, read to its end when the store does not know its hash.
    pub(crate) async fn read(object: Object) -> Result<Self> {
        let ObjectInfo { size, sha256, etag, .. } = object.info;
        let sha256 = match sha256 {
            Some(sha256) => sha256,
            None => hash(object.body).await?,
        };
        Ok(Self { sha256, size, etag, is_new: false })
    }
}

/// How often an attempt tries to get the ledger back.
const CLAIMS: u32 = 8;

/// The condition that a key still holds what was seen there.
pub(crate) fn unchanged(seen: Option<&ObjectInfo>) -> WriteCondition {
    seen.map_or(WriteCondition::Absent, |object| WriteCondition::Matches(object.etag.clone()))
}

/// Whether a document is stored, indexed, and would come out the same if done again.
pub(crate) fn is_current(document: &Document, sha256: &str, workshop: &Workshop) -> bool {
    document.status == Status::Indexed
        && document.sha256.as_deref() == Some(sha256)
        && document.models == workshop.models
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The SHA-256 of a file's bytes, in lower-case hex.
pub(crate) async fn hash(mut body: ByteStream) -> Result<String> {
    let mut hasher = Sha256::new();
    while let Some(chunk) = body.next().await {
        hasher.update(chunk?);
    }
    Ok(hex::encode(hasher.finalize()))
}
