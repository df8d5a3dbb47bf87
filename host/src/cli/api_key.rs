//! `serene api-key`

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context, Result};
use auth::Scope;
use clap::{Args, Subcommand};

use super::credential;

/// Makes API keys.
#[derive(Subcommand)]
pub(super) enum ApiKey {
    New(New),
}

/// Makes an API key and the entry by which Serene knows it.
///
/// The key goes to the client and is shown this once. The entry holds its SHA-256 and goes into the variable api_keys, beside the entries that are
/// there, with a comma between them. Two keys of one client are accepted at the same time, so that one can replace the other.
#[derive(Args)]
pub(super) struct New {
    /// Who uses it: lower-case letters, digits and hyphens
    #[arg(long, value_name = "NAME", default_value = "default")]
    name: String,
    /// What it is for: read (read and search), write (store and remove, too) or admin (operate the service, too)
    #[arg(long, value_name = "SCOPE", default_value = "write", value_parser = scope)]
    scope: Scope,
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error: auth::ApiKeyError| error.to_string())
}

impl ApiKey {
    pub(super) fn run(self) -> Result<ExitCode> {
        let Self::New(New { name, scope }) = self;
        let made = credential::new_key(&name, scope)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "key    {}\nentry  {}", made.key, made.entry)
            .context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}
