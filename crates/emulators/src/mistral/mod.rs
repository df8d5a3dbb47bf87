//! Mistral: `POST /v1/ocr`, and the files that it reads from.
//!
//! A PDF's pages are its text layer, read by [`pdf_text`]; a scanned page is empty, an image is one empty page, and a text in UTF-8 is one page as it
//! stands. Documents come from `data:` URLs, from stored files, and from `http` URLs of this machine, which are fetched: so a presigned URL is proven.
//!
//! What Mistral's documents leave open is decided so: 50 MB are 50,000,000 bytes, of base64 where it is one; a document that is larger gets the status
//! of [`Options::too_large_status`]; an upload's `expiry` is in hours, and `purpose` is required; a page that a document does not have gets 400.
//!
//! Not emulated: reading pictures, tables and formulas, `images`, annotations of boxes, office formats, `https` URLs, lists of files, batches, chat,
//! rate limits (use [`Fault`](crate::Fault)).

mod ask;
mod content;
mod errors;
mod files;
mod ocr;
mod pages;
mod upload;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, Method};

use crate::server::{Calls, Credential, Faults, Reply, Request, Server, Service, bearer, reply, serve};
use ask::Ask;
use errors::Refusal;
use files::Files;

/// An upload's limit, and room for the form around it.
const MAX_BODY_BYTES: usize = (512 << 20) + 65_536;

/// How Mistral is emulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The key that is right.
    pub key: String,
    /// The status for a document over 50 MB.
    pub too_large_status: u16,
}

impl Default for Options {
    fn default() -> Self {
        let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        Self { address, key: "mistral-emulated".to_owned(), too_large_status: 413 }
    }
}

/// Starts Mistral. Its base address, as clients take it, is [`Server::url`] and `/v1`.
///
/// # Errors
/// An address that is not loopback or is taken.
pub async fn start(options: Options) -> io::Result<Server> {
    let service =
        Mistral { key: options.key, too_large_status: options.too_large_status, files: Files::default() };
    serve(Arc::new(service), options.address, Calls::default(), Faults::default()).await
}

struct Mistral {
    key: String,
    too_large_status: u16,
    files: Files,
}

impl Service for Mistral {
    fn credential(&self, headers: &HeaderMap) -> Credential {
        bearer(headers, &self.key)
    }

    fn max_body_bytes(&self) -> usize {
        MAX_BODY_BYTES
    }

    fn too_large(&self) -> Reply {
        Refusal::error(413, "invalid_request_file", "3053", "The maximum size of a file is 512 MB").reply()
    }

    async fn answer(&self, request: Request) -> Reply {
        self.route(&request).await.unwrap_or_else(|refusal| refusal.reply())
    }
}

impl Mistral {
    async fn route(&self, request: &Request) -> Result<Reply, Refusal> {
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let (&Method::GET, ["signed", id]) = (&request.method, path.as_slice()) {
            return self.files.at_signed_url(request, id);
        }
        match self.credential(&request.headers) {
            Credential::Right => {}
            credential => return Err(Refusal::unauthorized(credential == Credential::Wrong)),
        }
        match (&request.method, path.as_slice()) {
            (&Method::POST, ["v1", "ocr"]) => {
                let ask = Ask::read(request)?;
                let answer = ocr::answer(ask, &self.files, self.too_large_status).await?;
                Ok(reply::json(200, &answer))
            }
            (_, ["v1", "files", rest @ ..]) => self.files.answer(request, rest).await,
            (_, ["v1", "ocr"]) => Err(Refusal::plain(405, "Method Not Allowed")),
            _ => Err(Refusal::plain(404, "Not Found")),
        }
    }
}
