//! Asking a model.

use std::rc::Rc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, REFERER};
use http::{HeaderName, HeaderValue, Request as HttpRequest};
use upstream::{Call, Error, Platform, RequestBody, Upstream};

use crate::answer::{Reply, judge};
use crate::config::Config;
use crate::content::object;
use crate::request::Prepared;
use crate::{Request, Usage};

const TITLE: HeaderName = HeaderName::from_static("x-openrouter-title");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// A JSON object with the members that the schema's root requires. The caller holds it to the rest of the schema.
    pub content: String,
    /// The model that wrote it.
    pub model: String,
    /// What it used, with its repair if there was one.
    pub usage: Usage,
}

/// Asks models.
pub struct Generator<P> {
    upstream: Upstream<P>,
    config: Config,
}

impl<P: Platform> Generator<P> {
    /// A generator that asks over `platform`.
    pub fn new(platform: Rc<P>, config: Config) -> Self {
        let upstream = Upstream::new(platform, config.policy(), vec![config.key.clone()]);
        Self { upstream, config }
    }

    /// What it was made with.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Writes one answer. Repeatable, may differ, and may be billed each time.
    ///
    /// # Errors
    /// `invalid` (no message, not a schema); `too-large` (the messages); `failed` with the extra `reason`: `refused`, `cut-off`, or `not-json`, when the
    /// repaired answer is no better than the first, each with what it used; and how calls fail.
    pub async fn generate(&self, call: &Call, request: &Request) -> Result<Generation, Error> {
        let mut prepared = Prepared::new(&self.config, request)?;
        let first = self.ask(call, prepared.to_bytes()?).await?;
        let problem = match object(&first.content, prepared.required()) {
            Ok(content) => return Ok(Generation { content, model: first.model, usage: first.usage }),
            Err(problem) => problem,
        };
        prepared.ask_again(first.content, &problem);
        let second = self.ask(call, prepared.to_bytes()?).await?;
        let usage = first.usage.plus(second.usage);
        match object(&second.content, prepared.required()) {
            Ok(content) => Ok(Generation { content, model: second.model, usage }),
            Err(problem) => {
                let message =
                    format!("The model's answer {problem}, even after it was told so. Try another model.");
                Err(usage.told_by(Error::failed(message).with("reason", "not-json")))
            }
        }
    }

    async fn ask(&self, call: &Call, body: Bytes) -> Result<Reply, Error> {
        self.upstream.send(call, |_| self.request(body.clone()), |answer| judge(&answer, &body)).await
    }

    fn request(&self, body: Bytes) -> Result<HttpRequest<RequestBody>, Error> {
        let mut request = HttpRequest::post(format!("{}/chat/completions", self.config.base_url))
            .header(AUTHORIZATION, &self.config.authorization)
            .header(CONTENT_TYPE, JSON)
            .header(ACCEPT, JSON);
        for (name, value) in [(REFERER, &self.config.app_url), (TITLE, &self.config.app_title)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request
            .body(body.into())
            .map_err(|error| Error::failed(format!("The request to OpenRouter could not be made: {error}.")))
    }
}
