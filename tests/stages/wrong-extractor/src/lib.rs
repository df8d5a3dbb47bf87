//! An extractor that is right but for one fault: it spoils what another one does.

/// The stage that is spoilt.
mod imports {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:wrong-extractor;

            world imports {
                import serene:extractor/extractor@0.2.0;
            }
        ",
        path: ["../../../wit/types", "../../../wit/extractor"],
        world: "serene-tests:wrong-extractor/imports",
        with: { "serene:types/files@0.2.0": fault::files, "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

/// The same interface from the other side, over the same types.
mod exports {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/extractor"],
        world: "serene:extractor/extractor-stage",
        with: {
            "serene:types/files@0.2.0": fault::files,
            "serene:types/types@0.2.0": fault::types,
            "serene:extractor/extractor@0.2.0/document": crate::inner::Document,
            "serene:extractor/extractor@0.2.0/extraction": crate::inner::Extraction,
            "serene:extractor/extractor@0.2.0/extractor-info": crate::inner::ExtractorInfo,
            "serene:extractor/extractor@0.2.0/page": crate::inner::Page,
            "serene:extractor/extractor@0.2.0/source": crate::inner::Source,
        },
        generate_all,
        async: true,
    });
}

use exports::exports::serene::extractor::extractor::Guest;
use fault::files::Body;
use fault::types::{Context, Error};
use fault::{Fault, held, invalid, refuse, sent};
use imports::serene::extractor::extractor as inner;
use imports::{wit_future, wit_stream};
use inner::{Document, Extraction, ExtractorInfo, Source};

/// A limit that is not kept.
const LIMIT: u64 = 1 << 20;

struct Wrong;

impl Guest for Wrong {
    async fn describe(ctx: Context) -> Result<ExtractorInfo, Error> {
        let fault = Fault::read().await;
        let mut info = inner::describe(ctx).await?;
        info.stage = fault.stage(env!("CARGO_PKG_NAME"));
        info.max_bytes =
            fault.limit(if fault.is("reads-more-than-it-says") { LIMIT } else { info.max_bytes });
        if fault.is("reads-no-pdf") {
            info.media_types = vec!["text/plain".to_owned()];
        }
        if fault.is("names-types-by-their-endings") {
            info.media_types.push("pdf".to_owned());
        }
        if fault.is("names-no-model") {
            info.model.clear();
        }
        Ok(info)
    }

    async fn extract(ctx: Context, mut document: Document) -> Result<Extraction, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        if document.size.is_none() && fault.is("needs-the-size") {
            return Err(invalid("The size is not known."));
        }
        if document.size == Some(0) && fault.is("reads-an-empty-document") {
            return Ok(nothing());
        }
        if fault.is("takes-anything-for-a-pdf") {
            "application/pdf".clone_into(&mut document.media_type);
        }
        if let Source::Content(body) = document.source {
            document.source = Source::Content(passed_on(&fault, &ctx, body).await?);
        }
        match inner::extract(ctx, document).await {
            Ok(extraction) => Ok(spoilt(&fault, extraction).await),
            Err(error) => refused(&fault, error),
        }
    }
}

/// The body, as the reader gets it.
async fn passed_on(fault: &Fault, ctx: &Context, mut body: Body) -> Result<Body, Error> {
    if fault.is("reads-what-was-cut-short") {
        let (bytes, _) = held(body).await;
        return Ok(again(bytes));
    }
    if fault.is("reads-what-comes-first") {
        let (_, first) = body.bytes.read(Vec::with_capacity(64 * 1024)).await;
        return Ok(again(first));
    }
    if fault.is("reads-all-before-it-looks") {
        let limit = inner::describe(ctx.clone()).await?.max_bytes;
        let (bytes, outcome) = held(body).await;
        outcome?;
        if bytes.len() as u64 > limit {
            return Err(Error::TooLarge(refuse("It is too large.", &[("limit", &limit.to_string())])));
        }
        return Ok(again(bytes));
    }
    Ok(body)
}

fn again(bytes: Vec<u8>) -> Body {
    sent(bytes, wit_stream::new(), wit_future::new(|| Ok(())))
}

async fn spoilt(fault: &Fault, mut extraction: Extraction) -> Extraction {
    let pages = &mut extraction.pages;
    for page in pages.iter_mut() {
        page.markdown = fault.text(&page.markdown).await;
        if fault.is("counts-pages-from-one") {
            page.index += 1;
        }
        if fault.is("reads-no-text") {
            page.markdown.clear();
        }
    }
    if fault.is("turns-the-order") {
        pages.reverse();
    }
    if fault.is("loses-the-last-page") {
        pages.pop();
    }
    if fault.is("mixes-pages-up")
        && let [first, .., last] = &mut pages[..]
    {
        std::mem::swap(&mut first.markdown, &mut last.markdown);
    }
    if fault.is("names-no-model") {
        extraction.model.clear();
    }
    extraction
}

fn refused(fault: &Fault, error: Error) -> Result<Extraction, Error> {
    match error {
        Error::Invalid(why) => {
            let is =
                |reason: &str| why.extras.iter().any(|(name, value)| name == "reason" && value == reason);
            if (is("no-text") && fault.is("leaves-pages-without-text-out"))
                || (is("not-a-document") && fault.is("reads-what-is-no-document"))
            {
                return Ok(nothing());
            }
            if fault.is("gives-no-reason") {
                return Err(invalid(&why.message));
            }
            Err(Error::Invalid(why))
        }
        Error::TooLarge(why) if fault.is("does-not-say-its-limit") => {
            Err(Error::TooLarge(refuse(&why.message, &[])))
        }
        Error::TooLarge(why) if fault.is("calls-too-much-invalid") => Err(Error::Invalid(why)),
        other => Err(other),
    }
}

fn nothing() -> Extraction {
    Extraction { pages: Vec::new(), model: "none".to_owned(), usage: Vec::new() }
}

exports::export!(Wrong with_types_in exports);
