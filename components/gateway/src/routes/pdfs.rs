//! Profiles and handbooks: raw PDFs, or forms as browsers send them.

use futures::stream;
use http_api::problem::{Problem, ProblemKind};
use layout::{DocumentRef, Partner, PdfId};
use multer::{Constraints, Field, Multipart, SizeLimit};
use pipeline::{ByteStream, Error, PdfUpload};

use super::Answer;
use crate::request::Exchange;
use crate::{random, respond};

const PDF: &str = "application/pdf";
const FORM: &str = "multipart/form-data";
/// The most of a form's field that is not the file.
const MAX_FIELD_BYTES: u64 = 1024;
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
        Some(FORM) => form(exchange).await?,
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

/// Reads a form up to its file, which is then read as it comes.
async fn form(exchange: &mut Exchange) -> Result<PdfUpload, Problem> {
    let invalid = |detail: String| Problem::new(ProblemKind::Invalid, detail);
    let boundary = multer::parse_boundary(exchange.header("content-type").unwrap_or_default())
        .map_err(|e| invalid(format!("The form's Content-Type has no usable boundary: {e}.")))?;
    let limits = SizeLimit::new().for_field("partner_id", MAX_FIELD_BYTES);
    let mut form =
        Multipart::with_constraints(exchange.body(), boundary, Constraints::new().size_limit(limits));
    let mut partner_id = None;
    loop {
        let field = form.next_field().await.map_err(|e| respond::error(broken_form(e)))?;
        let Some(field) = field else {
            return Err(invalid("The form has no file: send the PDF in a field named 'file'.".to_owned()));
        };
        match (field.name(), field.file_name()) {
            (Some("partner_id"), None) => {
                let id = field.text().await.map_err(|e| respond::error(broken_form(e)))?;
                partner_id = Some(partner(&id)?);
            }
            (Some("file"), filename) => {
                let filename = filename.map(str::to_owned);
                return Ok(PdfUpload { body: file(field, form), size: None, filename, partner: partner_id });
            }
            (name, _) => {
                let name = name.unwrap_or("without a name");
                return Err(invalid(format!(
                    "The form has the field '{name}' before its file; it takes 'partner_id' (optional) and then 'file'."
                )));
            }
        }
    }
}

/// A form's file as it comes, and then the form's end. What goes on after the file would be read too late to count, and a form without its end was cut off: the
/// stream says so before whoever reads it takes the file for whole.
fn file(field: Field<'static>, form: Multipart<'static>) -> ByteStream {
    Box::pin(stream::unfold(Some((field, form)), |rest| async move {
        let (mut field, mut form) = rest?;
        let error = match field.chunk().await {
            Ok(Some(chunk)) => return Some((Ok(chunk), Some((field, form)))),
            Ok(None) => {
                drop(field);
                match form.next_field().await {
                    Ok(None) => return None,
                    Ok(Some(field)) => Error::invalid(format!(
                        "The form has the field '{}' after its file; send 'partner_id' (optional) first, and 'file' last.",
                        field.name().unwrap_or("without a name")
                    )),
                    Err(error) => broken_form(error),
                }
            }
            Err(error) => broken_form(error),
        };
        Some((Err(error), None))
    }))
}

fn partner(id: &str) -> Result<Partner, Problem> {
    id.parse().map_err(|e: layout::IdError| Problem::new(ProblemKind::Invalid, format!("{e}.")))
}

/// A form's error: the stream's own when that is what broke it.
fn broken_form(error: multer::Error) -> Error {
    match error {
        multer::Error::StreamReadFailed(source) => match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(other) => Error::invalid(format!("The form could not be read: {other}.")),
        },
        multer::Error::FieldSizeExceeded { limit, field_name } => Error::too_large(
            &format!("The field '{}', in bytes,", field_name.unwrap_or_default()),
            limit,
            None,
        ),
        other => Error::invalid(format!("The form is broken: {other}. Send it again."))
            .with("reason", "broken-form"),
    }
}
