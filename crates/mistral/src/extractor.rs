//! Documents to pages.

use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{Method, StatusCode, Uri};
use upstream::{Call, Error, ErrorKind, Platform, Policy, Received, RequestBody, Secret, Upstream, Verdict};

use crate::answer::{self, Extraction};
use crate::config::{Config, PREFERS_URL};
use crate::content::{ByteStream, Content, MAX_BYTES};
use crate::media::{self, Form, MediaType};
use crate::refusal::{self, Asked};
use crate::request::{self, Reference};

/// The most that goes inside a request: in base64 it stays under the limit of a document.
const MAX_INLINE_BYTES: u64 = 30_000_000;
/// The longest URL.
const MAX_URL_BYTES: usize = 8192;
/// What is kept of a call's time for deleting an uploaded file, at most.
const DELETE_TIME: Duration = Duration::from_secs(5);
const JSON: &str = "application/json";

/// A document to read.
pub struct Document {
    /// A media type, such as `application/pdf`.
    pub media_type: String,
    /// Bytes, when known. When it is known, exactly so many must come.
    pub size: Option<u64>,
    /// Where it is.
    pub source: Source,
}

/// Where a document is.
pub enum Source {
    /// An https URL that Mistral can reach.
    Url(Secret),
    /// Here.
    Content(ByteStream),
}

/// Reads documents.
pub struct Extractor<P> {
    upstream: Upstream<P>,
    /// For uploads: one whose answer is lost may have arrived, and a second one would leave the first with Mistral.
    uploads: Upstream<P>,
    config: Config,
}

impl<P: Platform> Extractor<P> {
    /// An extractor that sends over `platform`.
    pub fn new(platform: Rc<P>, config: Config) -> Self {
        let upstream = Upstream::new(platform, config.policy(), vec![config.key.clone()]);
        let uploads = upstream.with_policy(Policy { retry_transport: false, ..config.policy() });
        Self { upstream, uploads, config }
    }

    /// What it was made with.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Reads a document. Repeatable, and may be billed each time.
    ///
    /// Ends within the call's time. Dropped while an uploaded document is being read, or failed because the answer to the upload was lost, it leaves the upload
    /// to Mistral, which keeps it for up to 30 days. How many pages a document has is known only when Mistral has read it, so that it
    /// is Mistral that refuses one of too many.
    ///
    /// # Errors
    /// `invalid` with the extra `reason`: `unsupported-media-type`, `not-a-document`, `encrypted`, `broken`, `no-text`; `invalid` without one for a size
    /// that is not the document's; `too-large`; the content's own error; and how calls fail.
    pub async fn extract(&self, call: &Call, document: Document) -> Result<Extraction, Error> {
        let media = media::find(&document.media_type)?;
        if let Some(size) = document.size.filter(|size| *size > MAX_BYTES) {
            return Err(Error::too_large("The document, in bytes,", MAX_BYTES, size));
        }
        match document.source {
            Source::Url(url) => {
                self.check_url(url.expose())?;
                self.read(call, Reference::url(url.expose(), media), Asked::Url).await
            }
            Source::Content(bytes) => {
                let opened =
                    self.within(call.time_left(self.platform()), Content::open(bytes, document.size)).await;
                let content = opened?;
                if content.size() == 0 || (media.form == Form::Pdf && !content.is_pdf()) {
                    let message =
                        format!("The document is no {}: its bytes do not begin like one.", media.name);
                    return Err(Error::invalid(message).with("reason", "not-a-document"));
                }
                if media.form == Form::Other || content.size() > MAX_INLINE_BYTES {
                    self.read_uploaded(call, media, content).await
                } else {
                    let body = request::inline(&self.config.model, media, content)?;
                    self.ocr(call, body, Asked::Content).await
                }
            }
        }
    }

    fn platform(&self) -> &P {
        self.upstream.platform()
    }

    async fn read(&self, call: &Call, document: Reference<'_>, asked: Asked) -> Result<Extraction, Error> {
        let body = request::by_reference(&self.config.model, document)?;
        self.ocr(call, body.into(), asked).await
    }

    async fn ocr(&self, call: &Call, body: RequestBody, asked: Asked) -> Result<Extraction, Error> {
        let ask = Ask { method: Method::POST, path: "/ocr", content_type: JSON, body };
        self.send(&self.upstream, call, ask, |answer| match answer.status {
            StatusCode::OK => done(answer::extraction(&answer.body), &answer),
            _ => refusal::verdict(&answer, asked),
        })
        .await
    }

