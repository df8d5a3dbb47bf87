//! Building components: the target's standard library, the manifest's build commands, and what needs building.

mod command;
mod fresh;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::manifest::{App, Build, DependencySource, Source};

pub use target::{TARGET, ensure as ensure_target};

/// Told what happens during a build.
pub trait Progress {
    /// A step begins, such as "building gateway".
    fn step(&mut self, title: &str);
    /// The step's latest line of output.
    fn line(&mut self, line: &str);
    /// The step succeeded.
    fn done(&mut self);
    /// The step failed; this is everything it wrote.
    fn failed(&mut self, output: &str);
}

/// Which components to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Every component with a build command, as `spin build` does.
    All,
    /// Those that are missing or older than their sources, of what is served.
    Stale,
}

/// Builds components of the application, read for each profile to build.
///
/// # Errors
/// When the target cannot be installed or a build command fails.
pub fn build(profiles: &[App], which: Which, progress: &mut dyn Progress) -> Result<()> {
    let mut steps = Vec::new();
    for app in profiles {
        let names: Vec<String> = match which {
            Which::All => app.manifest.components.keys().cloned().collect(),
            Which::Stale => used(app),
        };
        for name in names {
            let Some(build) = &app.component(&name)?.build else { continue };
            let step = Step::new(app, &name, build)?;
            if which == Which::All || !fresh::is_fresh(&step)? {
                steps.push(step);
            }
        }
    }
    let needs_target = |step: &&Step| step.build.command.as_slice().iter().any(|c| c.contains(TARGET));
    if let Some(step) = steps.iter().find(needs_target) {
        target::ensure(&step.workdir, progress)?;
    }
    let mut run = BTreeSet::new();
    for step in &steps {
        for command in step.build.command.as_slice() {
            // Two components, or two profiles, may be built by one command.
            if run.insert((command, &step.workdir)) {
                command::run(&step.name, command, &step.workdir, progress)?;
            }
        }
    }
    for step in &steps {
        if let Some(missing) = step.outputs.iter().find(|output| !output.is_file()) {
            anyhow::bail!(
                "the build of `{}` succeeded but did not make {}; the source in the manifest must be what the build \
                 command makes",
                step.name,
                missing.display()
            );
        }
    }
    Ok(())
}

/// One component's build.
struct Step {
    name: String,
    build: Build,
    workdir: PathBuf,
    /// What it makes.
    outputs: Vec<PathBuf>,
}

impl Step {
    fn new(app: &App, name: &str, build: &Build) -> Result<Self> {
        let component = app.component(name)?;
        let workdir = app.dir.join(build.workdir.as_deref().unwrap_or(""));
        anyhow::ensure!(
            workdir.is_dir(),
            "[component.{name}.build] names the workdir {}, which is no folder",
            workdir.display()
        );
        let mut outputs = Vec::new();
        if let Source::File(path) = &component.source {
            outputs.push(app.dir.join(path));
        }
        for dependency in component.dependencies.values() {
            if let DependencySource::Path(path) = &dependency.source {
                outputs.push(app.dir.join(path));
            }
        }
        Ok(Self { name: name.to_owned(), build: build.clone(), workdir, outputs })
    }
}

/// The components that triggers name, and those that are their dependencies.
fn used(app: &App) -> Vec<String> {
    let mut used: BTreeMap<&str, ()> = BTreeMap::new();
    for trigger in &app.manifest.triggers.http {
        let Some(name) = &trigger.component else { continue };
        used.insert(name, ());
        let Some(component) = app.manifest.components.get(name) else { continue };
        for dependency in component.dependencies.values() {
            if let DependencySource::Component(name) = &dependency.source {
                used.insert(name, ());
            }
        }
    }
    used.into_keys().map(str::to_owned).collect()
}

/// The folder of the checkout this application is part of: the one with a `Cargo.toml` that has a
/// `[workspace]`.
///
/// # Errors
/// When the manifest is not in such a folder.
pub fn checkout(app: &App) -> Result<PathBuf> {
    let file = app.dir.join("Cargo.toml");
    let is_workspace = std::fs::read_to_string(&file)
        .ok()
        .and_then(|text| text.parse::<toml::Table>().ok())
        .is_some_and(|cargo| cargo.contains_key("workspace"));
    is_workspace.then(|| app.dir.clone()).with_context(|| {
        format!(
            "{} is not in a checkout: there is no Cargo.toml with a [workspace] beside it, so there are no tests to run",
            app.path.display()
        )
    })
}
