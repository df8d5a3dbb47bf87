//! What commands that ask an application show it.

use anyhow::{Context, Result};
use auth::{NewApiKey, Scope};
use clap::Args;
use http::HeaderValue;
use serene::Options;
use serene::manifest::App;

const API_KEYS: &str = "api_keys";

/// The key for an application that runs.
#[derive(Args)]
pub(super) struct Credential {
    /// An API key of the scope admin, where the application at the address asks for one
    #[arg(long, value_name = "KEY", env = "SERENE_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

impl Credential {
    /// The value of the header `Authorization`.
    pub(super) fn header(&self) -> Result<Option<HeaderValue>> {
        self.api_key.as_deref().map(bearer).transpose()
    }
}

/// Lets a command into an application that it starts for itself, whatever the application asks of others: a key that lives as long as
/// the application does.
pub(super) fn admit(app: &App, options: &mut Options) -> Result<HeaderValue> {
    let made = new_key("serene", Scope::Admin)?;
    let others = options.variables(app)?.value(API_KEYS).unwrap_or_default().to_owned();
    options.variables.insert(API_KEYS.to_owned(), format!("{others},{}", made.entry));
    bearer(&made.key)
}

/// A new key of random bytes.
pub(super) fn new_key(name: &str, scope: Scope) -> Result<NewApiKey> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow::anyhow!("this machine gives no random bytes: {error}"))?;
    Ok(NewApiKey::new(name, scope, &random)?)
}

fn bearer(key: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {key}"))
        .context("the API key has characters that no key has")?;
    value.set_sensitive(true);
    Ok(value)
}
