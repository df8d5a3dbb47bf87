//! `POST /v1/ocr`.

use lexical::generation::{self, Limits, Message, Role};
use pdf_text::Resource;
use serde_json::{Value, json};

use super::ask::Ask;
use super::content::{self, Content};
use super::errors::Refusal;
use super::files::Files;
use super::pages::Pages;

const MAX_PAGES: usize = 1_000;

/// A model's name, and the dated one that it stands for.
const MODELS: [(&str, &str); 5] = [
    ("mistral-ocr-latest", "mistral-ocr-4-1"),
    ("mistral-ocr-4", "mistral-ocr-4-1"),
    ("mistral-ocr-4-1", "mistral-ocr-4-1"),
    ("mistral-ocr-4-0", "mistral-ocr-4-0"),
    ("mistral-ocr-2512", "mistral-ocr-2512"),
];
/// The first letters of an image in each format that Mistral reads; of AVIF and HEIC from the fifth byte on.
const IMAGES: [&[u8]; 6] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"];

/// What stands on pages, and how many there are in all.
struct Text {
    pages: Vec<(usize, String)>,
}

pub(super) async fn answer(ask: Ask, files: &Files, too_large: u16) -> Result<Value, Refusal> {
    let model = model(ask.model.as_deref())?;
    let content = content::load(&ask.document, files, too_large).await?;
    let size = content.bytes.len();
    let pages = ask.pages.clone();
    let read = tokio::task::spawn_blocking(move || text(content, &pages)).await;
    let text = read.map_err(|_| {
        Refusal::error(500, "internal_server_error", "3000", "The document could not be read")
    })??;
    let annotation = ask.annotation.as_ref().map(|schema| annotate(&text, schema)).transpose()?;
    let has_blocks = ask.wants_blocks && model != "mistral-ocr-2512";
    let shown = |(index, markdown): &(usize, String)| {
        json!({
            "index": index,
            "markdown": markdown,
            "images": [],
            "tables": [],
            "hyperlinks": [],
            "header": null,
            "footer": null,
            "dimensions": { "dpi": 200, "height": 2339, "width": 1654 },
            "blocks": if has_blocks { blocks(markdown) } else { json!([]) },
            "confidence_scores": if ask.wants_confidence {
                json!({ "average_page_confidence_score": 1.0, "minimum_page_confidence_score": 1.0 })
            } else {
                Value::Null
            },
        })
    };
    let pages: Vec<Value> = text.pages.iter().map(shown).collect();
    Ok(json!({
        "usage_info": { "pages_processed": pages.len(), "doc_size_bytes": size },
        "pages": pages,
        "model": model,
        "document_annotation": annotation,
    }))
}

/// No name means the newest model.
fn model(name: Option<&str>) -> Result<&'static str, Refusal> {
    let name = name.unwrap_or("mistral-ocr-latest");
    let found = MODELS.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, dated)| *dated)
        .ok_or_else(|| Refusal::error(400, "invalid_model", "1500", &format!("Invalid model: {name}")))
}

fn text(content: Content, pages: &Pages) -> Result<Text, Refusal> {
    let one = |text: String| {
        let wanted = pages.of(1).map_err(|page| no_page(page, 1))?;
        Ok(Text { pages: wanted.into_iter().map(|index| (index, text.clone())).collect() })
    };
    let bytes = content.bytes;
    if content.is_image || is_image(&bytes) {
        if is_image(&bytes) {
            return one(String::new());
        }
        return Err(Refusal::document(
            "Image content must be a valid JPEG, PNG, AVIF, TIFF, GIF, HEIC, BMP or WebP",
        ));
    }
    let head = bytes.get(..1024).unwrap_or(&bytes);
    if !head.windows(5).any(|window| window == b"%PDF-") {
        return match String::from_utf8(bytes.into()) {
            Ok(text) if !text.trim().is_empty() && !text.contains('\0') => one(text),
            _ => Err(Refusal::document("The document is broken or of a kind that cannot be read")),
        };
    }
    pdf(bytes.into(), pages)
}

fn is_image(bytes: &[u8]) -> bool {
    let is_brand = bytes.get(4..8) == Some(b"ftyp");
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    is_brand || is_webp || IMAGES.iter().any(|magic| bytes.starts_with(magic))
}

fn pdf(bytes: Vec<u8>, pages: &Pages) -> Result<Text, Refusal> {
    let mut pdf = pdf_text::Document::open(bytes, &pdf_text::Limits::default()).map_err(unreadable)?;
    let count = pdf.page_count();
    if count > MAX_PAGES {
        return Err(too_many(count));
    }
    let wanted = pages.of(count).map_err(|page| no_page(page, count))?;
    let read = |index| Ok((index, pdf.page_text(index).map_err(unreadable)?));
    Ok(Text { pages: wanted.into_iter().map(read).collect::<Result<_, _>>()? })
}

fn unreadable(error: pdf_text::Error) -> Refusal {
    match error {
        pdf_text::Error::TooLarge { what: Resource::Pages, limit, .. } => too_many(limit + 1),
        pdf_text::Error::Encrypted { .. } => {
            Refusal::document("The document is encrypted: it opens only with a password")
        }
        error => Refusal::document(&format!("The document could not be read: {error}")),
    }
}

fn too_many(pages: usize) -> Refusal {
    let message = format!("The document has {pages} pages, which exceeds the limit of {MAX_PAGES} pages");
    Refusal::document(&message)
}

fn no_page(page: usize, count: usize) -> Refusal {
    let message = format!("The page {page}, counted from 0, is not in the document, which has {count} pages");
    Refusal::error(400, "invalid_request_file", "3054", &message)
}

/// A block for each paragraph.
fn blocks(markdown: &str) -> Value {
    let paragraphs = markdown.split("\n\n").filter(|text| !text.trim().is_empty());
    paragraphs
        .map(|text| {
            json!({
                "type": "text",
                "content": text,
                "top_left_x": 0,
                "top_left_y": 0,
                "bottom_right_x": 1654,
                "bottom_right_y": 2339,
            })
        })
        .collect()
}

/// The document's annotation, JSON within a string as Mistral gives it.
fn annotate(text: &Text, schema: &Value) -> Result<String, Refusal> {
    let all: Vec<&str> = text.pages.iter().map(|(_, markdown)| markdown.as_str()).collect();
    let content = format!("# Document\n{}", all.join("\n\n"));
    let messages = [Message { role: Role::User, content: &content }];
    generation::generate(&messages, schema, Limits::default())
        .map(|value| value.to_string())
        .map_err(|error| Refusal::field("value_error", &["document_annotation_format"], &error.to_string()))
}
