//! Storing a document whose bytes are at hand: transcripts and what generators write.

use layout::DocumentRef;

use super::{Durability, Outcome};
use crate::indexing::{Indexed, Workshop};
use crate::ledger::{Document, Status, error_value};
use crate::stages::{Call, ObjectStore, PutOptions, Section, Stages, WriteCondition};
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
        let sha256 = sha256(&bytes);
        if let Some(before) = before.clone().filter(|d| is_current(d, &sha256, &workshop)) {
            return Ok(Outcome {
                document: before,
                durability: Durability::Complete,
                created: false,
                unchanged: true,
            });
        }
        let mut document = self.begin(call, reference, before.as_ref()).await?;
        let size = bytes.len() as u64;
        let (stored, computed) = futures::join!(
            self.keep(call, reference, from_bytes(bytes), Some(size)),
            self.compute_if_indexed(call, reference, sections, &workshop),
        );
        if let Err(error) = stored {
            return Err(self.refuse(call, &document, before.as_ref(), error).await);
        }
        document.sha256 = Some(sha256);
        document.size = Some(size);
        self.finish(call, reference, document, before.is_none(), computed, &workshop).await
    }

    /// Stores a document's file.
    pub(crate) async fn keep(
        &self,
        call: &Call,
        reference: &DocumentRef,
        body: ByteStream,
        size: Option<u64>,
    ) -> Result<()> {
        let content_type = reference.kind().content_type().to_owned();
        let options =
            PutOptions { content_type, size, condition: WriteCondition::Always, metadata: Vec::new() };
        self.stages.objects().put(call, reference.key().as_str(), body, options).await?;
        self.finished(Stage::ObjectStore);
        Ok(())
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

    /// Takes the intent back and hands the error on. A ledger that cannot be reached keeps the intent, which resume and reconcile heal.
    pub(crate) async fn refuse(
        &self,
        call: &Call,
        intent: &Document,
        before: Option<&Document>,
        error: Error,
    ) -> Error {
        let _ = self.take_back(call, intent, before).await;
        error
    }

    /// Records that the file is durable, then commits what was computed. From here on nothing is lost: a failure becomes the document's state.
    pub(crate) async fn finish(
        &self,
        call: &Call,
        reference: &DocumentRef,
        mut document: Document,
        created: bool,
        computed: Result<Option<Indexed>>,
        workshop: &Workshop,
    ) -> Result<Outcome> {
        document.path = Some(reference.stored_path(&self.settings.bucket));
        match self.finish_steps(call, reference, &mut document, computed, workshop).await {
            Ok(()) => Ok(Outcome { document, durability: Durability::Complete, created, unchanged: false }),
            Err(error) if error.extra("reason") == Some("superseded") => Err(error),
            Err(error) => {
                document.status = Status::Failed;
                document.failed_stage = error.stage.map(|s| s.as_str().to_owned());
                document.last_error = Some(error_value(&error));
                // Without the ledger the intent row still says that work is unfinished, and resume starts there.
                let _ = self.advance(call, &mut document).await;
                Ok(Outcome { document, durability: Durability::Stored { error }, created, unchanged: false })
            }
        }
    }

    async fn finish_steps(
        &self,
        call: &Call,
        reference: &DocumentRef,
        document: &mut Document,
        computed: Result<Option<Indexed>>,
        workshop: &Workshop,
    ) -> Result<()> {
        document.status = Status::Stored;
        self.advance(call, document).await?;
        self.write_product_row(call, reference, document).await?;
        self.finished(Stage::RecordStore);
        let indexed = computed?.unwrap_or_else(Indexed::nothing);
        self.commit(call, reference, document, indexed, workshop).await
    }
}

/// Whether a document is stored, indexed, and would come out the same if done again.
pub(crate) fn is_current(document: &Document, sha256: &str, workshop: &Workshop) -> bool {
    document.status == Status::Indexed
        && document.sha256.as_deref() == Some(sha256)
        && document.revision.as_deref() == Some(&workshop.revision(sha256))
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}
