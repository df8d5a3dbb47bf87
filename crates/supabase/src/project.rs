//! Where a project is, and with which key it is called.

use http::header::{AUTHORIZATION, USER_AGENT};
use http::request::Builder;
use http::{HeaderName, HeaderValue, Method, Request};
use upstream::{Error, Secret, address};

/// The variable that holds the project's address.
pub const URL: &str = "supabase_url";
/// The variable that holds its key.
pub const KEY: &str = "supabase_service_key";

/// What a project is read from.
pub const VARIABLES: [&str; 2] = [URL, KEY];

const API_KEY: HeaderName = HeaderName::from_static("apikey");
/// Secret keys are refused where the agent looks like a browser.
const AGENT: HeaderValue = HeaderValue::from_static("serene");

const URL_ADVICE: &str = "Set it to the project's address, such as https://abcdefgh.supabase.co.";
const KEY_ADVICE: &str =
    "Set it to a secret key (sb_secret_…) from the project's API keys, or to its legacy service_role key.";

/// What a copied address may end in.
const SERVICES: [&str; 2] = ["/rest/v1", "/storage/v1"];

/// A Supabase project and the key to call it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Without a slash or a service's path at its end.
    url: String,
    key: Secret,
    key_header: HeaderValue,
    /// The key as a bearer token, when it is a legacy key, which is one.
    bearer: Option<HeaderValue>,
}

impl Project {
    /// Reads [`VARIABLES`]; an empty value counts as not set. The key may be of either generation.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable that is missing or wrong and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let value = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let url = value(URL).ok_or_else(|| Error::not_set(URL, URL_ADVICE))?;
        let url = address(&url)
            .ok_or_else(|| Error::misconfigured(URL, format!("{URL} is no address. {URL_ADVICE}")))?;
        let url = SERVICES.iter().find_map(|service| url.strip_suffix(service)).unwrap_or(url).to_owned();
        let wrong_key = |what: &str| Error::misconfigured(KEY, format!("{KEY} {what}. {KEY_ADVICE}"));
        let key = Secret::new(value(KEY).ok_or_else(|| Error::not_set(KEY, KEY_ADVICE))?);
        let is_token = is_token(key.expose());
        if !is_token && !["sb_secret_", "sb_publishable_"].iter().any(|kind| key.expose().starts_with(kind)) {
            return Err(wrong_key("is no Supabase key"));
        }
        let mut key_header =
            HeaderValue::from_str(key.expose()).map_err(|_| wrong_key("holds characters that no key has"))?;
        key_header.set_sensitive(true);
        // Keys of the new kind are no tokens, and the services read nothing else in that header.
        let bearer = if is_token { bearer(key.expose()) } else { None };
        Ok(Self { url, key, key_header, bearer })
    }

    /// The key, for taking it out of what is reported.
    #[must_use]
    pub const fn key(&self) -> &Secret {
        &self.key
    }

    /// A request to one of the project's services; `target` is the path and query after the address, beginning with `/`. Made with the project's
    /// key, and in the name of `user`, a [`bearer`] token, where there is one.
    #[must_use]
    pub fn request(&self, method: &Method, target: &str, user: Option<&HeaderValue>) -> Builder {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.url))
            .header(API_KEY, &self.key_header)
            .header(USER_AGENT, AGENT);
        match user.or(self.bearer.as_ref()) {
            Some(bearer) => request.header(AUTHORIZATION, bearer),
            None => request,
        }
    }
}

/// A token as the value of `Authorization`; `None` when it holds what no header may.
#[must_use]
pub fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Three parts of base64url, as every JSON Web Token has.
fn is_token(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.starts_with("eyJ") && text.split('.').count() == 3 && text.split('.').all(is_part)
}
