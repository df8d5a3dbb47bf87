//! The component to check, and what it is granted meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};

use crate::Options;
use crate::compose::{self, Composition};
use crate::manifest::{App, Capability, Dependency, DependencySource, Inherit};
use crate::spin::{Clients, Grants, Stores};
use crate::stage::{Artifact, Contract, place};
use crate::variables::Variables;

/// Stands in where a stage is checked outside of any application: one database and nothing else.
const ALONE: &str = r#"
spin_manifest_version = 2
[application]
name = "alone"
[component.stage]
source = "alone.wasm"
sqlite_databases = ["default"]
key_value_stores = ["default"]
"#;
/// The component of [`ALONE`].
const ALONE_COMPONENT: &str = "stage";

/// A component that is to be checked as one interface's stage, within an application.
pub struct Subject {
    app: App,
    component: String,
    dependency: String,
    export: String,
    file: PathBuf,
    variables: Arc<Variables>,
}

impl Subject {
    /// The component of a file as a stage of an application, or of none. Without `inherit` it gets what the line of the manifest that names the
    /// file grants it, in whichever profile that is, and nothing when there is no such line.
    ///
    /// # Errors
    /// When the file is no such stage, or the application's variables have no values.
    pub fn new(
        app: Option<&App>,
        contract: &Contract,
        artifact: &Artifact,
        inherit: Option<&[Capability]>,
        env_file: Option<&Path>,
    ) -> Result<Self> {
        let export = artifact.export_for(contract)?.to_owned();
        let file = artifact.file.canonicalize();
        let file = file.with_context(|| format!("cannot resolve {}", artifact.file.display()))?;
        let (app, component, dependency) = match app {
            Some(app) => within(app, contract, &file, inherit)?,
            None => alone(contract, &file, inherit)?,
        };
        let options = Options { env_file: env_file.map(Path::to_path_buf), ..Options::new(&app.path) };
        let variables = Arc::new(options.variables(&app)?);
        Ok(Self { app, component, dependency, export, file: artifact.file.clone(), variables })
    }

    /// The file, as it was named.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The interface with its version.
    #[must_use]
    pub fn export(&self) -> &str {
        &self.export
    }

    pub(super) fn compose(&self) -> Result<Composition> {
        compose::alone(&self.app, &self.component, &self.dependency)
    }

    /// What it is granted, with databases in the folder `scratch`.
    pub(super) fn grants(&self, scratch: &Path) -> Result<Grants> {
        let stores = Arc::new(Stores::new(scratch.join("sqlite_key_value.db")));
        Grants::of(&self.app, &self.component, &self.variables, &stores, &Clients::default(), scratch)
    }

    /// A name that no other run has.
    pub(super) fn run_name(&self) -> Result<String> {
        let number =
            getrandom::u64().map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
        Ok(format!("check-{number:016x}"))
    }
}

type Place = (App, String, String);

fn within(app: &App, contract: &Contract, file: &Path, inherit: Option<&[Capability]>) -> Result<Place> {
    if inherit.is_none() {
        for app in App::read_all(&app.path)? {
            let (component, dependency) = place(&app, contract)?;
            if let DependencySource::Path(path) = &app.component(&component)?.dependencies[&dependency].source
                && app.dir.join(path).canonicalize().is_ok_and(|named| named == file)
            {
                return Ok((app, component, dependency));
            }
        }
    }
    let (component, dependency) = place(app, contract)?;
    let app = with_line(app.clone(), &component, &dependency, file, inherit)?;
    Ok((app, component, dependency))
}

fn alone(contract: &Contract, file: &Path, inherit: Option<&[Capability]>) -> Result<Place> {
    let app = App::parse(file, ALONE, None)?;
    let app = with_line(app, ALONE_COMPONENT, &contract.package(), file, inherit)?;
    Ok((app, ALONE_COMPONENT.to_owned(), contract.package()))
}

/// The application with this file behind the dependency.
fn with_line(
    mut app: App,
    component: &str,
    dependency: &str,
    file: &Path,
    inherit: Option<&[Capability]>,
) -> Result<App> {
    let path = file.to_str().with_context(|| format!("the path {} is not UTF-8", file.display()))?;
    let line = Dependency {
        source: DependencySource::Path(path.to_owned()),
        export: None,
        inherit: inherit.map(|list| Inherit::Some(list.iter().copied().collect())),
    };
    let definition = app.manifest.components.get_mut(component);
    let definition = definition.with_context(|| format!("there is no [component.{component}]"))?;
    definition.dependencies.insert(dependency.to_owned(), line);
    Ok(app)
}
