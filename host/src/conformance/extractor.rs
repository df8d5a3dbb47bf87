//! `serene:extractor`

use std::fmt::Write as _;

use anyhow::{Result, bail, ensure};

use super::bindings::extractor::ExtractorStage;
use super::bindings::extractor::exports::serene::extractor::extractor::{
    Document, Extraction, ExtractorInfo, Source,
};
use super::bindings::files::Body;
use super::bindings::types::{Context, Error};
use super::body::File;
use super::case::{Case, Held, Outcome, cases};
use super::expect::{kind_of, success};
use super::lab::{Answer, Lab, Session, answered, context};
use super::stage::{Description, Stage, instantiated};

type Extractor = ExtractorStage;

pub(crate) const PDF: &str = "application/pdf";
/// The largest document that is sent, in bytes.
const LARGEST: u64 = 128 * 1024 * 1024;
/// How much longer than the limit a document is that is too large: more than is read ahead.
const BEYOND: u64 = 8 * 1024 * 1024;

impl Stage for Extractor {
    instantiated!("extractor");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        let guest = session.stage.serene_extractor_extractor();
        let info = answered("describe", guest.call_describe(session.accessor, ctx).await)?;
        Ok(info.map(|info| Description {
            whole: format!("{info:?}"),
            limits: vec![
                ("the number of media-types", info.media_types.len() as u64),
                ("max-bytes", info.max_bytes),
                ("max-pages", info.max_pages.into()),
            ],
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        let file = File::of(pdf(&[&words(n)]));
        let body = file.body(session)?;
        Ok(extract(session, ctx, PDF, Some(file.size()), body).await?.map(|read| format!("{:?}", read.pages)))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            media_types_are_told: "describe gives the media types that it reads",
            every_page_comes_in_order: "every page is there, in order, numbered from 0",
            the_text_of_a_page_is_read: "a page has its text, and no other's",
            the_size_may_be_unknown: "a document whose size is not known is read",
            bytes_may_come_one_by_one: "however the bytes arrive, the text is the same",
            the_model_is_named: "what read it is named",
            another_media_type_is_invalid: "a media type it does not read is invalid with the reason unsupported-media-type",
            what_is_no_document_is_invalid: "bytes that are not of the media type are invalid with the reason not-a-document",
            an_empty_body_is_invalid: "a document without bytes is invalid",
            a_body_cut_short_is_an_error: "a body whose sender gave up is never taken for a document",
            a_page_without_text_is_empty_or_refused: "a page without text is an empty page, or the document is invalid with the reason no-text",
            more_bytes_than_declared_are_too_large: "more than max-bytes are too-large, with the limit, and are not all read first",
        ]
    }
}

async fn info(session: &Session<'_, Extractor>) -> Result<ExtractorInfo> {
    let guest = session.stage.serene_extractor_extractor();
    success("describe", answered("describe", guest.call_describe(session.accessor, context()).await)?)
}

pub(crate) async fn extract(
    session: &Session<'_, Extractor>,
    ctx: Context,
    media_type: &str,
    size: Option<u64>,
    body: Body,
) -> Result<Answer<Extraction>> {
    let guest = session.stage.serene_extractor_extractor();
    let document = Document { media_type: media_type.to_owned(), size, source: Source::Content(body) };
    answered("extract", guest.call_extract(session.accessor, ctx, document).await)
}

async fn extracted(session: &Session<'_, Extractor>, file: &File) -> Result<Extraction> {
    let body = file.body(session)?;
    success("extract", extract(session, context(), PDF, Some(file.size()), body).await?)
}

/// What page `n` says: plain words, which every way of reading keeps.
pub(crate) fn words(n: u32) -> String {
    const NUMBERS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    format!("Anna waited in the garden on day {}", NUMBERS[n as usize % NUMBERS.len()])
}

/// A PDF (1.4) with a page for each text, set in Helvetica.
pub(crate) fn pdf(pages: &[&str]) -> Vec<u8> {
    let mut objects = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned()];
    let kids: String = (0..pages.len()).map(|n| format!("{} 0 R ", 4 + 2 * n)).collect();
    objects.push(format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len()));
    objects
        .push("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned());
    for (n, text) in pages.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            5 + 2 * n
        ));
        let content =
            if text.is_empty() { String::new() } else { format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET") };
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut file = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        places.push(file.len());
        let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", n + 1);
    }
    let start = file.len();
    let _ = write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(file, "{place:010} 00000 n ");
    }
    let _ =
        write!(file, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.into_bytes()
}

/// Checks that the answer is `invalid`, for one of these reasons.
fn invalid(call: &str, answer: Answer<Extraction>, reasons: &[&str]) -> Outcome {
    match answer {
        Ok(_) => bail!("{call} was answered with pages"),
        Err(Error::Invalid(fault)) => {
            let reason =
                fault.extras.iter().find(|(name, _)| name == "reason").map(|(_, value)| value.as_str());
            ensure!(
                reason.is_some_and(|reason| reasons.contains(&reason)),
                "{call} is invalid with the reason {reason:?}, and not {}",
                reasons.join(" or ")
            );
            ensure!(!fault.message.trim().is_empty(), "{call} is invalid without a message");
            Ok(Held::Yes)
        }
        Err(error) => bail!("{call} answered `{}` and not `invalid`", kind_of(&error)),
    }
}

