//! What an operator sets.

use std::str::FromStr;

use http::Uri;
use thiserror::Error;

use crate::ApiKeys;
use crate::jwt::{Key, Rules};

const MODE: &str = "auth_mode";
const API_KEYS: &str = "api_keys";
const URL: &str = "supabase_url";
const SECRET: &str = "supabase_jwt_secret";
const ISSUER: &str = "supabase_jwt_issuer";

/// The variables that are read.
pub const VARIABLES: [&str; 5] = [MODE, API_KEYS, URL, SECRET, ISSUER];

/// The shortest secret of HS256, in bytes: the length of its hash (RFC 7518, section 3.2).
const MIN_SECRET_BYTES: usize = 32;

/// How callers are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are not: whoever is on this machine may do everything, and nobody else anything.
    #[default]
    None,
    /// By keys of services.
    ApiKey,
    /// By access tokens of a Supabase project's users, and keys of services.
    Supabase,
}

/// A variable that cannot be used. No secret is shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the variable {variable} cannot be used: {reason}")]
pub struct SettingError {
    /// Which.
    pub variable: &'static str,
    /// What is wrong with it, and where what it should hold is found.
    pub reason: String,
}

impl FromStr for Mode {
    type Err = SettingError;

    /// Reads the variable `auth_mode`; an empty value is the default.
    fn from_str(name: &str) -> Result<Self, SettingError> {
        match name.trim() {
            "" | "none" => Ok(Self::None),
            "api-key" => Ok(Self::ApiKey),
            "supabase" => Ok(Self::Supabase),
            _ => Err(wrong(MODE, "it must be none, api-key or supabase")),
        }
    }
}

/// What callers are told apart by.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How.
    pub mode: Mode,
    /// The keys of services; none in mode `none`.
    pub api_keys: ApiKeys,
    /// The project whose users come, in mode `supabase`.
    pub supabase: Option<Supabase>,
}

/// A Supabase project, as far as its users' tokens go.
#[derive(Clone, Debug)]
pub struct Supabase {
    /// Verifies the tokens of a project that signs with a shared secret.
    pub secret: Option<Key>,
    /// Where the project's public keys are.
    pub jwks_url: String,
    /// What else must hold of a token.
    pub rules: Rules,
}

impl Settings {
    /// Reads [`VARIABLES`]; an empty value counts as not set.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let value = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mode: Mode = value(MODE).unwrap_or_default().parse()?;
        if mode == Mode::None {
            return Ok(Self { mode, api_keys: ApiKeys::default(), supabase: None });
        }
        let api_keys = value(API_KEYS).unwrap_or_default().parse::<ApiKeys>();
        let api_keys = api_keys.map_err(|error| wrong(API_KEYS, &error.to_string()))?;
        if mode == Mode::ApiKey && api_keys.is_empty() {
            return Err(wrong(
                API_KEYS,
                "it is empty; `serene api-key new` makes a key and prints its entry",
            ));
        }
        let supabase = (mode == Mode::Supabase).then(|| Supabase::from_variables(&value)).transpose()?;
        Ok(Self { mode, api_keys, supabase })
    }
}

impl Supabase {
    fn from_variables(value: &impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let url = value(URL).and_then(|url| origin(&url)).ok_or_else(|| {
            wrong(URL, "it must be a project's address, such as https://abcdefgh.supabase.co")
        })?;
        let secret = value(SECRET).map(|secret| {
            if secret.len() < MIN_SECRET_BYTES {
                return Err(wrong(
                    SECRET,
                    "it is shorter than 32 bytes, so it is not the project's JWT secret",
                ));
            }
            Ok(Key::hs256(secret.as_bytes()))
        });
        let issuer = value(ISSUER).unwrap_or_else(|| format!("{url}/auth/v1"));
        Ok(Self {
            secret: secret.transpose()?,
            jwks_url: format!("{url}/auth/v1/.well-known/jwks.json"),
            rules: Rules { issuer },
        })
    }
}

/// A project's address without a slash at its end.
fn origin(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let uri: Uri = url.parse().ok()?;
    let is_origin = matches!(uri.scheme_str(), Some("https" | "http"))
        && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        && uri.path() == "/"
        && uri.query().is_none()
        && !url.contains('#');
    is_origin.then(|| url.to_owned())
}

fn wrong(variable: &'static str, reason: &str) -> SettingError {
    SettingError { variable, reason: reason.to_owned() }
}
