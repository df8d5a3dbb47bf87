//! The cloud extractor: the crate `mistral` behind `serene:extractor`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/extractor"],
        world: "serene:extractor/extractor-stage",
        with: {
            "serene:types/files@0.2.0": stage_support::files,
            "serene:types/types@0.2.0": stage_support::types,
        },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::extractor::extractor::{
    Document, Extraction, ExtractorInfo, Guest, Page, Source,
};
use mistral::{Config, Extractor, VARIABLES};
use stage_support::types::{Context, Error};
use stage_support::{Kept, Wasi};
use upstream::Secret;

thread_local! {
    static CLIENT: Kept<Config, Extractor<Wasi>> = const { Kept::new() };
}

async fn client() -> Result<Rc<Extractor<Wasi>>, Error> {
    stage_support::client(&CLIENT, &VARIABLES, Config::from_variables, Extractor::new).await
}

struct ExtractorMistral;

impl Guest for ExtractorMistral {
    async fn describe(_: Context) -> Result<ExtractorInfo, Error> {
        let info = client().await?.config().info();
        Ok(ExtractorInfo {
            stage: stage_support::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), Vec::new()),
            media_types: info.media_types.into_iter().map(str::to_owned).collect(),
            model: info.model,
            max_bytes: info.max_bytes,
            max_pages: info.max_pages,
            prefers_url: info.prefers_url,
        })
    }

    async fn extract(ctx: Context, document: Document) -> Result<Extraction, Error> {
        let call = stage_support::call(&ctx);
        let client = client().await?;
        let Document { media_type, size, source } = document;
        let source = match source {
            Source::Url(url) => mistral::Source::Url(Secret::new(url)),
            Source::Content(body) => mistral::Source::Content(stage_support::incoming(body)),
        };
        let extraction = client.extract(&call, mistral::Document { media_type, size, source }).await?;
        let page = |page: mistral::Page| Page { index: page.index, markdown: page.markdown };
        Ok(Extraction {
            pages: extraction.pages.into_iter().map(page).collect(),
            model: extraction.model,
            usage: extraction.usage,
        })
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{ExtractorMistral, bindings};

    bindings::export!(ExtractorMistral with_types_in bindings);
}
