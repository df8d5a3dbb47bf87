//! `[component.NAME]` and its profiles.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::dependency::Dependency;
use super::stages::Tool;

/// One component of the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Where its wasm is.
    pub source: Source,
    /// One line about it.
    #[serde(default)]
    pub description: String,
    /// Variable names and their templates, such as `"https://{{ host }}"`.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Environment variables of the component.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Files it may read.
    #[serde(default)]
    pub files: Vec<FilesMount>,
    /// Files it may not read although `files` matches them.
    #[serde(default)]
    pub exclude_files: Vec<String>,
    /// Where it may send requests, such as `"https://*.example.com"`.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Labels of the key-value stores it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// Labels of the SQLite databases it may open.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    /// Models it may ask; this host offers none.
    #[serde(default)]
    pub ai_models: Vec<String>,
    /// How it is built.
    pub build: Option<Build>,
    /// Every dependency inherits everything, or nothing. Excludes `inherit_configuration` on a dependency.
    pub dependencies_inherit_configuration: Option<bool>,
    /// What satisfies its imports, by import name.
    #[serde(default)]
    pub dependencies: BTreeMap<String, Dependency>,
    /// What other profiles change, by profile name.
    #[serde(default, rename = "profile")]
    pub profiles: BTreeMap<String, Profile>,
    /// Settings that Spin ignores.
    #[serde(default)]
    pub tool: Tool,
    #[serde(default, rename = "targets")]
    _targets: Vec<toml::Value>,
}

/// Where a component's wasm is.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// A file, relative to the manifest.
    File(String),
    /// A URL or a registry: known to Spin, not read here.
    Elsewhere(toml::Table),
}

/// Files given to a component.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a glob pattern or { source = \"…\", destination = \"…\" }")]
pub enum FilesMount {
    /// A glob; known to Spin, not supported here.
    Pattern(String),
    /// A folder and where the component sees it.
    Placement {
        /// The folder, relative to the manifest.
        source: String,
        /// An absolute path in the component.
        destination: String,
    },
}

/// How a component is built.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The commands, run by the shell in order.
    pub command: Commands,
    /// The folder to run them in, relative to the manifest.
    pub workdir: Option<String>,
    /// Globs of source files, relative to `workdir`.
    #[serde(default)]
    pub watch: Vec<String>,
}

/// One command or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a command or a list of commands")]
pub enum Commands {
    /// `command = "cargo build"`
    One(String),
    /// `command = ["npm install", "npm run build"]`
    Many(Vec<String>),
}

impl Commands {
    /// The commands in order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(command) => std::slice::from_ref(command),
            Self::Many(commands) => commands,
        }
    }
}

/// `[component.NAME.profile.PROFILE]`: what this profile changes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Replaces the source.
    pub source: Option<Source>,
    /// Added to the environment.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Replaces single dependencies.
    #[serde(default)]
    pub dependencies: BTreeMap<String, Dependency>,
    /// Replaces the build command.
    pub build: Option<ProfileBuild>,
}

/// `[component.NAME.profile.PROFILE.build]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileBuild {
    /// The commands, run by the shell in order.
    pub command: Commands,
}
