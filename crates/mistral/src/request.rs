//! The requests.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use serde::Serialize;
use upstream::{Error, RequestBody};

use crate::body::{Encoding, framed};
use crate::config::Config;
use crate::content::Content;
use crate::media::{Form, MediaType};

/// A body of `POST /ocr`. `document` stays last: [`inline`] counts on it. Fields that Mistral does not know make it refuse a request.
#[derive(Serialize)]
struct Ocr<'a> {
    model: &'a str,
    include_image_base64: bool,
    include_blocks: bool,
    document: Reference<'a>,
}

/// Where Mistral finds a document.
#[derive(Clone, Copy, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Reference<'a> {
    DocumentUrl { document_url: &'a str },
    ImageUrl { image_url: &'a str },
    File { file_id: &'a str },
}

impl<'a> Reference<'a> {
    pub(crate) const fn url(url: &'a str, media: MediaType) -> Self {
        match media.form {
            Form::Image => Self::ImageUrl { image_url: url },
            Form::Pdf | Form::Other => Self::DocumentUrl { document_url: url },
        }
    }
}

/// What closes the body after a document's URL.
const AFTER_URL: &str = "\"}}";

/// The body that asks for the text of a document elsewhere.
pub(crate) fn by_reference(model: &str, document: Reference<'_>) -> Result<Bytes, Error> {
    let request = Ocr { model, include_image_base64: false, include_blocks: false, document };
    serde_json::to_vec(&request)
        .map(Bytes::from)
        .map_err(|error| Error::failed(format!("The request to Mistral cannot be written as JSON: {error}.")))
}

/// The body that asks for the text of the document it holds, as a `data:` URL.
pub(crate) fn inline(model: &str, media: MediaType, content: Content) -> Result<RequestBody, Error> {
    let url = format!("data:{};base64,", media.name);
    let mut start = by_reference(model, Reference::url(&url, media))?.to_vec();
    start.truncate(start.len() - AFTER_URL.len());
    Ok(framed(start, content, Encoding::Base64, AFTER_URL.into()))
}

/// The form that uploads a document, and its content type. Written by hand since form libraries for clients bring a whole HTTP client
/// along; the boundary is random, so that no document holds it by chance or on purpose.
pub(crate) fn upload(boundary: [u64; 2], media: MediaType, content: Content) -> (RequestBody, String) {
    let boundary = format!("serene-{:016x}{:016x}", boundary[0], boundary[1]);
    let start = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nocr\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"document.{}\"\r\nContent-Type: {}\r\n\r\n",
        media.extension, media.name
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let body = framed(start.into(), content, Encoding::Plain, end.into());
    (body, format!("multipart/form-data; boundary={boundary}"))
}

/// A request to a path of the API.
pub(crate) fn request(
    config: &Config,
    method: Method,
    path: &str,
    content_type: &str,
    body: RequestBody,
) -> Result<Request<RequestBody>, Error> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", config.base_url))
        .header(AUTHORIZATION, &config.authorization)
        .header(ACCEPT, HeaderValue::from_static("application/json"));
    if body.length() > 0 {
        request = request.header(CONTENT_TYPE, content_type);
    }
    request
        .body(body)
        .map_err(|error| Error::failed(format!("The request to Mistral could not be made: {error}.")))
}
