//! Storing an object: its bytes alone, or a form around them.

use std::convert::Infallible;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;
use serde_json::json;

use super::access::Caller;
use super::refusal::Refusal;
use super::{MAX_OBJECT_BYTES, Name, Storage, StoredObject};
use crate::server::{Reply, Request, reply};

/// What a request brings.
struct File {
    bytes: Bytes,
    media_type: String,
    cache_control: String,
}

impl Storage {
    pub(super) async fn upload(
        &self,
        name: &Name,
        request: &Request,
        caller: &Caller,
    ) -> Result<Reply, Refusal> {
        caller.require_token()?;
        self.store.bucket(&name.bucket)?;
        caller.require_service()?;
        let file = read(request).await?;
        if file.bytes.len() > MAX_OBJECT_BYTES {
            return Err(Refusal::too_large());
        }
        let replace = request.method == http::Method::PUT || request.header("x-upsert") == Some("true");
        let object = StoredObject {
            bytes: file.bytes,
            media_type: file.media_type,
            id: String::new(),
            cache_control: file.cache_control,
            modified: SystemTime::now(),
        };
        let id = self.store.keep(&name.bucket, &name.object, object, replace)?;
        Ok(reply::json(200, &json!({ "Id": id, "Key": format!("{}/{}", name.bucket, name.object) })))
    }
}

async fn read(request: &Request) -> Result<File, Refusal> {
    let kind = request.header("content-type").unwrap_or_default();
    let Ok(boundary) = multer::parse_boundary(kind) else {
        let media_type = if kind.is_empty() { "application/octet-stream" } else { kind };
        let cache_control = request.header("cache-control").unwrap_or("no-cache").to_owned();
        return Ok(File { bytes: request.body.clone(), media_type: media_type.to_owned(), cache_control });
    };
    let broken = |error: multer::Error| Refusal::invalid(&format!("the form is broken: {error}"));
    let body = request.body.clone();
    let mut form = Multipart::new(stream::once(async move { Ok::<_, Infallible>(body) }), boundary);
    let mut cache_control = "no-cache".to_owned();
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.file_name().is_some() {
            let media_type = field.content_type().map(ToString::to_string);
            let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
            file = Some((field.bytes().await.map_err(broken)?, media_type));
        } else if field.name() == Some("cacheControl") {
            cache_control = format!("max-age={}", field.text().await.map_err(broken)?);
        }
    }
    let (bytes, media_type) = file.ok_or_else(|| Refusal::invalid("No content provided"))?;
    Ok(File { bytes, media_type, cache_control })
}
