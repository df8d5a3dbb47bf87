//! Profiles and handbooks: a PDF is stored while its text is extracted, chunked and embedded.

use futures::channel::oneshot;
use layout::{DocumentRef, Partner};

use super::store::is_current;
use super::{Durability, Outcome};
use crate::body::peek;
use crate::fan_out::{FanOut, Readers};
use crate::indexing::{Indexed, Workshop};
use crate::ledger::Document;
use crate::stages::{
    Call, DocumentSource, Extraction, Extractor, ExtractorInfo, ObjectStore, Section, SignedMethod,
    SourceDocument, Stages,
};
use crate::{ByteStream, Environment, Error, Pipeline, Result, Stage};

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
        let mut document = self.begin(call, reference, before.as_ref()).await?;
        document.filename = upload.filename.or(document.filename);
        document.partner_id = upload.partner.map(|p| p.as_str().to_owned()).or(document.partner_id);
        let upload = Upload { body, size: upload.size, limit, extractor };
        match self.receive(call, reference, upload, before.as_ref(), &workshop).await {
            Ok(Received::Unchanged) => {
                self.take_back(call, &document, before.as_ref()).await?;
                let document = before.unwrap_or(document);
                Ok(Outcome { document, durability: Durability::Complete, created: false, unchanged: true })
            }
            Ok(Received::Stored { sha256, size, computed }) => {
                document.sha256 = Some(sha256);
                document.size = Some(size);
                self.finish(call, reference, document, before.is_none(), computed.map(Some), &workshop).await
            }
            Err(error) => Err(self.refuse(call, &document, before.as_ref(), error).await),
        }
    }

    async fn receive(
        &self,
        call: &Call,
        reference: &DocumentRef,
        upload: Upload,
        before: Option<&Document>,
        workshop: &Workshop,
    ) -> Result<Received> {
        let known = before
            .filter(|d| is_current(d, d.sha256.as_deref().unwrap_or_default(), workshop))
            .and_then(|d| d.sha256.clone());
        let (fan_out, Readers { keeper, examiner, verdict }) = FanOut::new(upload.body, upload.limit, known);
        let put = self.keep(call, reference, keeper, upload.size);
        let by_url = upload.extractor.prefers_url;
        let compute = async {
            if by_url {
                // Such an extractor fetches the stored file itself, after it is stored.
                drop(examiner);
                let _ = verdict.send(Ok(()));
                return Ok(None);
            }
            let source = DocumentSource::Content(examiner);
            let extraction = self.extract(call, reference, upload.size, source, verdict).await?;
            self.compute(call, reference.kind(), sections(extraction), workshop).await.map(Some)
        };
        let (receipt, stored, computed) = futures::join!(fan_out.run(), put, compute);
        let receipt = match (receipt, &stored) {
            (Ok(receipt), _) if receipt.unchanged => return Ok(Received::Unchanged),
            (Ok(receipt), Ok(_)) => receipt,
            // When both failed, the store's reason is the cause only if the body did not break it.
            (Err(error), Err(cause))
                if cause.stage.is_some() && error.stage.is_none() && error.code() == "failed" =>
            {
                return Err(cause.clone());
            }
            (Err(error), _) => return Err(error),
            (Ok(_), Err(error)) => return Err(error.clone()),
        };
        let computed = match computed {
            Ok(Some(indexed)) => Ok(indexed),
            Ok(None) => self.compute_stored(call, reference, workshop).await,
            Err(error) => Err(error),
        };
        Ok(Received::Stored { sha256: receipt.sha256, size: receipt.size, computed })
    }

    /// Extracts, and lets the store keep the file unless the extractor finds the document itself at fault.
    async fn extract(
        &self,
        call: &Call,
        reference: &DocumentRef,
        size: Option<u64>,
        source: DocumentSource,
        verdict: oneshot::Sender<Result<()>>,
    ) -> Result<Extraction> {
        let media_type = reference.kind().content_type().to_owned();
        let extraction =
            self.stages.extractor().extract(call, SourceDocument { media_type, size, source }).await;
        let judgement = match &extraction {
            Err(error) if error.blames_input() => Err(error.clone()),
            Err(_) => Ok(()),
            Ok(_) => {
                self.finished(Stage::Extractor);
                Ok(())
            }
        };
        // The fan-out may be gone already, when the body broke.
        let _ = verdict.send(judgement);
        extraction
    }

    /// Computes a PDF's passages from the stored file.
    pub(crate) async fn compute_stored(
        &self,
        call: &Call,
        reference: &DocumentRef,
        workshop: &Workshop,
    ) -> Result<Indexed> {
        let extractor = self.stages.extractor().describe(call).await?;
        let key = reference.key();
        let (size, source) = if extractor.prefers_url {
            let url = self
                .stages
                .objects()
                .presign(call, SignedMethod::Get, key.as_str(), EXTRACTION_URL_SECONDS)
                .await?;
            (None, DocumentSource::Url(url.url))
        } else {
            let object = self.stages.objects().get(call, key.as_str(), Default::default()).await?;
            (Some(object.length), DocumentSource::Content(object.body))
        };
        let media_type = reference.kind().content_type().to_owned();
        let extraction =
            self.stages.extractor().extract(call, SourceDocument { media_type, size, source }).await?;
        self.finished(Stage::Extractor);
        self.compute(call, reference.kind(), sections(extraction), workshop).await
    }
}

struct Upload {
    body: ByteStream,
    size: Option<u64>,
    limit: u64,
    extractor: ExtractorInfo,
}

enum Received {
    Unchanged,
    Stored { sha256: String, size: u64, computed: Result<Indexed> },
}

fn sections(extraction: Extraction) -> Vec<Section> {
    extraction
        .pages
        .into_iter()
        .map(|page| Section { index: page.index, label: None, text: page.markdown })
        .collect()
}
