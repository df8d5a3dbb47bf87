//! Serene's side of the stage: what it is called, what it takes, and when it refuses.

mod contract;
mod work;

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "extractor-stage", generate_all, async: true });
}

use bindings::exports::serene::extractor::extractor::{
    Body, Document, Extraction, ExtractorInfo, Guest, Page, Source,
};
use bindings::serene::types::types::{Context, Error};
use contract::{fault, stage, within};

/// What reads the text. What was read is remembered under it, too.
const MODEL: &str = "plain-pdf";
/// What it reads: PDF is what Serene sends.
const MEDIA_TYPE: &str = "application/pdf";
/// The largest document, in bytes; all of it is held in memory.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The most pages of a document.
const MAX_PAGES: usize = 2_000;
/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;

struct Stage;

impl Guest for Stage {
    async fn describe(_: Context) -> Result<ExtractorInfo, Error> {
        Ok(ExtractorInfo {
            stage: stage(),
            media_types: vec![MEDIA_TYPE.to_owned()],
            model: MODEL.to_owned(),
            max_bytes: MAX_BYTES as u64,
            max_pages: MAX_PAGES as u32,
            prefers_url: false,
        })
    }

    async fn extract(_: Context, document: Document) -> Result<Extraction, Error> {
        if document.media_type != MEDIA_TYPE {
            return Err(invalid("unsupported-media-type", "Only application/pdf is read."));
        }
        let Source::Content(body) = document.source else {
            return Err(invalid("unsupported-media-type", "Documents are read as content, not by URL."));
        };
        let content = whole(body).await?;
        let texts = work::read(&content).map_err(|refused| invalid(refused.reason, refused.message))?;
        within("pages in the document", MAX_PAGES, texts.len())?;
        let usage = vec![("bytes".to_owned(), content.len().to_string())];
        let pages = texts.into_iter().zip(0..).map(|(markdown, index)| Page { index, markdown }).collect();
        Ok(Extraction { pages, model: MODEL.to_owned(), usage })
    }
}

/// Reads the stream as it arrives, to its end.
async fn whole(body: Body) -> Result<Vec<u8>, Error> {
    let (mut stream, mut content) = (body.bytes, Vec::new());
    loop {
        let (_, bytes) = stream.read(Vec::with_capacity(READ_BYTES)).await;
        if bytes.is_empty() {
            break;
        }
        content.extend(bytes);
        within("bytes in the document", MAX_BYTES, content.len())?;
    }
    // Only this tells a whole document from one that broke off.
    body.outcome.await?;
    Ok(content)
}

fn invalid(reason: &str, message: &str) -> Error {
    Error::Invalid(fault(message, &[("reason", reason)]))
}

bindings::export!(Stage with_types_in bindings);
