//! What an operator sets.

use std::time::Duration;

use http::HeaderValue;
use upstream::{Error, Policy, Secret, address};

use crate::content::MAX_BYTES;
use crate::media;

pub(crate) const API_KEY: &str = "mistral_api_key";
pub(crate) const BASE_URL: &str = "mistral_base_url";
pub(crate) const MODEL: &str = "mistral_ocr_model";
pub(crate) const PREFERS_URL: &str = "mistral_prefers_url";

/// The variables that an extractor reads.
pub const VARIABLES: [&str; 4] = [API_KEY, BASE_URL, MODEL, PREFERS_URL];

/// A dated name: what `mistral-ocr-latest` reads out of a document changes under one's feet.
const DEFAULT_MODEL: &str = "mistral-ocr-2512";
const DEFAULT_BASE_URL: &str = "https://api.mistral.ai/v1";
pub(crate) const MAX_PAGES: u32 = 1000;

/// Patience: a document of hundreds of pages takes minutes. A page's answer is some kilobytes of text and of places of pictures.
const POLICY: Policy = Policy {
    try_timeout: Duration::from_secs(300),
    base_delay: Duration::from_secs(1),
    max_answer_bytes: 32 * 1024 * 1024,
    ..Policy::new("Mistral")
};

/// How to reach Mistral OCR, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) key: Secret,
    pub(crate) authorization: HeaderValue,
    pub(crate) base_url: String,
    pub(crate) model: String,
    prefers_url: bool,
}

/// What an extractor is and takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Media types it reads.
    pub media_types: Vec<&'static str>,
    /// The model.
    pub model: String,
    /// The largest document in bytes.
    pub max_bytes: u64,
    /// The most pages of a document.
    pub max_pages: u32,
    /// Whether Mistral can fetch documents from the object store's URLs.
    pub prefers_url: bool,
}

impl Config {
    /// Reads [`VARIABLES`]; an empty value counts as not set.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable that is missing or wrong and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let value = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let advice = "Set it to an API key from Mistral's console.";
        let key = Secret::new(value(API_KEY).ok_or_else(|| Error::not_set(API_KEY, advice))?);
        let authorization = HeaderValue::from_str(&format!("Bearer {}", key.expose()));
        let mut authorization = authorization.map_err(|_| {
            let message = format!("{API_KEY} holds characters that no key has. {advice}");
            Error::misconfigured(API_KEY, message)
        })?;
        authorization.set_sensitive(true);
        let base_url = match value(BASE_URL) {
            Some(text) => base_url(&text)?,
            None => DEFAULT_BASE_URL.to_owned(),
        };
        let prefers_url = match value(PREFERS_URL).as_deref() {
            None | Some("true") => true,
            Some("false") => false,
            Some(_) => {
                let message = format!(
                    "{PREFERS_URL} is neither true nor false. Set it to true when Mistral can fetch documents from the object store's URLs, else to false."
                );
                return Err(Error::misconfigured(PREFERS_URL, message));
            }
        };
        let model = value(MODEL).unwrap_or_else(|| DEFAULT_MODEL.to_owned());
        Ok(Self { key, authorization, base_url, model, prefers_url })
    }

    pub(crate) fn policy(&self) -> Policy {
        let is_own = self.base_url == DEFAULT_BASE_URL;
        Policy { address_variable: (!is_own).then_some(BASE_URL), ..POLICY }
    }

    /// What the extractor is and takes.
    #[must_use]
    pub fn info(&self) -> Info {
        Info {
            media_types: media::TYPES.iter().map(|media| media.name).collect(),
            model: self.model.clone(),
            max_bytes: MAX_BYTES,
            max_pages: MAX_PAGES,
            prefers_url: self.prefers_url,
        }
    }
}

fn base_url(text: &str) -> Result<String, Error> {
    address(text).map(str::to_owned).ok_or_else(|| {
        let message = format!(
            "{BASE_URL} is no address of an API. Set it to one such as {DEFAULT_BASE_URL}: scheme, host and path, no user, no query; or leave it unset."
        );
        Error::misconfigured(BASE_URL, message)
    })
}
