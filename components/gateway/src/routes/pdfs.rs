//! Profiles and handbooks: raw PDFs, or forms as browsers send them.

use http_api::problem::{Problem, ProblemKind};
use layout::{DocumentRef, Partner, PdfId, RelationshipId};
use pipeline::PdfUpload;
use sha2::{Digest, Sha256};

use super::Answer;
use crate::request::Exchange;
use crate::{random, respond};

const PDF: &str = "application/pdf";
const FORM: &str = "multipart/form-data";
const MAX_FILENAME_CHARS: usize = 255;

/// The id of a new PDF: made of the `Idempotency-Key` when the request has one, so that a repeated request meets its own document.
pub fn new_id(exchange: &Exchange, relationship: &RelationshipId, kind: &str) -> Result<PdfId, Problem> {
    let bytes = match exchange.header("idempotency-key") {
        Some(key) if key.is_empty() || key.len() > 255 => {
            return Err(Problem::new(
                ProblemKind::Invalid,
                "The Idempotency-Key must have 1 to 255 characters.",
            ));
        }
        Some(key) => {
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&Sha256::digest(format!("{relationship}\n{kind}\n{key}"))[..16]);
            bytes
        }
        None => random(),
    };
    let hex = hex::encode(bytes);
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
