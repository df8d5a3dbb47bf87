//! `serene stage`

mod adapt;
mod bench;
mod bindings;
mod check;
mod granted;
mod list;
mod new;
mod swap;
mod wrap;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Subcommand;
use serene::manifest::App;
use serene::runtime::Engine;
use serene::stage::{Artifact, Contract};

/// Makes stages, checks and times them, and swaps one for another.
#[derive(Subcommand)]
pub(super) enum Stage {
    Adapt(adapt::Adapt),
    Bench(bench::Bench),
    Bindings(bindings::Bindings),
    Check(check::Check),
    List(list::List),
    New(new::New),
    Swap(swap::Swap),
    Wrap(wrap::Wrap),
}

impl Stage {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self {
            Self::Adapt(adapt) => adapt.run(),
            Self::Bench(bench) => bench.run(),
            Self::Bindings(bindings) => bindings.run(),
            Self::Check(check) => check.run(),
            Self::List(list) => list.run(),
            Self::New(new) => new.run(),
            Self::Swap(swap) => swap.run(),
            Self::Wrap(wrap) => wrap.run(),
        }
    }
}

/// An interface named on the command line.
fn contract(name: &str) -> Result<&'static Contract, String> {
    Contract::named(name).map_err(|error| error.to_string())
}

/// The interface that was named, or the only one that the component exports.
fn interface(named: Option<&'static Contract>, artifact: &Artifact) -> Result<&'static Contract> {
    let shown = artifact.file.display();
    match (named, &artifact.contracts()[..]) {
        (Some(contract), _) | (None, &[contract]) => Ok(contract),
        (None, []) => bail!("{shown} exports no interface of a stage{}", exports(artifact)),
        (None, _) => bail!("{shown} exports several interfaces; name one with --interface"),
    }
}

/// Writes a component that was made of others, and says what it is.
fn write_component(file: &Path, bytes: &[u8], contract: &Contract) -> Result<()> {
    let shown = file.display();
    ensure!(!file.is_dir(), "{shown} is a folder; name a file with --output");
    std::fs::write(file, bytes).with_context(|| format!("cannot write {shown}"))?;
    let written = Artifact::read(file)?;
    writeln!(
        std::io::stdout(),
        "{shown} exports {} ({}) and imports {}",
        written.export_for(contract)?,
        size(bytes.len() as u64),
        if written.imports.is_empty() { "nothing".to_owned() } else { written.imports.join(", ") }
    )
    .context("cannot write to standard output")
}

/// What it exports instead.
fn exports(artifact: &Artifact) -> String {
    let exports: Vec<_> = artifact.exports.iter().map(|export| export.name.as_str()).collect();
    format!("; it exports: {}", if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") })
}

/// Keeps compiled code where `serene up` keeps it.
fn engine(app: Option<&App>) -> Result<Engine> {
    let here = std::env::current_dir().context("cannot tell the current folder")?;
    Engine::new(&app.map_or(&here, |app| &app.dir).join(".serene/cache"))
}

/// A size for a person: `65 kB`, `19.5 MB`.
fn size(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", bytes.div_ceil(1000))
    } else {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }
}
