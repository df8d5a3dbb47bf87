//! A client of Mistral OCR: a document's pages as Markdown.
//!
//! How a document reaches Mistral:
//!
//! | where it is | how it goes |
//! |---|---|
//! | at a URL that Mistral can reach | the URL |
//! | here, a PDF or an image of up to 30 MB | in the request, in base64, as it comes in |
//! | here, anything else up to 50 MB | uploaded as it comes in, read, and deleted again, also when reading it failed |
//!
//! Memory is bounded whatever the document: up to 4 MiB are held, so that a failed try can be repeated; larger documents pass through, and are
//! tried once. A document of unknown size is held while its size is being found out, up to 16 MiB. Mistral can begin its work
//! only when the document is whole: what its sender gives up is never billed.

mod answer;
mod body;
mod config;
mod content;
mod extractor;
mod markdown;
mod media;
mod refusal;
mod request;
mod words;

pub use answer::{Extraction, Page};
pub use config::{Config, Info, VARIABLES};
pub use content::ByteStream;
pub use extractor::{Document, Extractor, Source};
