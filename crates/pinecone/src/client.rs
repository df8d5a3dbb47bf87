//! What every call shares: headers, the index's place, and what failures say about it.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use upstream::{Call, Error, ErrorKind, Platform, Policy, Received, RequestBody, Upstream, Verdict};

use crate::config::{Config, POLICY};
use crate::index::Index;
use crate::refusal::Refusal;

const KEY_HEADER: HeaderName = HeaderName::from_static("api-key");
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-pinecone-api-version");
/// Without it Pinecone answers as the oldest version it still knows.
const VERSION: HeaderValue = HeaderValue::from_static("2025-10");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Vectors in a Pinecone index.
pub struct VectorIndex<P> {
    pub(crate) upstream: Upstream<P>,
    /// To the control plane, which is elsewhere.
    control: Upstream<P>,
    config: Config,
    /// What was found out about the index, kept until a failure says that it may have changed.
    index: RefCell<Option<Rc<Index>>>,
}

/// One request.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// JSON; empty for none.
    pub(crate) body: Bytes,
    /// The variable that says where it goes.
    pub(crate) variable: &'a str,
}

impl<P: Platform> VectorIndex<P> {
    /// An index that is reached over `platform`.
    pub fn new(platform: Rc<P>, config: Config) -> Self {
        let policy = Policy { address_variable: config.host_variable(), ..POLICY };
        let upstream = Upstream::new(platform, policy, vec![config.key.clone()]);
        let control = upstream.with_policy(Policy { address_variable: config.control_variable(), ..POLICY });
        Self { upstream, control, config, index: RefCell::default() }
    }

    /// What it was made with.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What is known of the index; found out at the first call.
    pub(crate) async fn index(&self, call: &Call) -> Result<Rc<Index>, Error> {
        if let Some(index) = &*self.index.borrow() {
            return Ok(Rc::clone(index));
        }
        let index = Rc::new(self.find(call).await?);
        *self.index.borrow_mut() = Some(Rc::clone(&index));
        Ok(index)
    }

    /// The index, held to vectors of this size.
    pub(crate) async fn index_of(&self, call: &Call, dimensions: usize) -> Result<Rc<Index>, Error> {
        let known = self.index(call).await?;
        if known.check_dimensions(dimensions).is_ok() {
            return Ok(known);
        }
        // It may have been made anew since, with other dimensions.
        self.forget();
        let found = self.index(call).await?;
        found.check_dimensions(dimensions)?;
        Ok(found)
    }

    /// Posts JSON to the index. `None`: Pinecone says that the namespace does not exist.
    pub(crate) async fn post<T>(
        &self,
        call: &Call,
        index: &Index,
        path: &str,
        body: Bytes,
        read: impl Fn(&Received) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let url = format!("{}{path}", index.origin);
        let variable = self.config.place_variable();
        self.ask(call, Ask { method: Method::POST, url, body, variable }, read).await
    }

    /// Sends a request. `None`: Pinecone says that the namespace does not exist.
    pub(crate) async fn ask<T>(
        &self,
        call: &Call,
        ask: Ask<'_>,
        read: impl Fn(&Received) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let judge = |answer: Received| {
            if answer.status.is_success() {
                return match read(&answer) {
                    Ok(value) => Verdict::Done(Some(value)),
                    Err(error) => Verdict::Fail(error.with_status(answer.status)),
                };
            }
            let refusal = Refusal::read(&answer, &ask.body);
            if refusal.is_absent_namespace() { Verdict::Done(None) } else { refusal.verdict(ask.variable) }
        };
        self.send(&self.upstream, call, &ask, judge).await
    }

    /// Sends a request to the control plane and lets `judge` say what its answers mean.
    pub(crate) async fn ask_control<T>(
        &self,
        call: &Call,
        ask: &Ask<'_>,
        judge: impl FnMut(Received) -> Verdict<T>,
    ) -> Result<T, Error> {
        self.send(&self.control, call, ask, judge).await
    }

    async fn send<T>(
        &self,
        upstream: &Upstream<P>,
        call: &Call,
        ask: &Ask<'_>,
        judge: impl FnMut(Received) -> Verdict<T>,
    ) -> Result<T, Error> {
        let result = upstream.send(call, |_| self.request(ask), judge).await;
        if result.as_ref().is_err_and(may_have_moved) {
            self.forget();
        }
        result
    }

    /// Has the index looked up anew at the next call.
    pub(crate) fn forget(&self) {
        *self.index.borrow_mut() = None;
    }

    fn request(&self, ask: &Ask<'_>) -> Result<Request<RequestBody>, Error> {
        let mut request = Request::builder()
            .method(&ask.method)
            .uri(&ask.url)
            .header(KEY_HEADER, &self.config.key_header)
            .header(VERSION_HEADER, VERSION)
            .header(ACCEPT, JSON);
        if !ask.body.is_empty() {
            request = request.header(CONTENT_TYPE, JSON);
        }
        request
            .body(ask.body.clone().into())
            .map_err(|error| Error::failed(format!("The request to Pinecone could not be made: {error}.")))
    }
}

/// Whether a failure can mean that the index was made anew, elsewhere or with other dimensions.
fn may_have_moved(error: &Error) -> bool {
    match error.kind {
        ErrorKind::Misconfigured => true,
        ErrorKind::Unavailable => error.status.is_none(),
        _ => false,
    }
}

/// A request's body; made once and sent as often as needed.
pub(crate) fn body(content: &impl Serialize) -> Result<Bytes, Error> {
    serde_json::to_vec(content).map(Bytes::from).map_err(|error| {
        Error::failed(format!("The request to Pinecone cannot be written as JSON: {error}."))
    })
}

/// An answer's JSON, without a word of what it held in the error.
pub(crate) fn json<T: DeserializeOwned>(answer: &Received) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Error::failed(format!("Pinecone's answer is not the JSON expected at line {line}, column {column}."))
    })
}
