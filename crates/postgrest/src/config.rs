//! What an operator sets.

use http::HeaderValue;
use upstream::{Error, Secret, address};

pub(crate) const URL: &str = "supabase_url";
pub(crate) const KEY: &str = "supabase_service_key";
pub(crate) const SCHEMA: &str = "supabase_schema";

const URL_ADVICE: &str = "Set it to the project's address, such as https://abcdefgh.supabase.co.";
const KEY_ADVICE: &str =
    "Set it to a secret key (sb_secret_…) from the project's API keys, or to its legacy service_role key.";

/// The variables that a record store reads.
pub const VARIABLES: [&str; 3] = [URL, KEY, SCHEMA];

/// How to reach a Supabase project's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Without a slash at its end, and without `/rest/v1`.
    pub(crate) url: String,
    pub(crate) key: Secret,
    pub(crate) key_header: HeaderValue,
    /// The key as a bearer token, when it is a legacy key, which is one.
    pub(crate) bearer: Option<HeaderValue>,
    pub(crate) schema: Option<HeaderValue>,
}

impl Config {
    /// Reads [`VARIABLES`]; an empty value counts as not set. The key may be of either generation.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable that is missing or wrong and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let value = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let url = value(URL).ok_or_else(|| Error::not_set(URL, URL_ADVICE))?;
        let url = address(&url)
            .ok_or_else(|| Error::misconfigured(URL, format!("{URL} is no address. {URL_ADVICE}")))?;
        let url = url.strip_suffix("/rest/v1").unwrap_or(url).to_owned();
        let wrong_key = |what: &str| Error::misconfigured(KEY, format!("{KEY} {what}. {KEY_ADVICE}"));
        let key = Secret::new(value(KEY).ok_or_else(|| Error::not_set(KEY, KEY_ADVICE))?);
        let is_token = is_token(key.expose());
        if !is_token && !["sb_secret_", "sb_publishable_"].iter().any(|kind| key.expose().starts_with(kind)) {
            return Err(wrong_key("is no Supabase key"));
        }
        let mut key_header =
            HeaderValue::from_str(key.expose()).map_err(|_| wrong_key("holds characters that no key has"))?;
        key_header.set_sensitive(true);
        // Keys of the new kind are no tokens, and PostgREST reads nothing else in that header.
        let bearer = if is_token { bearer(key.expose()) } else { None };
        let schema = value(SCHEMA).map(|schema| {
            is_name(&schema).then(|| HeaderValue::from_str(&schema).ok()).flatten().ok_or_else(|| {
                let message =
                    format!("{SCHEMA} is no schema's name. Set it to one such as public, or leave it unset.");
                Error::misconfigured(SCHEMA, message)
            })
        });
        Ok(Self { url, key, key_header, bearer, schema: schema.transpose()? })
    }
}

/// Three parts of base64url, as every JSON Web Token has.
fn is_token(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.starts_with("eyJ") && text.split('.').count() == 3 && text.split('.').all(is_part)
}

pub(crate) fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
