//! `serene stage`

mod check;
mod list;
mod new;
mod swap;
mod wrap;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use serene::stage::Contract;

/// Makes stages, checks them, and swaps one for another.
#[derive(Subcommand)]
pub(super) enum Stage {
    Check(check::Check),
    List(list::List),
    New(new::New),
    Swap(swap::Swap),
    Wrap(wrap::Wrap),
}

impl Stage {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self {
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

/// A size for a person: `65 kB`, `19.5 MB`.
fn size(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", bytes.div_ceil(1000))
    } else {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }
}
