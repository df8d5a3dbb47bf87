//! `spin.toml`, manifest version 2, read as stock Spin reads it.
//!
//! Only what an HTTP application on one machine needs is supported: HTTP triggers, component files on disk.
//! What Spin knows beyond that is refused with a sentence that says so, and a key Spin does not know is an
//! error here as there.

mod component;
mod dependency;
mod find;
mod profile;
mod stages;
mod trigger;
mod validate;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

pub use component::{Build, Commands, Component, FilesMount, Profile, Source};
pub use dependency::{Capability, Dependency, DependencySource, Inherit};
pub use find::find;
pub use stages::{Declaration, Serene, Tool, stage_table};
pub use trigger::{HttpTrigger, Route, StaticResponse};

/// The largest manifest read, in bytes.
const MAX_MANIFEST_BYTES: u64 = 1024 * 1024;

/// A whole manifest, with one profile applied.
#[derive(Clone, Debug)]
pub struct App {
    /// The folder that holds the manifest; paths in it are relative to this folder.
    pub dir: PathBuf,
    /// The manifest file.
    pub path: PathBuf,
    /// What the manifest says.
    pub manifest: Manifest,
}

/// The tables of `spin.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: u32,
    /// `[application]`
    pub application: Application,
    /// `[variables]`
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    /// `[[trigger.http]]`
    #[serde(default, rename = "trigger")]
    pub triggers: Triggers,
    /// `[component.NAME]`
    #[serde(default, rename = "component")]
    pub components: BTreeMap<String, Component>,
}

/// `[application]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The application's name.
    pub name: String,
    /// Its version, free text.
    #[serde(default)]
    pub version: String,
    /// One line about it.
    #[serde(default)]
    pub description: String,
    /// Who wrote it.
    #[serde(default)]
    pub authors: Vec<String>,
    /// Environments that `spin build` checks components against; not used here.
    #[serde(default, rename = "targets")]
    _targets: Vec<toml::Value>,
    /// Settings for a whole trigger type; not used here.
    #[serde(default, rename = "trigger")]
    _trigger: BTreeMap<String, toml::Table>,
    /// Settings of other tools; not used here.
    #[serde(default, rename = "tool")]
    _tool: BTreeMap<String, toml::Table>,
}

/// One of `[variables]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What it is for.
    pub description: Option<String>,
    /// A value must come from the environment.
    #[serde(default)]
    pub required: bool,
    /// The value when the environment gives none.
    pub default: Option<String>,
    /// The value is never printed.
    #[serde(default)]
    pub secret: bool,
}

/// `[trigger]`
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Triggers {
    /// `[[trigger.http]]`
    #[serde(default)]
    pub http: Vec<HttpTrigger>,
    #[serde(flatten)]
    others: BTreeMap<String, toml::Value>,
}

impl App {
    /// Reads the manifest and applies `profile`.
    ///
    /// # Errors
    /// When the file cannot be read, is not a valid manifest, asks for what this host does not support, or
    /// when no component defines the profile.
    pub fn read(path: &Path, profile: Option<&str>) -> Result<Self> {
        let shown = path.display();
        let size = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.len();
        anyhow::ensure!(
            size <= MAX_MANIFEST_BYTES,
            "{shown} has {size} bytes; a manifest has at most {MAX_MANIFEST_BYTES}"
        );
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        Self::parse(path, &text, profile)
    }

    /// What [`App::read`] would read if the file held this text.
    ///
    /// # Errors
    /// As for [`App::read`].
    pub fn parse(path: &Path, text: &str, profile: Option<&str>) -> Result<Self> {
        let shown = path.display();
        let mut manifest: Manifest =
            toml::from_str(text).with_context(|| format!("{shown} is not a valid Spin manifest"))?;
        let checked = manifest.validate().and_then(|()| manifest.apply(profile));
        checked.and_then(|()| manifest.check_declarations()).with_context(|| shown.to_string())?;
        let path = path.canonicalize().with_context(|| format!("cannot resolve {shown}"))?;
        let dir = path.parent().context("the manifest has no parent folder")?.to_path_buf();
        Ok(Self { dir, path, manifest })
    }

    /// Reads the manifest once for each profile that a component defines, and last for the default one: where
    /// two of them build one file, it is the default's in the end.
    ///
    /// # Errors
    /// As for [`App::read`].
    pub fn read_all(path: &Path) -> Result<Vec<Self>> {
        let default = Self::read(path, None)?;
        let profiles: BTreeSet<String> =
            default.manifest.components.values().flat_map(|c| c.profiles.keys().cloned()).collect();
        let others = profiles.iter().map(|profile| Self::read(path, Some(profile)));
        others.chain([Ok(default)]).collect()
    }

    /// The component of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn component(&self, name: &str) -> Result<&Component> {
        self.manifest.components.get(name).with_context(|| format!("there is no [component.{name}]"))
    }

    /// The file a component is read from.
    ///
    /// # Errors
    /// When there is no such component, or when it does not come from a file.
    pub fn source(&self, component: &str) -> Result<PathBuf> {
        match &self.component(component)?.source {
            Source::File(path) => Ok(self.dir.join(path)),
            Source::Elsewhere(_) => anyhow::bail!(
                "[component.{component}] has a source that is not a file; serene reads components from disk only: \
                 download it and set source = \"path/to/it.wasm\""
            ),
        }
    }
}
