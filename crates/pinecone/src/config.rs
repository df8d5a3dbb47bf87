//! What an operator sets.

use std::time::Duration;

use http::{HeaderValue, Uri};
use upstream::{Error, Policy, Secret, address};

pub(crate) const API_KEY: &str = "pinecone_api_key";
pub(crate) const INDEX_NAME: &str = "pinecone_index_name";
pub(crate) const INDEX_HOST: &str = "pinecone_index_host";
pub(crate) const CONTROL_URL: &str = "pinecone_control_url";

/// The variables that a vector index reads.
pub const VARIABLES: [&str; 4] = [API_KEY, INDEX_NAME, INDEX_HOST, CONTROL_URL];

const DEFAULT_CONTROL_URL: &str = "https://api.pinecone.io";
/// The longest name that Pinecone gives an index.
const MAX_NAME_BYTES: usize = 45;

/// Patience: as the vendor's own clients, three more tries; a query takes milliseconds, an upsert of 2 MB seconds.
pub(crate) const POLICY: Policy =
    Policy { tries: 4, base_delay: Duration::from_millis(500), ..Policy::new("Pinecone") };

/// How to reach a Pinecone index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) key: Secret,
    pub(crate) key_header: HeaderValue,
    pub(crate) place: Place,
}

/// Where the index is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Scheme and authority.
    Host(String),
    /// To be looked up.
    Name { name: String, control_url: String },
}

impl Config {
    /// Reads [`VARIABLES`]; an empty value counts as not set. `pinecone_index_host` goes before `pinecone_index_name`.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable that is missing or wrong and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let value = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let advice = "Set it to an API key of the project in Pinecone's console.";
        let key = Secret::new(value(API_KEY).ok_or_else(|| Error::not_set(API_KEY, advice))?);
        let mut key_header = HeaderValue::from_str(key.expose()).map_err(|_| {
            let message = format!("{API_KEY} holds characters that no key has. {advice}");
            Error::misconfigured(API_KEY, message)
        })?;
        key_header.set_sensitive(true);
        let control_url = match value(CONTROL_URL) {
            Some(text) => {
                address(&text).ok_or_else(|| wrong_address(CONTROL_URL, DEFAULT_CONTROL_URL))?.to_owned()
            }
            None => DEFAULT_CONTROL_URL.to_owned(),
        };
        let place = match (value(INDEX_HOST), value(INDEX_NAME)) {
            (Some(host), _) => {
                let example = "my-index-abc123.svc.aped-4627-b74a.pinecone.io";
                Place::Host(origin(&host, "https").ok_or_else(|| wrong_address(INDEX_HOST, example))?)
            }
            (None, Some(name)) if is_index_name(&name) => Place::Name { name, control_url },
            (None, Some(_)) => {
                let message = format!(
                    "{INDEX_NAME} is no index's name. Set it to one of 1 to {MAX_NAME_BYTES} lower-case letters, digits and hyphens."
                );
                return Err(Error::misconfigured(INDEX_NAME, message));
            }
            (None, None) => {
                let advice = format!("Set it to the name of an index, or {INDEX_HOST} to the index's host.");
                return Err(Error::not_set(INDEX_NAME, &advice));
            }
        };
        Ok(Self { key, key_header, place })
    }

    /// The variable that sets the address of the control plane, where one does.
    pub(crate) fn control_variable(&self) -> Option<&'static str> {
        let set =
            matches!(&self.place, Place::Name { control_url, .. } if control_url != DEFAULT_CONTROL_URL);
        set.then_some(CONTROL_URL)
    }

    /// The variable that sets the address of the index, where one does.
    pub(crate) fn host_variable(&self) -> Option<&'static str> {
        matches!(self.place, Place::Host(_)).then_some(INDEX_HOST)
    }

    /// The variable that says where the index is.
    pub(crate) const fn place_variable(&self) -> &'static str {
        match self.place {
            Place::Host(_) => INDEX_HOST,
            Place::Name { .. } => INDEX_NAME,
        }
    }
}

fn wrong_address(variable: &str, example: &str) -> Error {
    let message = format!(
        "{variable} is no address. Set it to one such as {example}: no user, no query; or leave it unset."
    );
    Error::misconfigured(variable, message)
}

fn is_index_name(name: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Scheme and authority of a host, which may come with its scheme or as a bare name.
pub(crate) fn origin(host: &str, default_scheme: &str) -> Option<String> {
    let url = if host.contains("://") { host.to_owned() } else { format!("{default_scheme}://{host}") };
    let url = address(&url)?;
    (url.parse::<Uri>().ok()?.path() == "/").then(|| url.to_owned())
}
