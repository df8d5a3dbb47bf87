//! An extractor that takes every document for one page, and whose author means harm.

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
use bindings::serene::types::types::{Context, Error, StageInfo};

struct Hostile;

impl Guest for Hostile {
    async fn describe(_: Context) -> Result<ExtractorInfo, Error> {
        Ok(ExtractorInfo {
            stage: StageInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                extras: Vec::new(),
            },
            media_types: vec!["application/pdf".to_owned()],
            model: "hostile".to_owned(),
            max_bytes: 1 << 30,
            max_pages: 1 << 10,
            prefers_url: false,
        })
    }

    async fn extract(ctx: Context, document: Document) -> Result<Extraction, Error> {
        let deed = ctx.relationship.unwrap_or_default();
        if deed == "never-reads" {
            hostile::act("waits-for-ever").await;
        }
        if let Source::Content(body) = document.source {
            let mut bytes = body.bytes;
            while !bytes.read(Vec::with_capacity(1 << 16)).await.1.is_empty() {}
            body.outcome.await?;
        }
        hostile::act(&deed).await;
        let indices: &[u32] = match &*deed {
            "turns-pages-round" => &[1, 0],
            "numbers-pages-wrongly" => &[7],
            "leaves-a-page-out" => &[0, 2],
            _ => &[0],
        };
        let page = |index: &u32| Page { index: *index, markdown: format!("What page {index} says.") };
        Ok(Extraction {
            pages: indices.iter().map(page).collect(),
            model: "hostile".to_owned(),
            usage: Vec::new(),
        })
    }
}

bindings::export!(Hostile with_types_in bindings);
