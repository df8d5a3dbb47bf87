use super::{Call, StageInfo};
use crate::{ByteStream, Result};

/// Where a document is.
pub enum DocumentSource {
    /// A signed URL. A secret.
    Url(String),
    /// The bytes. An error in the stream tells the stage to stop before it does any billable work.
    Content(ByteStream),
}

/// A document to read.
pub struct SourceDocument {
    /// A media type.
    pub media_type: String,
    /// Bytes, when known.
    pub size: Option<u64>,
    /// Where it is.
    pub source: DocumentSource,
}

/// A page of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 0.
    pub index: u32,
    /// Empty for a page without text.
    pub markdown: String,
}

/// A document's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// Every page, in order.
    pub pages: Vec<Page>,
    /// What read it.
    pub model: String,
    /// What it used.
    pub usage: Vec<(String, String)>,
}

/// Who the extractor is and what it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtractorInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// What it reads.
    pub media_types: Vec<String>,
    /// The model that answers now.
    pub model: String,
    /// The largest document in bytes.
    pub max_bytes: u64,
    /// The most pages.
    pub max_pages: u32,
    /// Whether it would rather be given a URL.
    pub prefers_url: bool,
}

/// Turns documents into text: `serene:extractor`.
#[allow(async_fn_in_trait)]
pub trait Extractor {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<ExtractorInfo>;
    /// Reads a document.
    async fn extract(&self, call: &Call, document: SourceDocument) -> Result<Extraction>;
}
