//! `serene stage swap`

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serene::compose::{self, ImportKind, capability_of};
use serene::manifest::{Capability, stage_table};
use serene::stage::{Artifact, Contract, Reach, Swapped, swap, undo};

use super::super::Manifest;
use super::{contract, size};

/// Puts your stage in the place of another, and says what it will be allowed.
///
/// Changes one line of the manifest and keeps everything else of it. What the line was stays in a comment above it, from which --undo restores it.
/// The stage gets what --inherit names and nothing else.
#[derive(Args)]
pub(in super::super) struct Swap {
    #[command(flatten)]
    manifest: Manifest,
    /// The interface, such as transformer
    #[arg(value_parser = contract)]
    interface: &'static Contract,
    /// The component that is to answer
    #[arg(required_unless_present = "undo")]
    file: Option<PathBuf>,
    /// What it may use of what its component has: variables, allowed_outbound_hosts, sqlite_databases, key_value_stores, environment, files
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    inherit: Vec<Capability>,
    /// Put back what was there before
    #[arg(long, conflicts_with_all = ["file", "inherit"])]
    undo: bool,
}

impl Swap {
    pub(super) fn run(self) -> Result<ExitCode> {
        let app = self.manifest.read()?;
        let profile = self.manifest.profile.as_deref();
        let text = match &self.file {
            Some(file) => {
                let artifact = Artifact::read(file)?;
                let swapped = swap(&app, profile, self.interface, &artifact, &self.inherit)?;
                report(&swapped, self.interface, &artifact)?
            }
            None => {
                let swapped = undo(&app, profile, self.interface)?;
                match &swapped.line {
                    Some(line) => format!("{} is again {line}\n", swapped.interface),
                    None => {
                        format!("{} has no line of its own in this profile any more\n", swapped.interface)
                    }
                }
            }
        };
        write!(std::io::stdout(), "{text}").context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}

fn report(swapped: &Swapped, contract: &Contract, artifact: &Artifact) -> Result<String> {
    let Swapped { app, component, interface, .. } = swapped;
    let line = swapped.line.as_deref().unwrap_or_default();
    let language = artifact.language.as_deref().map(|language| format!(", {language}")).unwrap_or_default();
    let mut text = format!("{interface} is now {line} ({}{language})\n\n", size(artifact.bytes.len() as u64));
    let reach = Reach::of(app, component, interface)?;
    text.push_str(&allowed(&reach));
    let refused: Vec<_> = compose::alone(app, component, interface)?
        .imports
        .into_iter()
        .filter(|import| matches!(import.kind, ImportKind::Refused(_)))
        .filter_map(|import| Some((capability_of(&import.name)?, import.name)))
        // Every program asks for these two; without them it starts with none.
        .filter(|(capability, _)| !matches!(capability, Capability::Environment | Capability::Files))
        .collect();
    for (capability, import) in refused {
        let _ = writeln!(
            text,
            "It imports `{import}` and is refused each call of it; to grant it, swap again with --inherit {}.",
            capability.name()
        );
    }
    let inherits_whole = [Capability::Variables, Capability::AllowedOutboundHosts]
        .iter()
        .any(|capability| reach.inherits.contains(capability));
    if inherits_whole && !reach.is_narrowed {
        let stage = artifact.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let _ = writeln!(
            text,
            "To allow it a part of these only, declare that part in {} (docs/configuration.md).",
            stage_table(component, stage)
        );
    }
    if !swapped.is_composed {
        let _ = writeln!(
            text,
            "The application is not built yet: `serene up` builds it and composes the stage into it."
        );
    }
    let _ = writeln!(text, "To put back what was there: serene stage swap {} --undo", contract.name);
    Ok(text)
}

fn allowed(reach: &Reach) -> String {
    let mut text = String::new();
    let mut line = |title: &str, items: &[String]| {
        if !items.is_empty() {
            let _ = writeln!(text, "  {title:<12} {}", items.join(", "));
        }
    };
    line("variables", &reach.variables);
    line("hosts", &reach.allowed_outbound_hosts);
    line("databases", &reach.sqlite_databases);
    line("key-value", &reach.key_value_stores);
    line("environment", &reach.environment);
    line("files", &reach.files);
    if text.is_empty() {
        return "It may use nothing outside of itself: no variable, no host, no database, no file.\n"
            .to_owned();
    }
    format!("It may use:\n{text}")
}
