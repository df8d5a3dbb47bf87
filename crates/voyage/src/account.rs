//! What both endpoints need: the key, the address, and how patient calls are.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use serde::Serialize;
use upstream::{Error, Platform, Policy, RequestBody, Secret, Upstream, address};

pub(crate) const API_KEY: &str = "voyage_api_key";
pub(crate) const BASE_URL: &str = "voyage_base_url";
pub(crate) const DIMENSION: &str = "voyage_dimension";
pub(crate) const TRUNCATION: &str = "voyage_truncation";

const VOYAGE_URL: &str = "https://api.voyageai.com/v1";
/// Keys that MongoDB Atlas gives out begin with this, and work at its own address only.
const ATLAS_PREFIX: &str = "al-";
const ATLAS_URL: &str = "https://ai.mongodb.com/v1";

/// Patience: a full request of an embedding model takes seconds, of a busy one a minute. The largest answer is 1,000 vectors of 2,048 numbers in base64.
const POLICY: Policy = Policy {
    try_timeout: Duration::from_secs(120),
    base_delay: Duration::from_millis(500),
    max_answer_bytes: 16 * 1024 * 1024,
    ..Policy::new("Voyage")
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    key: Secret,
    authorization: HeaderValue,
    base_url: String,
    pub(crate) truncation: bool,
}

impl Account {
    pub(crate) fn from_variables(get: &impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let advice = format!(
            "Set it to a key from Voyage's dashboard, or to a model key from MongoDB Atlas (it begins with {ATLAS_PREFIX})."
        );
        let key = Secret::new(value(get, API_KEY).ok_or_else(|| Error::not_set(API_KEY, &advice))?);
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {}", key.expose())).map_err(|_| wrong_key(&advice))?;
        authorization.set_sensitive(true);
        let base_url = match value(get, BASE_URL) {
            Some(text) => base_url(&text)?,
            None if key.expose().starts_with(ATLAS_PREFIX) => ATLAS_URL.to_owned(),
            None => VOYAGE_URL.to_owned(),
        };
        let truncation = match value(get, TRUNCATION).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                let message = format!(
                    "{TRUNCATION} is neither true nor false. Set it to true to have long texts cut off, to false to have them refused."
                );
                return Err(Error::misconfigured(TRUNCATION, message));
            }
        };
        Ok(Self { key, authorization, base_url, truncation })
    }

    /// Sends to this account's address.
    pub(crate) fn upstream<P: Platform>(&self, platform: Rc<P>) -> Upstream<P> {
        let is_own = [VOYAGE_URL, ATLAS_URL].contains(&self.base_url.as_str());
        let policy = Policy { address_variable: (!is_own).then_some(BASE_URL), ..POLICY };
        Upstream::new(platform, policy, vec![self.key.clone()])
    }

    /// A request's body; made once and sent as often as needed.
    pub(crate) fn body(content: &impl Serialize) -> Result<Bytes, Error> {
        serde_json::to_vec(content).map(Bytes::from).map_err(|error| {
            Error::failed(format!("The request to Voyage cannot be written as JSON: {error}."))
        })
    }

    pub(crate) fn post(&self, path: &str, body: Bytes) -> Result<Request<RequestBody>, Error> {
        Request::post(format!("{}{path}", self.base_url))
            .header(AUTHORIZATION, &self.authorization)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .body(body.into())
            .map_err(|error| Error::failed(format!("The request to Voyage could not be made: {error}.")))
    }
}

/// A variable's value without white space around it; an empty one counts as not set.
pub(crate) fn value(get: &impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn wrong_key(advice: &str) -> Error {
    Error::misconfigured(API_KEY, format!("{API_KEY} holds characters that no key has. {advice}"))
}

fn base_url(text: &str) -> Result<String, Error> {
    address(text).map(str::to_owned).ok_or_else(|| {
        let message = format!(
            "{BASE_URL} is no address of an API. Set it to one such as {VOYAGE_URL}: scheme, host and path, no user, no query; or leave it unset."
        );
        Error::misconfigured(BASE_URL, message)
    })
}
