//! `serene stage new`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serene::stage::{Contract, Language, create};

use super::contract;

/// Makes the project of a new stage, which builds and passes `serene stage check` as it is.
///
/// It holds the contract's WIT, a small stage to change, a test of what it does, and a README with the commands to build it, check it and swap it in.
#[derive(Args)]
pub(in super::super) struct New {
    /// The interface, such as transformer
    #[arg(value_parser = contract)]
    interface: &'static Contract,
    /// The folder to make [default: my-INTERFACE]
    folder: Option<PathBuf>,
    /// The language to write it in
    #[arg(long, value_enum)]
    lang: Lang,
    /// What the stage is called [default: the folder's name]
    #[arg(long)]
    name: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    /// Every interface; a store goes around another one, which keeps the data
    Rust,
    /// extractor, transformer, chunker, embedder, generator, reranker
    Python,
    /// The same as in Python
    #[value(alias = "javascript")]
    Js,
    /// transformer, reranker
    C,
}

impl New {
    pub(super) fn run(self) -> Result<ExitCode> {
        let folder = self.folder.unwrap_or_else(|| format!("my-{}", self.interface.name).into());
        let name = match self.name {
            Some(name) => name,
            None => folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned(),
        };
        let language = match self.lang {
            Lang::Rust => Language::Rust,
            Lang::Python => Language::Python,
            Lang::Js => Language::JavaScript,
            Lang::C => Language::C,
        };
        create(self.interface, language, &name, &folder)?;
        writeln!(
            std::io::stdout(),
            "{} holds {} called {name}; its README.md has the commands to build it, check it and swap it in",
            folder.display(),
            self.interface.noun()
        )
        .context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}
