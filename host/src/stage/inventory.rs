//! What is composed into an application, and what each stage may do.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;

use super::Artifact;
use crate::compose::{self, ImportKind, capability_of};
use crate::manifest::{App, Capability, Dependency, DependencySource, FilesMount, Inherit};

/// One stage of an application.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its name in the manifest, such as `serene:embedder`.
    pub interface: String,
    /// The component of the manifest that it is a dependency of.
    pub component: String,
    /// Its file.
    pub file: PathBuf,
    /// The interface with its version, such as `serene:embedder/embedder@0.2.0`; `None` while the file is not built.
    pub export: Option<String>,
    /// The file's size; `None` while it is not built.
    pub size_bytes: Option<u64>,
    /// The language it was written in, where that can be told.
    pub language: Option<String>,
    /// What it says of itself, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub described: Option<Described>,
    /// What it may use of what its component has.
    pub allowed: Reach,
    /// What it imports of that and is given.
    pub uses: Vec<String>,
    /// What it imports of that and is refused: each call is answered with an error.
    pub refused: Vec<String>,
}

/// What a stage says of itself in `describe`.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Described {
    /// It answered.
    As {
        /// Such as `embedder-voyage`.
        name: String,
        /// Its semantic version.
        version: String,
    },
    /// It did not.
    Failed {
        /// Why not.
        error: String,
    },
}

/// What a stage may use. Names and templates only: no value of a variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The entries of `inherit_configuration`.
    pub inherits: Vec<Capability>,
    /// Names of variables.
    pub variables: Vec<String>,
    /// Entries of `allowed_outbound_hosts`.
    pub allowed_outbound_hosts: Vec<String>,
    /// Labels of SQLite databases.
    pub sqlite_databases: Vec<String>,
    /// Labels of key-value stores.
    pub key_value_stores: Vec<String>,
    /// Names of environment variables.
    pub environment: Vec<String>,
    /// Folders it may read.
    pub files: Vec<String>,
    /// The manifest declares which variables and hosts it needs of those it inherits. On Spin it has all of them.
    pub is_narrowed: bool,
}

impl Reach {
    /// What the manifest lets a dependency of a component use.
    ///
    /// # Errors
    /// When there is no such component or dependency.
    pub fn of(app: &App, component: &str, dependency: &str) -> Result<Self> {
        let definition = app.component(component)?;
        let found = definition
            .dependencies
            .get(dependency)
            .with_context(|| format!("[component.{component}.dependencies] has no `{dependency}`"))?;
        let inherit = found.inherit.as_ref().unwrap_or(&Inherit::None);
        let declared = found.stage().and_then(|stage| definition.tool.serene.stages.get(stage));
        let given = |capability, items: &mut dyn Iterator<Item = String>| -> Vec<String> {
            if inherit.allows(capability) { items.collect() } else { Vec::new() }
        };
        let reads = |name: &&String| declared.is_none_or(|declaration| declaration.reads(name));
        let hosts = declared.map_or(&definition.allowed_outbound_hosts, |d| &d.allowed_outbound_hosts);
        let folder = |mount: &FilesMount| match mount {
            FilesMount::Pattern(pattern) => pattern.clone(),
            FilesMount::Placement { source, .. } => source.clone(),
        };
        Ok(Self {
            inherits: Capability::ALL.into_iter().filter(|capability| inherit.allows(*capability)).collect(),
            variables: given(Capability::Variables, &mut definition.variables.keys().filter(reads).cloned()),
            allowed_outbound_hosts: given(Capability::AllowedOutboundHosts, &mut hosts.iter().cloned()),
            sqlite_databases: given(
                Capability::SqliteDatabases,
                &mut definition.sqlite_databases.iter().cloned(),
            ),
            key_value_stores: given(
                Capability::KeyValueStores,
                &mut definition.key_value_stores.iter().cloned(),
            ),
            environment: given(Capability::Environment, &mut definition.environment.keys().cloned()),
            files: given(Capability::Files, &mut definition.files.iter().map(folder)),
            is_narrowed: declared.is_some(),
        })
    }
}

/// Every dependency of every component, in the manifest's order.
///
/// # Errors
/// When a file is there and is not a component, or imports what the host does not offer.
pub fn inventory(app: &App) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (component, definition) in &app.manifest.components {
        for (interface, dependency) in &definition.dependencies {
            entries.push(entry(app, component, interface, dependency)?);
        }
    }
    Ok(entries)
}

fn entry(app: &App, component: &str, interface: &str, dependency: &Dependency) -> Result<Entry> {
    let file = match &dependency.source {
        DependencySource::Path(path) => app.dir.join(path),
        DependencySource::Component(name) => app.source(name)?,
        DependencySource::Elsewhere(place) => PathBuf::from(format!("({place})")),
    };
    let mut entry = Entry {
        interface: interface.to_owned(),
        component: component.to_owned(),
        export: None,
        size_bytes: None,
        language: None,
        described: None,
        allowed: Reach::of(app, component, interface)?,
        uses: Vec::new(),
        refused: Vec::new(),
        file,
    };
    if !entry.file.is_file() {
        return Ok(entry);
    }
    let artifact = Artifact::read(&entry.file)?;
    let contract =
        artifact.contracts().into_iter().find(|contract| interface.starts_with(&contract.package()));
    entry.export = match contract {
        Some(contract) => Some(artifact.export_for(contract)?.to_owned()),
        None => artifact.exports.first().map(|export| export.name.clone()),
    };
    entry.size_bytes = Some(artifact.bytes.len() as u64);
    entry.language = artifact.language;
    for import in compose::alone(app, component, interface)?.imports {
        if capability_of(&import.name).is_some() {
            let list = match import.kind {
                ImportKind::Refused(_) => &mut entry.refused,
                _ => &mut entry.uses,
            };
            list.push(import.name);
        }
    }
    Ok(entry)
}
