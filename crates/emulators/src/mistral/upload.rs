//! The form that uploads a file.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;

use super::errors::Refusal;
use crate::server::Request;

/// What a form holds.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) bytes: Bytes,
    pub(super) name: String,
    pub(super) media_type: Option<String>,
    pub(super) purpose: String,
    pub(super) visibility: String,
    pub(super) expiry_hours: Option<u64>,
}

pub(super) async fn read(request: &Request) -> Result<Upload, Refusal> {
    let kind = request.header("content-type").unwrap_or_default();
    let boundary = multer::parse_boundary(kind)
        .map_err(|_| Refusal::field("missing", &["file"], "Field required: send multipart/form-data"))?;
    let body = request.body.clone();
    let mut form = Multipart::new(stream::once(async move { Ok::<_, Infallible>(body) }), boundary);
    let mut file = None;
    let (mut purpose, mut visibility, mut expiry_hours) = (None, "workspace".to_owned(), None);
    loop {
        let broken = |error: multer::Error| {
            Refusal::field("value_error", &["file"], &format!("the form is broken: {error}"))
        };
        let Some(field) = form.next_field().await.map_err(broken)? else { break };
        let field_name = field.name().unwrap_or_default().to_owned();
        if field_name == "file" {
            let name = field.file_name().filter(|name| !name.is_empty()).map(str::to_owned);
            let media_type = field.content_type().map(ToString::to_string);
            let name =
                name.ok_or_else(|| Refusal::field("value_error", &["file"], "the file needs a filename"))?;
            file = Some((name, media_type, field.bytes().await.map_err(broken)?));
            continue;
        }
        let value = field.text().await.map_err(broken)?;
        match field_name.as_str() {
            "purpose" if ["ocr", "batch", "fine-tune", "audio"].contains(&value.as_str()) => {
                purpose = Some(value)
            }
            "visibility" if ["workspace", "user"].contains(&value.as_str()) => visibility = value,
            "expiry" if value.parse::<u64>().is_ok() => expiry_hours = value.parse().ok(),
            "purpose" | "visibility" | "expiry" => {
                return Err(Refusal::field("value_error", &[&field_name], "Input has no valid value"));
            }
            other => {
                return Err(Refusal::field("extra_forbidden", &[other], "Extra inputs are not permitted"));
            }
        }
    }
    let missing = |name| Refusal::field("missing", &[name], "Field required");
    let (name, media_type, bytes) = file.ok_or_else(|| missing("file"))?;
    let purpose = purpose.ok_or_else(|| missing("purpose"))?;
    Ok(Upload { bytes, name, media_type, purpose, visibility, expiry_hours })
}
