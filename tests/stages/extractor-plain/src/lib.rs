//! Reads what calls itself a PDF and is plain text: everything after its first line is one page.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/extractor"],
        world: "serene:extractor/extractor-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::extractor::extractor::{
    Document, Extraction, ExtractorInfo, Guest, Page, Source,
};
use bindings::serene::types::types::{Context, Error, Fault, StageInfo};

const MODEL: &str = "plain";
const MAX_BYTES: usize = 1 << 20;

struct Plain;

impl Guest for Plain {
    async fn describe(_: Context) -> Result<ExtractorInfo, Error> {
        Ok(ExtractorInfo {
            stage: stage(),
            media_types: vec!["application/pdf".to_owned()],
            model: MODEL.to_owned(),
            max_bytes: MAX_BYTES as u64,
            max_pages: 1,
            prefers_url: false,
        })
    }

    async fn extract(_: Context, document: Document) -> Result<Extraction, Error> {
        let Source::Content(body) = document.source else { return Err(invalid("It reads no URLs.")) };
        let mut bytes = body.bytes;
        let mut text = Vec::new();
        loop {
            let (_, chunk) = bytes.read(Vec::with_capacity(4096)).await;
            if chunk.is_empty() || text.len() > MAX_BYTES {
                break;
            }
            text.extend(chunk);
        }
        body.outcome.await?;
        let text = String::from_utf8(text).map_err(|_| invalid("It reads UTF-8 only."))?;
        let markdown = text.split_once('\n').map_or_else(String::new, |(_, text)| text.to_owned());
        Ok(Extraction {
            pages: vec![Page { index: 0, markdown }],
            model: MODEL.to_owned(),
            usage: Vec::new(),
        })
    }
}

fn invalid(message: &str) -> Error {
    let extras = vec![("reason".to_owned(), "broken".to_owned())];
    Error::Invalid(Fault { message: message.to_owned(), provider_status: None, extras })
}

fn stage() -> StageInfo {
    StageInfo {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extras: Vec::new(),
    }
}

bindings::export!(Plain with_types_in bindings);
