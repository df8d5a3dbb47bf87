//! Profiles and handbooks: a PDF is stored while its text is extracted, chunked and embedded.

use futures::channel::oneshot;
use layout::{DocumentRef, Partner};

use super::store::{Stored, is_current};
use super::{Durability, Outcome};
use crate::body::peek;
use crate::fan_out::{FanOut, Readers, was_kept_waiting};
use crate::indexing::{Indexed, Workshop};
use crate::ledger::{Attempt, Document, Status};
use crate::promises::check_pages;
use crate::stages::{
    Call, DocumentSource, Extraction, Extractor, ExtractorInfo, GetOptions, ObjectInfo, ObjectStore, Page,
    Section, SignedMethod, SourceDocument, Stages,
};
use crate::{ByteStream, Environment, Error, ErrorKind, Pipeline, Result, Stage};

/// A PDF on its way in.
pub struct PdfUpload {
    /// The bytes.
    pub body: ByteStream,
    /// How many, when known.
    pub size: Option<u64>,
    /// The file's name with its sender: 1 to 255 characters.
    pub filename: Option<String>,
    /// The partner a profile is about.
    pub partner: Option<Partner>,
}

/// A PDF says what it is within its first bytes.
const MAGIC: &[u8] = b"%PDF-";
const MAGIC_WITHIN: usize = 1024;
/// How long an extractor may take to fetch a document by URL.
const EXTRACTION_URL_SECONDS: u32 = 900;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Stores a profile or handbook.
    ///
    /// The store keeps the file only once the extractor has found that it is a document it can read, so a refused upload leaves what was there before.
    ///
    /// # Errors
    /// `invalid` and `too-large` for what is no readable PDF, with nothing stored; a stage's error when the file could not be stored.
    pub async fn put_pdf(&self, call: &Call, reference: &DocumentRef, upload: PdfUpload) -> Result<Outcome> {
        let (workshop, extractor) =
            futures::try_join!(self.workshop(call, true), self.stages.extractor().describe(call))?;
        let limit = self.settings.max_pdf_bytes.min(extractor.max_bytes);
        if upload.size.is_some_and(|size| size > limit) {
            return Err(Error::too_large("The PDF, in bytes,", limit, upload.size));
        }
        let (head, body) = peek(upload.body, MAGIC_WITHIN).await?;
        if !head.windows(MAGIC.len()).any(|window| window == MAGIC) {
            let message = "This is not a PDF: its first 1,024 bytes do not hold '%PDF-'.";
            return Err(Error::invalid(message).with("reason", "not-a-document"));
        }
        let before = self.find(call, reference.document_id().as_str()).await?;
        let object = self.object(call, reference).await?;
        let mut attempt = self.begin(call, reference, before).await?;
        let document = &mut attempt.document;
        document.filename = upload.filename.or(document.filename.take());
        document.partner_id = upload.partner.map(|p| p.as_str().to_owned()).or(document.partner_id.take());
        let upload = Upload { body, size: upload.size, limit, extractor };
        match self.receive(call, reference, upload, &attempt, object.as_ref(), &workshop).await {
            Ok(Received::Unchanged) => self.unchanged(call, reference, attempt).await,
            Ok(Received::Refused(error)) => {
                let _ = self.take_back(call, &attempt).await;
                Err(error)
            }
            Ok(Received::Stored { stored, computed }) => {
                self.finish(call, reference, attempt, stored, computed.map(Some), &workshop).await
            }
            Err(error) => Err(self.refuse(call, &attempt, error).await),
        }
    }

    /// Ends an upload of the bytes that the ledger says are stored, when they are. Without a new name nothing is written.
    async fn unchanged(&self, call: &Call, reference: &DocumentRef, attempt: Attempt) -> Result<Outcome> {
        let stored = match self.object(call, reference).await? {
            Some(object) => Some(self.sha256_of(call, &object).await?),
            None => None,
        };
        let before = attempt.before.clone().filter(|before| stored.is_some() && before.sha256 == stored);
        let Some(document) = before else {
            // The intent stays, so that the bytes are taken for new ones the next time.
            return Err(Error::conflict(
                "The stored file is another than the ledger says. Send the file again.",
            ));
        };
        if attempt.document.filename != document.filename {
            let document = self.rename(call, reference, attempt.document).await?;
            return Ok(Outcome {
                document,
                durability: Durability::Complete,
                created: false,
                unchanged: false,
            });
        }
        self.take_back(call, &attempt).await?;
        Ok(Outcome { document, durability: Durability::Complete, created: false, unchanged: true })
    }

    /// Ends an upload that changes nothing but the file's name, which only rows have: the vectors of the revision stay.
    async fn rename(&self, call: &Call, reference: &DocumentRef, mut document: Document) -> Result<Document> {
        self.advance(call, &mut document, Status::Stored).await?;
        self.write_product_row(call, reference, &document).await?;
        self.advance(call, &mut document, Status::Indexed).await?;
        Ok(document)
    }

    async fn receive(
        &self,
        call: &Call,
        reference: &DocumentRef,
        upload: Upload,
        attempt: &Attempt,
        seen: Option<&ObjectInfo>,
        workshop: &Workshop,
    ) -> Result<Received> {
        let before = attempt.before.as_ref();
        // The vectors name the partner, so one that is another makes the same bytes new.
        let known = before
            .filter(|d| d.partner_id == attempt.document.partner_id)
            .filter(|d| is_current(d, d.sha256.as_deref().unwrap_or_default(), workshop))
            .and_then(|d| d.sha256.clone());
        let (fan_out, Readers { keeper, examiner, verdict }) = FanOut::new(upload.body, upload.limit, known);
        let put = self.keep(call, reference, keeper, upload.size, seen);
        let by_url = upload.extractor.prefers_url;
        let compute = async {
            if by_url {
                // Such an extractor fetches the stored file itself, after it is stored.
                drop(examiner);
                let _ = verdict.send(Ok(()));
                return Ok(None);
            }
            let source = DocumentSource::Content(examiner);
            let sections = self.extract(call, reference, upload.size, source, verdict).await?;
            self.compute(call, reference.kind(), sections, workshop).await.map(Some)
        };
        let (receipt, stored, computed) = futures::join!(fan_out.run(), put, compute);
        let (receipt, object) = match (receipt, stored) {
            (Ok(receipt), _) if receipt.unchanged => return Ok(Received::Unchanged),
            (Ok(receipt), Ok(object)) => (receipt, object),
            // When both failed, the store's reason is the cause only if the body did not break it.
            (Err(error), Err(cause))
                if cause.stage.is_some() && error.stage.is_none() && error.code() == "failed" =>
            {
                return Err(if was_kept_waiting(&error) { slowest(cause, computed) } else { cause });
            }
            // A fragment is never kept.
            (Err(error), _) => return Ok(Received::Refused(error)),
            (Ok(receipt), Err(error)) => {
                match self.kept_already(call, reference, &receipt.sha256, error).await {
                    Ok(object) => (receipt, object),
                    // It had every byte, and waited for the verdict.
                    Err(error) => return Err(slowest(error, computed)),
                }
            }
        };
        let computed = match computed {
            Ok(Some(indexed)) => Ok(indexed),
            Ok(None) => self.compute_stored(call, reference, receipt.size, &object.etag, workshop).await,
            Err(error) => Err(error),
        };
        let stored = Stored { sha256: receipt.sha256, size: receipt.size, etag: object.etag, is_new: true };
        Ok(Received::Stored { stored, computed })
    }

    /// Extracts, and lets the store keep the file unless the extractor finds the document itself at fault.
    async fn extract(
        &self,
        call: &Call,
        reference: &DocumentRef,
        size: Option<u64>,
        source: DocumentSource,
        verdict: oneshot::Sender<Result<()>>,
    ) -> Result<Vec<Section>> {
        let media_type = reference.kind().content_type().to_owned();
        let extraction =
            self.stages.extractor().extract(call, SourceDocument { media_type, size, source }).await;
        let sections = extraction.and_then(|extraction| self.sections(extraction));
        let judgement = match &sections {
            Err(error) if error.blames_input() => Err(error.clone()),
            Err(_) => Ok(()),
            Ok(_) => {
                self.finished(Stage::Extractor);
                Ok(())
            }
        };
        // The fan-out may be gone already, when the body broke.
        let _ = verdict.send(judgement);
        sections
    }

    /// The text of an extraction, when it is no more than a document may have.
    fn sections(&self, extraction: Extraction) -> Result<Vec<Section>> {
        let Extraction { pages, .. } = extraction;
        let over = |what, limit: usize, actual: usize| {
            Err(Error::too_large(what, limit as u64, Some(actual as u64)).at(Stage::Extractor))
        };
        if pages.len() > self.settings.max_pages {
            return over("The number of pages", self.settings.max_pages, pages.len());
        }
        let bytes = pages.iter().map(|page| page.markdown.len()).sum();
        if bytes > self.settings.max_text_bytes {
            return over("The document's text, in bytes,", self.settings.max_text_bytes, bytes);
        }
        check_pages(&pages)?;
        let section = |page: Page| Section { index: page.index, label: None, text: page.markdown };
        Ok(pages.into_iter().map(section).collect())
    }

    /// Computes a PDF's passages from the stored file, which must have this etag.
    pub(crate) async fn compute_stored(
        &self,
        call: &Call,
        reference: &DocumentRef,
        size: u64,
        etag: &str,
        workshop: &Workshop,
    ) -> Result<Indexed> {
        let extractor = self.stages.extractor().describe(call).await?;
        let key = reference.key();
        let source = if extractor.prefers_url {
            let url = self
                .stages
                .objects()
                .presign(call, SignedMethod::Get, key.as_str(), EXTRACTION_URL_SECONDS)
                .await?;
            DocumentSource::Url(url.url)
        } else {
            let options = GetOptions { if_match: Some(etag.to_owned()), ..GetOptions::default() };
            DocumentSource::Content(self.stages.objects().get(call, key.as_str(), options).await?.body)
        };
        let media_type = reference.kind().content_type().to_owned();
        let document = SourceDocument { media_type, size: Some(size), source };
        let sections = self.sections(self.stages.extractor().extract(call, document).await?)?;
        if extractor.prefers_url && self.object(call, reference).await?.is_none_or(|now| now.etag != etag) {
            return Err(replaced());
        }
        self.finished(Stage::Extractor);
        let mut indexed = self.compute(call, reference.kind(), sections, workshop).await?;
        indexed.was_fetched = extractor.prefers_url;
        Ok(indexed)
    }
}

/// Whose time ran out, when the store waited for the extractor: of the two, the extractor's.
fn slowest(store: Error, computed: Result<Option<Indexed>>) -> Error {
    match computed {
        Err(error) if error.kind == ErrorKind::TimedOut && store.kind == ErrorKind::TimedOut => error,
        _ => store,
    }
}

/// Another file may have been read than the one that is stored.
pub(crate) fn replaced() -> Error {
    Error::failed("The file was replaced while it was read. Resume the document to read what is stored now.")
        .at(Stage::Extractor)
}

struct Upload {
    body: ByteStream,
    size: Option<u64>,
    limit: u64,
    extractor: ExtractorInfo,
}

enum Received {
    Unchanged,
    /// The key holds what it held.
    Refused(Error),
    Stored {
        stored: Stored,
        computed: Result<Indexed>,
    },
}
