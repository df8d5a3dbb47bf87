//! Mistral's answers.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use upstream::Error;

use crate::markdown;

/// A page of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 0, in the document's order.
    pub index: u32,
    /// Its text as Markdown, tables included; empty for a page without text.
    pub markdown: String,
}

/// A document's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// Every page, in order.
    pub pages: Vec<Page>,
    /// The model that read it, as Mistral names it.
    pub model: String,
    /// `pages-processed` (what is billed); `bytes`, when Mistral says; `file-kept`, the id of an upload that could not be deleted.
    pub usage: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct OcrAnswer {
    pages: Vec<PageAnswer>,
    model: String,
    usage_info: UsageInfo,
}

#[derive(Deserialize)]
struct PageAnswer {
    index: u32,
    markdown: String,
    images: Option<Vec<Image>>,
    tables: Option<Vec<Table>>,
}

#[derive(Deserialize)]
struct Image {
    id: String,
}

#[derive(Deserialize)]
struct Table {
    id: String,
    content: String,
}

#[derive(Deserialize)]
struct UsageInfo {
    pages_processed: u64,
    doc_size_bytes: Option<u64>,
}

#[derive(Deserialize)]
struct FileAnswer {
    id: String,
}

/// Reads the answer of `POST /ocr`.
///
/// A document without a word on any page is `invalid` with the reason `no-text`: there is nothing to index.
pub(crate) fn extraction(body: &[u8]) -> Result<Extraction, Error> {
    let mut answer: OcrAnswer = parse(body)?;
    answer.pages.sort_by_key(|page| page.index);
    let consecutive = answer.pages.iter().zip(0..).all(|(page, index)| page.index == index);
    if !consecutive {
        return Err(Error::failed("Mistral's answer leaves out a page of the document, or has one twice."));
    }
    let mut usage = vec![("pages-processed".to_owned(), answer.usage_info.pages_processed.to_string())];
    usage.extend(answer.usage_info.doc_size_bytes.map(|bytes| ("bytes".to_owned(), bytes.to_string())));
    let pages: Vec<Page> = answer.pages.into_iter().map(page).collect();
    if pages.iter().all(|page| page.markdown.trim().is_empty()) {
        let message = format!("Mistral OCR finds no text on any of the document's {} pages.", pages.len());
        return Err(Error::invalid(message).with("reason", "no-text"));
    }
    Ok(Extraction { pages, model: answer.model, usage })
}

/// Reads the answer of `POST /files`: the file's id.
pub(crate) fn file_id(body: &[u8]) -> Result<String, Error> {
    let FileAnswer { id } = parse(body)?;
    let is_id = !id.is_empty()
        && id.len() <= 200
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_id {
        Ok(id)
    } else {
        Err(Error::failed("Mistral named the uploaded file by something that is no id."))
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Error> {
    // The error's own words may hold the document's.
    serde_json::from_slice(body).map_err(|error| {
        Error::failed(format!(
            "Mistral's answer is not the JSON expected, at line {}, column {}.",
            error.line(),
            error.column()
        ))
    })
}

fn page(page: PageAnswer) -> Page {
    let images = page.images.unwrap_or_default();
    let tables = page.tables.unwrap_or_default();
    let images: HashSet<&str> = images.iter().map(|image| image.id.as_str()).collect();
    let tables: HashMap<&str, &str> =
        tables.iter().map(|table| (table.id.as_str(), table.content.as_str())).collect();
    Page { index: page.index, markdown: markdown::text(page.markdown, &images, &tables) }
}
