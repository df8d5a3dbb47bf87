//! What a component may use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::{AllowedHosts, Clients, Outbound, Stage, Stores};
use crate::manifest::{App, Component, FilesMount};
use crate::variables::Variables;

/// The one label that is always defined.
const DEFAULT_LABEL: &str = "default";
/// Its database in the state folder, by Spin's own name.
const DATABASE_FILE: &str = "sqlite_db.db";

/// What one component of the manifest may use; a copy goes to each instance.
#[derive(Clone)]
pub struct Grants {
    /// The component's name.
    pub component: Arc<str>,
    /// The application's variables.
    pub variables: Arc<Variables>,
    /// The files of its SQLite databases, by label.
    pub databases: Arc<BTreeMap<String, PathBuf>>,
    /// The labels of its key-value stores.
    pub store_labels: Arc<BTreeSet<String>>,
    /// All key-value stores.
    pub stores: Arc<Stores>,
    /// Its environment variables.
    pub environment: Arc<BTreeMap<String, String>>,
    /// The folders it may read.
    pub files: Arc<[Mount]>,
    /// Where it may send requests.
    pub outbound: Outbound,
    /// The dependencies that declare what they need, by their key in the manifest.
    pub stages: Arc<BTreeMap<String, Arc<Stage>>>,
    /// Its output is dropped.
    pub quiet: bool,
}

/// A folder a component may read.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The folder on this machine.
    pub source: PathBuf,
    /// Where the component sees it.
    pub destination: String,
}

impl Grants {
    /// What the manifest grants `component`.
    ///
    /// # Errors
    /// When a host or a folder in it is not valid.
    pub fn of(
        app: &App,
        component: &str,
        variables: &Arc<Variables>,
        stores: &Arc<Stores>,
        clients: &Clients,
        state_dir: &Path,
    ) -> Result<Self> {
        let definition = app.component(component)?;
        let hosts = AllowedHosts::parse(&definition.allowed_outbound_hosts, variables)
            .with_context(|| format!("[component.{component}] allowed_outbound_hosts"))?;
        let databases = only_default(&definition.sqlite_databases)
            .with_context(|| format!("[component.{component}] sqlite_databases"))?
            .map(|label| (label, state_dir.join(DATABASE_FILE)))
            .collect();
        let store_labels = only_default(&definition.key_value_stores)
            .with_context(|| format!("[component.{component}] key_value_stores"))?
            .collect();
        let files = definition
            .files
            .iter()
            .map(|mount| mount_of(app, mount, !definition.exclude_files.is_empty()))
            .collect::<Result<Vec<_>>>()
            .with_context(|| format!("[component.{component}] files"))?;
        if !definition.ai_models.is_empty() {
            bail!(
                "[component.{component}] ai_models: serene offers no models; remove the entry or run it on Spin"
            );
        }
        Ok(Self {
            component: component.into(),
            variables: variables.clone(),
            databases: Arc::new(databases),
            store_labels: Arc::new(store_labels),
            stores: stores.clone(),
            environment: Arc::new(definition.environment.clone()),
            files: files.into(),
            outbound: Outbound::new(component, hosts, clients.clone()),
            stages: Arc::new(stages(definition, component, variables)?),
            quiet: false,
        })
    }
}

fn stages(
    definition: &Component,
    component: &str,
    variables: &Variables,
) -> Result<BTreeMap<String, Arc<Stage>>> {
    let mut stages = BTreeMap::new();
    for (key, dependency) in &definition.dependencies {
        let Some(name) = dependency.stage() else { continue };
        let Some(declaration) = definition.tool.serene.stages.get(name) else { continue };
        stages.insert(key.clone(), Arc::new(Stage::new(component, name, declaration, variables)?));
    }
    Ok(stages)
}

/// Refuses labels other than `default`: all that Spin defines where no runtime-config defines more. Spin refuses
/// them, too, so that a mistyped label is no new, empty database.
fn only_default(labels: &[String]) -> Result<impl Iterator<Item = String>> {
    if let Some(label) = labels.iter().find(|label| *label != DEFAULT_LABEL) {
        bail!(
            "the label {label:?} is not defined: there is {DEFAULT_LABEL:?}, and Spin has others only where a \
             runtime-config defines them, which serene does not read; check the spelling"
        );
    }
    Ok(labels.iter().cloned())
}

fn mount_of(app: &App, mount: &FilesMount, excludes: bool) -> Result<Mount> {
    match mount {
        FilesMount::Pattern(pattern) => bail!(
            "serene does not support the glob {pattern:?}; name a folder: {{ source = \"folder\", destination = \"/\" }}"
        ),
        FilesMount::Placement { .. } if excludes => bail!("serene does not support exclude_files"),
        FilesMount::Placement { source, destination } => {
            let source = app.dir.join(source);
            if !source.is_dir() {
                bail!("there is no folder {}", source.display());
            }
            if !destination.starts_with('/') {
                bail!("the destination {destination:?} is not absolute");
            }
            Ok(Mount { source, destination: destination.clone() })
        }
    }
}
