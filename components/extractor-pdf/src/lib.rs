//! The local extractor: the crate `pdf-text` behind `serene:extractor`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/extractor"],
        world: "serene:extractor/extractor-stage",
        generate_all,
        async: true,
    });
}

mod held;

use std::time::{Duration, Instant};

use bindings::exports::serene::extractor::extractor::{
    Document, Extraction, ExtractorInfo, Guest, Page, Source,
};
use bindings::serene::types::files::Body;
use bindings::serene::types::types::{Context, Error, Fault, PassingFault, StageInfo};
use held::Held;
use pdf_text::Limits;

const MEDIA_TYPE: &str = "application/pdf";
const MODEL: &str = concat!("pdf-text-", env!("CARGO_PKG_VERSION"));
/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

struct ExtractorPdf;

impl Guest for ExtractorPdf {
    async fn describe(_: Context) -> Result<ExtractorInfo, Error> {
        let stage = StageInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extras: Vec::new(),
        };
        let limits = Limits::default();
        Ok(ExtractorInfo {
            stage,
            media_types: vec![MEDIA_TYPE.to_owned()],
            model: MODEL.to_owned(),
            max_bytes: limits.max_bytes as u64,
            max_pages: limits.max_pages as u32,
            prefers_url: false,
        })
    }

    async fn extract(ctx: Context, document: Document) -> Result<Extraction, Error> {
        let deadline = Instant::now().checked_add(Duration::from_millis(ctx.time_left_ms));
        if document.media_type != MEDIA_TYPE {
            let message = format!("This stage reads {MEDIA_TYPE}, not {}.", document.media_type);
            return Err(Error::Invalid(fault(
                message,
                vec![("reason", "unsupported-media-type".to_owned())],
            )));
        }
        let Source::Content(body) = document.source else {
            let message =
                "This stage makes no network calls: give it the document's content, not a URL.".to_owned();
            return Err(Error::Invalid(fault(message, Vec::new())));
        };
        let limits = Limits::default();
        let mut held = Held::default();
        let bytes = read(body, document.size, limits.max_bytes, &mut held).await?;
        let size = bytes.len();
        let mut pdf = pdf_text::Document::open(bytes, &limits).map_err(refused)?;
        let mut pages = Vec::with_capacity(pdf.page_count());
        for index in 0..pdf.page_count() {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let message = format!("Time ran out at page {} of {}.", index + 1, pdf.page_count());
                return Err(Error::TimedOut(fault(message, Vec::new())));
            }
            let markdown = pdf.page_text(index).map_err(refused)?;
            pages.push(Page { index: index as u32, markdown });
            // Other calls in this instance go on between two pages.
            wit_bindgen::yield_async().await;
        }
        pdf.require_text().map_err(refused)?;
        let usage = vec![
            ("pages-processed".to_owned(), pages.len().to_string()),
            ("bytes".to_owned(), size.to_string()),
        ];
        Ok(Extraction { pages, model: MODEL.to_owned(), usage })
    }
}

/// Reads a body whole, and waits for its outcome before anything is made of it.
async fn read(body: Body, size: Option<u64>, limit: usize, held: &mut Held) -> Result<Vec<u8>, Error> {
    let Body { bytes: mut stream, outcome } = body;
    let expected = size.and_then(|size| usize::try_from(size).ok()).unwrap_or_default().min(limit);
    if !held.grow_to(expected) {
        return Err(busy());
    }
    let mut bytes = Vec::with_capacity(expected);
    let mut chunk = Vec::with_capacity(CHUNK);
    loop {
        let (_, read) = stream.read(chunk).await;
        if read.is_empty() {
            break;
        }
        if bytes.len() + read.len() > limit {
            let message = format!("The PDF has more than the {limit} bytes that this stage reads.");
            return Err(Error::TooLarge(fault(message, vec![("limit", limit.to_string())])));
        }
        if !held.grow_to(bytes.len() + read.len()) {
            return Err(busy());
        }
        bytes.extend_from_slice(&read);
        chunk = read;
        chunk.clear();
    }
    outcome.await?;
    Ok(bytes)
}

fn busy() -> Error {
    let message = format!("More than {} bytes of PDFs are being read at once. Try again.", held::MAX_BYTES);
    Error::Unavailable(PassingFault { fault: fault(message, Vec::new()), retry_after_ms: Some(1000) })
}

fn refused(error: pdf_text::Error) -> Error {
    use pdf_text::Error as E;
    let message = sentence(&error.to_string());
    let invalid = |reason: &str| Error::Invalid(fault(message.clone(), vec![("reason", reason.to_owned())]));
    match error {
        E::NotPdf => invalid("not-a-document"),
        E::Encrypted { .. } => invalid("encrypted"),
        E::Broken { .. } => invalid("broken"),
        E::NoText => invalid("no-text"),
        E::TooLarge { limit, actual, .. } => {
            let mut extras = vec![("limit", limit.to_string())];
            extras.extend(actual.map(|actual| ("actual", actual.to_string())));
            Error::TooLarge(fault(message, extras))
        }
        E::NoSuchPage { .. } => Error::Failed(fault(message, Vec::new())),
    }
}

/// A library's message as a sentence.
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

fn fault(message: String, extras: Vec<(&str, String)>) -> Fault {
    let extras = extras.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Fault { message, provider_status: None, extras }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{ExtractorPdf, bindings};

    bindings::export!(ExtractorPdf with_types_in bindings);
}
