//! What a component may use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::{AllowedHosts, Clients, Outbound, Stores};
use crate::manifest::{App, FilesMount};
use crate::variables::Variables;

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
        let databases = definition
            .sqlite_databases
            .iter()
            .map(|label| Ok((label.clone(), state_dir.join(database_file(label)?))))
            .collect::<Result<_>>()
            .with_context(|| format!("[component.{component}] sqlite_databases"))?;
        let files = definition
            .files
            .iter()
            .map(|mount| mount_of(app, mount, !definition.exclude_files.is_empty()))
            .collect::<Result<Vec<_>>>()
            .with_context(|| format!("[component.{component}] files"))?;
        for label in &definition.key_value_stores {
            check_label(label).with_context(|| format!("[component.{component}] key_value_stores"))?;
        }
        if !definition.ai_models.is_empty() {
            bail!(
                "[component.{component}] ai_models: serene offers no models; remove the entry or run it on Spin"
            );
        }
        Ok(Self {
            component: component.into(),
            variables: variables.clone(),
            databases: Arc::new(databases),
            store_labels: Arc::new(definition.key_value_stores.iter().cloned().collect()),
            stores: stores.clone(),
            environment: Arc::new(definition.environment.clone()),
            files: files.into(),
            outbound: Outbound::new(component, hosts, clients.clone()),
            quiet: false,
        })
    }
}

/// The file of a database in the state folder: Spin's own name for `default`, the label for others.
fn database_file(label: &str) -> Result<String> {
    check_label(label)?;
    Ok(if label == "default" { "sqlite_db.db".to_owned() } else { format!("{label}.db") })
}

/// Labels become file names, so they are checked as Spin checks them: kebab-case or snake_case.
fn check_label(label: &str) -> Result<()> {
    let valid = !label.is_empty()
        && label.len() <= 64
        && label.starts_with(|c: char| c.is_ascii_alphabetic())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !valid {
        bail!(
            "the label {label:?} is not of letters, digits and `-` or `_`, or is longer than 64 characters"
        );
    }
    if matches!(label, "sqlite_db" | "sqlite_key_value") {
        bail!("the label {label:?} is the name of a file Spin keeps for itself; choose another");
    }
    Ok(())
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
