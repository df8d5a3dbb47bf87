//! `serene stage list`

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serene::manifest::App;
use serene::stage::{Entry, inventory};

use super::super::Manifest;
use super::size;

/// Lists what is composed: each stage with its file, its size, its language if that can be told, and what it may use.
///
/// Of variables, names are shown and never values.
#[derive(Args)]
pub(in super::super) struct List {
    #[command(flatten)]
    manifest: Manifest,
    /// Print JSON: an array with an object a stage
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<ExitCode> {
        let app = self.manifest.read()?;
        let entries = inventory(&app)?;
        let shown = if self.json {
            serde_json::to_string_pretty(&entries).context("the list cannot be written as JSON")?
        } else {
            table(&app, &entries)
        };
        writeln!(std::io::stdout(), "{}", shown.trim_end()).context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}

fn table(app: &App, entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let file = entry.file.strip_prefix(&app.dir).unwrap_or(&entry.file);
        let size = entry.size_bytes.map_or_else(|| "not built".to_owned(), size);
        let language = entry.language.as_deref().unwrap_or("");
        let export = entry.export.as_deref().unwrap_or(&entry.interface);
        let _ = writeln!(text, "{export:<40} {size:>9}  {language:<10} {}", file.display());
        let allowed = &entry.allowed;
        let mut line = |title: &str, items: &[String]| {
            if !items.is_empty() {
                let _ = writeln!(text, "    {title:<10} {}", items.join(", "));
            }
        };
        line("variables", &allowed.variables);
        line("hosts", &allowed.allowed_outbound_hosts);
        line("databases", &allowed.sqlite_databases);
        line("key-value", &allowed.key_value_stores);
        line("uses", &entry.uses);
        line("refused", &entry.refused);
    }
    text
}