    async fn read_uploaded(
        &self,
        call: &Call,
        media: MediaType,
        content: Content,
    ) -> Result<Extraction, Error> {
        let boundary = [self.platform().random(), self.platform().random()];
        let (form, content_type) = request::upload(boundary, media, content);
        let ask = Ask { method: Method::POST, path: "/files", content_type: &content_type, body: form };
        let upload = self.send(&self.uploads, call, ask, |answer| match answer.status {
            StatusCode::OK | StatusCode::CREATED => done(answer::file_id(&answer.body), &answer),
            _ => refusal::verdict(&answer, Asked::File),
        });
        let file_id = upload.await?;
        let left = call.time_left(self.platform());
        let time = left.saturating_sub(DELETE_TIME.min(left / 4));
        let reading = self.read(call, Reference::File { file_id: &file_id }, Asked::Content);
        let mut result = self.within(time, reading).await;
        if self.delete(call, &file_id).await.is_err() {
            let kept = ("file-kept".to_owned(), file_id);
            match &mut result {
                Ok(extraction) => extraction.usage.push(kept),
                Err(error) => error.extras.push(kept),
            }
        }
        result
    }

    async fn delete(&self, call: &Call, file_id: &str) -> Result<(), Error> {
        let path = format!("/files/{file_id}");
        let ask = Ask { method: Method::DELETE, path: &path, content_type: JSON, body: RequestBody::empty() };
        self.send(&self.upstream, call, ask, |answer| match answer.status {
            StatusCode::OK | StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Verdict::Done(()),
            _ => refusal::verdict(&answer, Asked::File),
        })
        .await
    }

    async fn send<T>(
        &self,
        upstream: &Upstream<P>,
        call: &Call,
        ask: Ask<'_>,
        judge: impl FnMut(Received) -> Verdict<T>,
    ) -> Result<T, Error> {
        let Ask { method, path, content_type, body } = ask;
        let mut body = Replay::from(body);
        let make = |_| request::request(&self.config, method.clone(), path, content_type, body.next()?);
        upstream.send(call, make, judge).await
    }

    async fn within<T>(
        &self,
        time: Duration,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match select(pin!(work), pin!(self.platform().sleep(time))).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => {
                let message =
                    "The call's time ran out before the document was read. Try again with more time.";
                Err(Error::new(ErrorKind::TimedOut, message))
            }
        }
    }

    /// Refuses a URL that Mistral cannot fetch. No message shows it.
    fn check_url(&self, url: &str) -> Result<(), Error> {
        if url.len() > MAX_URL_BYTES {
            return Err(Error::too_large(
                "The document's URL, in bytes,",
                MAX_URL_BYTES as u64,
                url.len() as u64,
            ));
        }
        let uri = url.parse::<Uri>().ok();
        let host = uri.as_ref().and_then(Uri::host);
        let (Some(scheme), Some(host)) = (uri.as_ref().and_then(Uri::scheme_str), host) else {
            return Err(Error::invalid("The document's URL is not one: it has no scheme or no host."));
        };
        // An emulator beside the object store fetches what only the two can reach.
        let local = self.config.base_url.starts_with("http://");
        let fits = match scheme {
            "https" => local || !is_private(host),
            "http" => local,
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let message = format!(
            "Mistral cannot fetch the document: its URL is not https, or leads to a private address. Give the object store a public https address, or set {PREFERS_URL} to false."
        );
        Err(Error::misconfigured(PREFERS_URL, message))
    }
}

/// One request.
struct Ask<'a> {
    method: Method,
    path: &'a str,
    content_type: &'a str,
    body: RequestBody,
}

/// A body for each try: one in memory again and again, a stream once.
enum Replay {
    Bytes(Bytes),
    Stream(Option<RequestBody>),
}

impl From<RequestBody> for Replay {
    fn from(body: RequestBody) -> Self {
        match body {
            RequestBody::Bytes(bytes) => Self::Bytes(bytes),
            stream @ RequestBody::Stream { .. } => Self::Stream(Some(stream)),
        }
    }
}

impl Replay {
    fn next(&mut self) -> Result<RequestBody, Error> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone().into()),
            Self::Stream(stream) => stream
                .take()
                .ok_or_else(|| Error::failed("The document passed through and cannot be sent again.")),
        }
    }
}

fn done<T>(read: Result<T, Error>, answer: &Received) -> Verdict<T> {
    match read {
        Ok(value) => Verdict::Done(value),
        Err(error) => Verdict::Fail(error.with_status(answer.status)),
    }
}

fn is_private(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
        Err(_) => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            host == "localhost" || [".localhost", ".local", ".internal"].iter().any(|end| host.ends_with(end))
        }
    }
}
