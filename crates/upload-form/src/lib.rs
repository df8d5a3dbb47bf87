//! Uploads as browsers send them: `multipart/form-data` (RFC 7578) with one file.
//!
//! A form holds `partner_id`, which may be left out, and then `file`, which comes last: it is handed on as it comes, so that what follows it would be read
//! too late to count. What stands around the file is held in memory, and is bounded by [`MAX_AROUND_BYTES`].

#![forbid(unsafe_code)]

mod paced;

use futures::stream;
use layout::Partner;
use multer::{Constraints, Field, Multipart, SizeLimit};
use pipeline::{ByteStream, Error, PdfUpload, Result};

use paced::{Allowance, paced};

/// The most bytes before a form's file and after it: boundaries, the fields' headers, and the one field beside the file.
pub const MAX_AROUND_BYTES: u64 = 64 * 1024;
/// The most bytes of a field that is not the file.
pub const MAX_FIELD_BYTES: u64 = 1024;

/// Reads a form up to its file. The upload's body is the file: it ends in an error where the form is broken, or goes on after the file.
///
/// # Errors
/// `invalid` for a `Content-Type` without a boundary and for a form without a file or with another field before it; with the extra
/// `reason=broken-form` for one that is no form; `too-large` for too much around the file; and the body's own error.
pub async fn read(content_type: &str, body: ByteStream) -> Result<PdfUpload> {
    let boundary = boundary(content_type)?;
    let allowance = Allowance::of(MAX_AROUND_BYTES);
    let limits = SizeLimit::new().for_field("partner_id", MAX_FIELD_BYTES);
    let constraints = Constraints::new().size_limit(limits);
    let mut form = Multipart::with_constraints(paced(body, allowance.clone()), boundary, constraints);
    let mut partner = None;
    loop {
        let Some(field) = form.next_field().await.map_err(broken)? else {
            return Err(Error::invalid("The form has no file: send the PDF in a field named 'file'."));
        };
        match (field.name(), field.file_name()) {
            (Some("partner_id"), None) => {
                let id = field.text().await.map_err(broken)?;
                partner = Some(id.parse::<Partner>().map_err(|e| Error::invalid(format!("{e}.")))?);
            }
            (Some("file"), filename) => {
                let filename = filename.map(str::to_owned);
                return Ok(PdfUpload { body: file(field, form, allowance), size: None, filename, partner });
            }
            (name, _) => {
                return Err(Error::invalid(format!(
                    "The form has the field '{}' before its file; it takes 'partner_id' (optional) and then 'file'.",
                    shown(name)
                )));
            }
        }
    }
}

/// What stands between the fields of a form with this `Content-Type`.
///
/// # Errors
/// `invalid` for one that is no form's, or that names no boundary.
pub fn boundary(content_type: &str) -> Result<String> {
    multer::parse_boundary(content_type)
        .map_err(|e| Error::invalid(format!("The form's Content-Type has no usable boundary: {e}.")))
}

/// A form's file as it comes, and then the form's end. What goes on after the file would be read too late to count, and a form without its end was cut off: the
/// stream says so before whoever reads it takes the file for whole.
fn file(field: Field<'static>, form: Multipart<'static>, allowance: Allowance) -> ByteStream {
    allowance.lift();
    Box::pin(stream::unfold(Some((field, form, allowance)), |rest| async move {
        let (mut field, mut form, allowance) = rest?;
        let error = match field.chunk().await {
            Ok(Some(chunk)) => return Some((Ok(chunk), Some((field, form, allowance)))),
            Ok(None) => {
                drop(field);
                allowance.set(MAX_AROUND_BYTES);
                match form.next_field().await {
                    Ok(None) => return None,
                    Ok(Some(field)) => Error::invalid(format!(
                        "The form has the field '{}' after its file; send 'partner_id' (optional) first, and 'file' last.",
                        shown(field.name())
                    )),
                    Err(error) => broken(error),
                }
            }
            Err(error) => broken(error),
        };
        Some((Err(error), None))
    }))
}

/// A field's name as it is shown to its sender: not all of a long one.
fn shown(name: Option<&str>) -> String {
    name.map_or_else(|| "without a name".to_owned(), |name| name.chars().take(64).collect())
}

/// A form's error: the stream's own when that is what broke it.
fn broken(error: multer::Error) -> Error {
    match error {
        multer::Error::StreamReadFailed(source) => match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(other) => Error::invalid(format!("The form could not be read: {other}.")),
        },
        multer::Error::FieldSizeExceeded { limit, field_name } => {
            Error::too_large(&format!("The field '{}', in bytes,", shown(field_name.as_deref())), limit, None)
        }
        other => Error::invalid(format!("The form is broken: {other}. Send it again."))
            .with("reason", "broken-form"),
    }
}
