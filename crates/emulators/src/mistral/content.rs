//! A document's bytes: from a `data:` URL, from a stored file, or from the web.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::ask::Document;
use super::errors::Refusal;
use super::files::Files;

/// 50 MB; whether Mistral means powers of ten or of two is not known, so the fewer.
pub(super) const MAX_BYTES: usize = 50_000_000;
const TIMEOUT: Duration = Duration::from_secs(60);

/// What is read of a document.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) bytes: Bytes,
    pub(super) is_image: bool,
}

pub(super) async fn load(document: &Document, files: &Files, too_large: u16) -> Result<Content, Refusal> {
    match document {
        Document::File(id) => {
            let file = files.get(id).ok_or_else(|| {
                Refusal::error(
                    404,
                    "invalid_request_file",
                    "3052",
                    &format!("No file matches the given query: {id}"),
                )
            })?;
            within(file.bytes.len(), too_large)?;
            Ok(Content { is_image: file.is_image(), bytes: file.bytes })
        }
        Document::Url { url, is_image } => {
            let bytes = match url.strip_prefix("data:") {
                Some(data) => decode(data, too_large)?,
                None => fetch(url, too_large).await?,
            };
            Ok(Content { bytes, is_image: *is_image })
        }
    }
}

/// The limit of 50 MB holds before base64 as after it, for which of them Mistral means is not known.
fn within(bytes: usize, too_large: u16) -> Result<(), Refusal> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let message =
        format!("File size limit exceeded: the maximum size is 50 MB, and the document has {bytes} bytes");
    Err(Refusal::error(too_large, "invalid_request_file", "3053", &message))
}

fn decode(data: &str, too_large: u16) -> Result<Bytes, Refusal> {
    let wrong = |what: &str| Refusal::document(&format!("The document's data URL {what}"));
    let (head, data) = data.split_once(',').ok_or_else(|| wrong("has no comma"))?;
    if !head.ends_with(";base64") {
        return Err(wrong("is not in base64"));
    }
    within(data.len(), too_large)?;
    STANDARD.decode(data).map(Bytes::from).map_err(|_| wrong("is not valid base64"))
}

/// Fetches as Mistral does: one GET without credentials. Only from this machine, for an emulator calls nobody else.
async fn fetch(url: &str, too_large: u16) -> Result<Bytes, Refusal> {
    let failed = |what: &str| {
        let message = format!("File could not be fetched from url: {what}");
        Refusal::error(400, "invalid_request_file", "3310", &message)
    };
    let uri: Uri = url.parse().map_err(|_| failed("it is not a URL"))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => {
            return Err(failed("this emulator speaks no TLS; give it an http URL of this machine"));
        }
        _ => return Err(failed("it is neither http nor https")),
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !is_local {
        return Err(failed("this emulator fetches from this machine only"));
    }
    let request = Request::get(uri)
        .header("accept", "*/*")
        .header("user-agent", "emulated-mistral")
        .body(Empty::<Bytes>::new())
        .map_err(|_| failed("it is not a URL"))?;
    let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let exchange = async {
        let response = client.request(request).await.map_err(|_| failed("nothing answers there"))?;
        let status = response.status();
        if !status.is_success() {
            return Err(failed(&format!("its server answered with status {}", status.as_u16())));
        }
        let body = Limited::new(response.into_body(), MAX_BYTES).collect().await;
        body.map(|body| body.to_bytes()).map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                within(MAX_BYTES + 1, too_large).err().unwrap_or_else(|| failed("it is too large"))
            } else {
                failed("the answer broke off")
            }
        })
    };
    tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| failed("its server took too long"))?
}
