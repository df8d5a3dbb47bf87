//! Profiles and handbooks: raw PDFs, or forms as browsers send them.

use http_api::problem::{Problem, ProblemKind};
use layout::{DocumentRef, Partner, PdfId};
use pipeline::PdfUpload;

use super::Answer;
use crate::request::Exchange;
use crate::{random, respond};

const PDF: &str = "application/pdf";
const FORM: &str = "multipart/form-data";
const MAX_FILENAME_CHARS: usize = 255;

/// The id of a new PDF: the one that its `Idempotency-Key` stands for when the request has one, so that a request which broke off and is done again meets its own
/// document.
pub fn new_id(exchange: &Exchange) -> Result<PdfId, Problem> {
    let hex = hex::encode(exchange.seed.map_or_else(random, u128::to_be_bytes));
    let id = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    id.parse().map_err(|_| Problem::new(ProblemKind::Internal, "No id could be made."))
}

pub async fn put(exchange: &mut Exchange, document: DocumentRef) -> Answer {
    exchange.require_media_type(&[PDF, FORM])?;
    let query = exchange.query(&["filename", "partner_id"])?;
    let mut upload = match exchange.media_type().as_deref() {
        Some(FORM) => {
            let content_type = exchange.header("content-type").unwrap_or_default();
            upload_form::read(content_type, exchange.body()).await.map_err(respond::error)?
        }
        _ => PdfUpload {
            size: exchange.content_length(),
            body: exchange.body(),
            filename: None,
            partner: None,
        },
    };
    if let Some(name) = query.get("filename") {
        upload.filename = Some(name.clone());
    }
    if let Some(id) = query.get("partner_id") {
        upload.partner = Some(partner(id)?);
    }
    upload.filename = upload.filename.map(|name| name.chars().take(MAX_FILENAME_CHARS).collect());
    let outcome = exchange.flows.put_pdf(&exchange.call, &document, upload).await;
    outcome.map(|outcome| respond::outcome(&outcome)).map_err(respond::error)
}

fn partner(id: &str) -> Result<Partner, Problem> {
    id.parse().map_err(|e: layout::IdError| Problem::new(ProblemKind::Invalid, format!("{e}.")))
}
