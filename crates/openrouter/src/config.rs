//! What an operator sets.

use std::time::Duration;

use http::HeaderValue;
use upstream::{Error, Policy, Secret, address};

pub(crate) const API_KEY: &str = "openrouter_api_key";
pub(crate) const MODEL: &str = "openrouter_model";
pub(crate) const FALLBACK_MODELS: &str = "openrouter_fallback_models";
pub(crate) const MAX_OUTPUT_TOKENS: &str = "openrouter_max_output_tokens";
pub(crate) const DATA_COLLECTION: &str = "openrouter_data_collection";
pub(crate) const APP_URL: &str = "openrouter_app_url";
pub(crate) const APP_TITLE: &str = "openrouter_app_title";
pub(crate) const BASE_URL: &str = "openrouter_base_url";

/// The variables that a generator reads.
pub const VARIABLES: [&str; 8] =
    [API_KEY, MODEL, FALLBACK_MODELS, MAX_OUTPUT_TOKENS, DATA_COLLECTION, APP_URL, APP_TITLE, BASE_URL];

/// Strict structured output, a context of a million tokens, a low price, and no reasoning that would use up the answer's tokens.
const DEFAULT_MODEL: &str = "openai/gpt-4.1-mini";
const DEFAULT_BASE_URL: &str = "https://openrouter.ai/api/v1";
/// An analysis takes two to four thousand tokens. OpenRouter reserves the price of all of them from the balance.
const DEFAULT_OUTPUT_TOKENS: u32 = 8192;
/// Some providers take no lower limit.
pub(crate) const MIN_OUTPUT_TOKENS: u32 = 16;
const MOST_OUTPUT_TOKENS: u32 = 131_072;
/// What fits, with an answer, into the contexts of the models that anyone would choose.
pub(crate) const MAX_INPUT_TOKENS: u32 = 118_000;
/// OpenRouter's own limit.
const MAX_FALLBACKS: usize = 3;

/// Patience: an answer of thousands of tokens takes minutes.
const POLICY: Policy = Policy {
    try_timeout: Duration::from_secs(300),
    base_delay: Duration::from_secs(1),
    ..Policy::new("OpenRouter")
};

/// How to reach OpenRouter, and which models to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) key: Secret,
    pub(crate) authorization: HeaderValue,
    pub(crate) base_url: String,
    pub(crate) model: String,
    pub(crate) fallback_models: Vec<String>,
    pub(crate) max_output_tokens: u32,
    pub(crate) data_collection: DataCollection,
    pub(crate) app_url: Option<HeaderValue>,
    pub(crate) app_title: Option<HeaderValue>,
}

/// Whether providers that keep what they are sent may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DataCollection {
    Allow,
    Deny,
}

/// What a generator is and takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// The model asked first.
    pub model: String,
    /// The most tokens of all messages.
    pub max_input_tokens: u32,
    /// The most tokens of an answer.
    pub max_output_tokens: u32,
}

impl Config {
    /// Reads [`VARIABLES`]; an empty value counts as not set.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable that is missing or wrong and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let value = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let what = "an API key from OpenRouter's settings";
        let key = value(API_KEY).ok_or_else(|| Error::not_set(API_KEY, &format!("Set it to {what}.")))?;
        let key = Secret::new(key);
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
            .map_err(|_| wrong(API_KEY, "holds characters that no key has", what))?;
        authorization.set_sensitive(true);
        let base_url = value(BASE_URL).map_or(Ok(DEFAULT_BASE_URL.to_owned()), |text| {
            address(&text).map(str::to_owned).ok_or_else(|| {
                let example =
                    format!("one such as {DEFAULT_BASE_URL}, without user and query, or leave it unset");
                wrong(BASE_URL, "is no address of an API", &example)
            })
        })?;
        let model = value(MODEL).map_or(Ok(DEFAULT_MODEL.to_owned()), |text| model(MODEL, &text))?;
        let max_output_tokens = value(MAX_OUTPUT_TOKENS).map_or(Ok(DEFAULT_OUTPUT_TOKENS), |text| {
            let number = text.parse().ok().filter(|n| (MIN_OUTPUT_TOKENS..=MOST_OUTPUT_TOKENS).contains(n));
            let range = format!("a whole number from {MIN_OUTPUT_TOKENS} to {MOST_OUTPUT_TOKENS}");
            number.ok_or_else(|| wrong(MAX_OUTPUT_TOKENS, "is out of its range", &range))
        })?;
        let data_collection = match value(DATA_COLLECTION).as_deref() {
            None | Some("deny") => DataCollection::Deny,
            Some("allow") => DataCollection::Allow,
            Some(_) => {
                let choice = "deny to ask only providers that keep nothing, to allow to ask any";
                return Err(wrong(DATA_COLLECTION, "is neither deny nor allow", choice));
            }
        };
        let app_url = value(APP_URL).map(|text| {
            let header = address(&text).and_then(|_| HeaderValue::from_str(&text).ok());
            header.ok_or_else(|| {
                wrong(APP_URL, "is no address", "the application's, such as https://example.com")
            })
        });
        let app_title = value(APP_TITLE).map(|text| {
            let header = HeaderValue::from_str(&text).ok().filter(|_| text.is_ascii());
            header.ok_or_else(|| wrong(APP_TITLE, "holds more than ASCII", "a title of ASCII characters"))
        });
        Ok(Self {
            key,
            authorization,
            base_url,
            model,
            fallback_models: fallback_models(&value(FALLBACK_MODELS).unwrap_or_default())?,
            max_output_tokens,
            data_collection,
            app_url: app_url.transpose()?,
            app_title: app_title.transpose()?,
        })
    }

    pub(crate) fn policy(&self) -> Policy {
        let is_own = self.base_url == DEFAULT_BASE_URL;
        Policy { address_variable: (!is_own).then_some(BASE_URL), ..POLICY }
    }

    /// What the generator is and takes.
    #[must_use]
    pub fn info(&self) -> Info {
        Info {
            model: self.model.clone(),
            max_input_tokens: MAX_INPUT_TOKENS,
            max_output_tokens: self.max_output_tokens,
        }
    }
}

fn wrong(variable: &str, what: &str, set_to: &str) -> Error {
    Error::misconfigured(variable, format!("{variable} {what}. Set it to {set_to}."))
}

fn model(variable: &str, text: &str) -> Result<String, Error> {
    let is_model = text.bytes().all(|b| b.is_ascii_graphic() && b != b',')
        && text.split_once('/').is_some_and(|(author, slug)| !author.is_empty() && !slug.is_empty());
    if is_model {
        return Ok(text.to_owned());
    }
    let example = format!("names such as {DEFAULT_MODEL}");
    Err(wrong(variable, "names no model", &example))
}

fn fallback_models(list: &str) -> Result<Vec<String>, Error> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let models = names.map(|name| model(FALLBACK_MODELS, name)).collect::<Result<Vec<_>, _>>()?;
    if models.len() > MAX_FALLBACKS {
        let most = format!("at most {MAX_FALLBACKS}, with commas between them");
        return Err(wrong(FALLBACK_MODELS, &format!("names {} models", models.len()), &most));
    }
    Ok(models)
}
