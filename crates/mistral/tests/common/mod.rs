//! A simulated Mistral, and documents for it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::stream;
use mistral::{ByteStream, Config, Document, Extraction, Extractor, Source};
use serde_json::{Value, json};
pub use simulated::{Reply, Sent, World, answer, shown, shows_part_of};
use upstream::{Error, Secret};

pub const KEY: &str = "0123456789-secret";
pub const URL: &str =
    "https://bucket.example.com/profiles/r1/p1.pdf?X-Amz-Signature=5ec2e7&X-Amz-Credential=AKIA5EC2E7";
pub const PDF: &str = "application/pdf";

pub fn extractor(world: &Rc<World>, variables: &'static [(&str, &str)]) -> Extractor<World> {
    let get = |name: &str| {
        let set = variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        set.or_else(|| (name == "mistral_api_key").then(|| KEY.to_owned()))
    };
    Extractor::new(Rc::clone(world), Config::from_variables(get).unwrap())
}

pub fn extract(world: &Rc<World>, document: Document) -> Result<Extraction, Error> {
    world.run(extractor(world, &[]).extract(&world.call(600), document))
}

pub fn by_url(url: &str) -> Document {
    Document { media_type: PDF.to_owned(), size: None, source: Source::Url(Secret::new(url)) }
}

/// A PDF, by its first bytes.
pub fn pdf(bytes: usize) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.resize(bytes.max(pdf.len()), b'x');
    pdf
}

/// Content that comes in pieces of uneven sizes.
pub fn pieces(bytes: Vec<u8>) -> ByteStream {
    let bytes = Bytes::from(bytes);
    let pieces = stream::unfold((bytes, 1_usize), |(mut bytes, size)| async move {
        (!bytes.is_empty()).then(|| {
            let piece = bytes.split_to(size.min(bytes.len()));
            (Ok(piece), (bytes, (size * 7 + 3) % 65_536 + 1))
        })
    });
    Box::pin(pieces)
}

pub fn content(bytes: Vec<u8>, size: Option<u64>) -> Document {
    Document { media_type: PDF.to_owned(), size, source: Source::Content(pieces(bytes)) }
}

/// A PDF of this size that is made as it is read, which tells how much of it was made.
pub fn made(size: u64) -> (ByteStream, Rc<Cell<u64>>) {
    let made = Rc::new(Cell::new(0));
    let counter = Rc::clone(&made);
    let stream = stream::unfold(counter, move |counter| async move {
        let at = counter.get();
        (at < size).then(|| {
            let length = (size - at).min(64 * 1024) as usize;
            let bytes = if at == 0 { pdf(length) } else { vec![b'x'; length] };
            counter.set(at + bytes.len() as u64);
            (Ok(Bytes::from(bytes)), counter)
        })
    });
    (Box::pin(stream), made)
}

pub fn page(index: u32, markdown: &str) -> Value {
    json!({"index": index, "markdown": markdown, "images": [], "dimensions": {"dpi": 200, "height": 2200, "width": 1700}})
}

pub fn pages(pages: &[Value]) -> Reply {
    let usage = json!({"pages_processed": pages.len(), "doc_size_bytes": 12_345});
    answer(
        200,
        json!({"pages": pages, "model": "mistral-ocr-2512", "document_annotation": null, "usage_info": usage}),
    )
}

/// A Mistral that takes files and reads one page out of everything.
pub fn mistral(sent: &Sent) -> Reply {
    match (sent.method.as_str(), sent.uri.as_str()) {
        ("POST", "https://api.mistral.ai/v1/ocr") => pages(&[page(0, "Hello")]),
        ("POST", "https://api.mistral.ai/v1/files") => {
            answer(200, json!({"id": "file-1", "object": "file", "bytes": null}))
        }
        ("DELETE", "https://api.mistral.ai/v1/files/file-1") => {
            answer(200, json!({"id": "file-1", "deleted": true}))
        }
        _ => answer(404, json!({"detail": "Not Found"})),
    }
}

/// The methods and paths that were called.
pub fn calls(world: &World) -> Vec<String> {
    let path = |uri: &str| uri.trim_start_matches("https://api.mistral.ai/v1").to_owned();
    world.sent.borrow().iter().map(|sent| format!("{} {}", sent.method, path(&sent.uri))).collect()
}