async fn media_types_are_told(lab: &Lab<Extractor>) -> Outcome {
    let types = lab.with(async |session| Ok(info(session).await?.media_types)).await?;
    for media_type in &types {
        ensure!(
            media_type.split_once('/').is_some_and(|(kind, sub)| !kind.is_empty() && !sub.is_empty()),
            "{media_type:?} is no media type"
        );
    }
    ensure!(
        types.iter().any(|media_type| media_type == PDF),
        "it does not read {PDF}, which Serene sends it"
    );
    Ok(Held::Yes)
}

async fn every_page_comes_in_order(lab: &Lab<Extractor>) -> Outcome {
    let texts: Vec<_> = (0..9).map(words).collect();
    let file = File::of(pdf(&texts.iter().map(String::as_str).collect::<Vec<_>>()));
    let pages = lab.with(async |session| Ok(extracted(session, &file).await?.pages)).await?;
    let places: Vec<_> = pages.iter().map(|page| page.index).collect();
    ensure!(places == (0..9).collect::<Vec<_>>(), "a document of 9 pages has the pages {places:?}");
    Ok(Held::Yes)
}

async fn the_text_of_a_page_is_read(lab: &Lab<Extractor>) -> Outcome {
    let file = File::of(pdf(&[&words(3), &words(7)]));
    let pages = lab.with(async |session| Ok(extracted(session, &file).await?.pages)).await?;
    let has = |place: usize, word: &str| pages.get(place).is_some_and(|page| page.markdown.contains(word));
    ensure!(has(0, "garden") && has(0, "three") && has(1, "seven"), "a page is without its text");
    ensure!(!has(0, "seven") && !has(1, "three"), "a page has the text of another");
    Ok(Held::Yes)
}

async fn the_size_may_be_unknown(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        let body = File::of(pdf(&[&words(1)])).body(session)?;
        success(
            "extract of a document of unknown size",
            extract(session, context(), PDF, None, body).await?,
        )?;
        Ok(Held::Yes)
    })
    .await
}

async fn bytes_may_come_one_by_one(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        let file = File::of(pdf(&[&words(1), &words(2)]));
        let whole = format!("{:?}", extracted(session, &file).await?.pages);
        for piece in [1, 7] {
            let pieces = format!("{:?}", extracted(session, &file.clone().in_pieces(piece)).await?.pages);
            ensure!(pieces == whole, "a document that comes in pieces of {piece} bytes has another text");
        }
        Ok(Held::Yes)
    })
    .await
}

async fn the_model_is_named(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        let named = info(session).await?.model;
        let read = extracted(session, &File::of(pdf(&[&words(1)]))).await?.model;
        ensure!(!named.trim().is_empty() && !read.trim().is_empty(), "no model is named");
        Ok(Held::Yes)
    })
    .await
}

async fn another_media_type_is_invalid(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        let file = File::of(pdf(&[&words(1)]));
        let answer =
            extract(session, context(), "application/x-conformance", Some(file.size()), file.body(session)?)
                .await?;
        invalid("extract of an unknown media type", answer, &["unsupported-media-type"])
    })
    .await
}

async fn what_is_no_document_is_invalid(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        for file in [File::of("This is a letter, and no PDF."), File::of_size(100_000)] {
            let answer = extract(session, context(), PDF, Some(file.size()), file.body(session)?).await?;
            invalid("extract of bytes that are no PDF", answer, &["not-a-document"])?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn an_empty_body_is_invalid(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        let answer = extract(session, context(), PDF, Some(0), File::of("").body(session)?).await?;
        invalid("extract of nothing", answer, &["not-a-document", "broken"])
    })
    .await
}

async fn a_body_cut_short_is_an_error(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        // Twice the document, so that the half that comes is one by itself.
        let whole = pdf(&[&words(1)]);
        let file = File::of([whole.clone(), whole].concat());
        let answer = extract(session, context(), PDF, None, file.cut_short(session)?).await?;
        ensure!(answer.is_err(), "a body whose outcome is an error was taken for a document");
        Ok(Held::Yes)
    })
    .await
}

async fn a_page_without_text_is_empty_or_refused(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        let file = File::of(pdf(&[""]));
        let answer = extract(session, context(), PDF, Some(file.size()), file.body(session)?).await?;
        if let Ok(read) = &answer {
            ensure!(
                read.pages.len() == 1,
                "a document of one page without text has {} pages",
                read.pages.len()
            );
            return Ok(Held::Yes);
        }
        invalid("extract of a page without text", answer, &["no-text"])
    })
    .await
}

async fn more_bytes_than_declared_are_too_large(lab: &Lab<Extractor>) -> Outcome {
    lab.with(async |session| {
        let limit = info(session).await?.max_bytes;
        if limit > LARGEST {
            return Ok(Held::NotTested(format!("max-bytes is {limit}")));
        }
        let file = File::of_size(limit + BEYOND).beginning(b"%PDF-1.4\n");
        let answer = extract(session, context(), PDF, None, file.body(session)?).await?;
        let Err(error) = answer else { bail!("a document over {limit} bytes was read") };
        let Error::TooLarge(fault) = &error else {
            bail!("a document over {limit} bytes is `{}` and not `too-large`", kind_of(&error))
        };
        ensure!(
            fault.extras.iter().any(|(name, _)| name == "limit"),
            "`too-large` is without the extra `limit`"
        );
        ensure!(
            file.taken() < file.size(),
            "all {} bytes were read before a document over {limit} bytes was refused",
            file.size()
        );
        Ok(Held::Yes)
    })
    .await
}
