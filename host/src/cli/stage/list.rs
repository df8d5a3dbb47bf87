//! `serene stage list`

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serene::conformance::{Subject, describe};
use serene::manifest::App;
use serene::stage::{Artifact, Contract, Described, Entry, inventory};

use super::super::Manifest;
use super::{engine, size};

/// Lists what is composed: each stage with its file, its size, its language if that can be told, and what it may use.
///
/// Of variables, names are shown and never values.
#[derive(Args)]
pub(in super::super) struct List {
    #[command(flatten)]
    manifest: Manifest,
    /// Run each stage and ask it for its name and version; the first run compiles them
    #[arg(long)]
    describe: bool,
    /// A file of variables for that, one SPIN_VARIABLE_NAME=value a line [default: .env beside the manifest, when there is one]
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Print JSON: an array with an object a stage
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<ExitCode> {
        let app = self.manifest.read()?;
        let mut entries = inventory(&app)?;
        if self.describe {
            describe_all(&app, &mut entries, self.env_file.as_deref())?;
        }
        let shown = if self.json {
            serde_json::to_string_pretty(&entries).context("the list cannot be written as JSON")?
        } else {
            table(&app, &entries)
        };
        writeln!(std::io::stdout(), "{}", shown.trim_end()).context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Asks every stage that is built. One that cannot answer does not keep the others from it.
fn describe_all(app: &App, entries: &mut [Entry], env_file: Option<&Path>) -> Result<()> {
    let engine = engine(Some(app))?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    for entry in entries.iter_mut().filter(|entry| entry.export.is_some()) {
        let described = Contract::named(&entry.interface).and_then(|contract| {
            let artifact = Artifact::read(&entry.file)?;
            let subject = Subject::new(Some(app), contract, &artifact, None, env_file)?;
            runtime.block_on(describe(contract, &subject, &engine))
        });
        entry.described = Some(match described {
            Ok((name, version)) => Described::As { name, version },
            Err(error) => Described::Failed { error: format!("{error:#}") },
        });
    }
    runtime.shutdown_background();
    Ok(())
}

fn table(app: &App, entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let file = entry.file.strip_prefix(&app.dir).unwrap_or(&entry.file);
        let size = entry.size_bytes.map_or_else(|| "not built".to_owned(), size);
        let language = entry.language.as_deref().unwrap_or("");
        let export = entry.export.as_deref().unwrap_or(&entry.interface);
        let _ = writeln!(text, "{export:<40} {size:>9}  {language:<10} {}", file.display());
        match &entry.described {
            Some(Described::As { name, version }) => {
                let _ = writeln!(text, "    {:<10} {name} {version}", "is");
            }
            Some(Described::Failed { error }) => {
                let _ = writeln!(text, "    {:<10} {error}", "fails");
            }
            None => {}
        }
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
