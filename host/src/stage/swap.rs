//! Putting a stage in the place of another: one line of `spin.toml`, with everything else of the file as it was.
//!
//! What the line was before stands in a comment above it, in the file itself: that is what undoing reads, so it
//! works in every checkout and needs no state besides.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use super::{Artifact, Contract};
use crate::compose::{self, DependencyName};
use crate::manifest::{App, Capability, DependencySource};

/// How the comment begins that keeps what a line was.
const BEFORE: &str = "# before `serene stage swap`: ";
/// What the comment says of a line that was not there.
const NOTHING: &str = "nothing";

/// A manifest in which a stage was swapped.
#[derive(Debug)]
pub struct Swapped {
    /// The application as it is now.
    pub app: App,
    /// The component whose stage it is.
    pub component: String,
    /// The stage's name in the manifest, such as `serene:embedder`.
    pub interface: String,
    /// What its line says now; `None` when it has none in this profile any more.
    pub line: Option<String>,
    /// Whether the application was composed with it as a trial; not when its own component is not built.
    pub is_composed: bool,
}

/// Puts the component of a file in the place of the stage of this interface, and writes the manifest. Of what
/// the component it becomes part of has, it gets what `inherit` names and nothing else.
///
/// # Errors
/// When the file is no such stage, when no component or more than one has such a stage, when the manifest's form
/// cannot be kept, or when the application would not compose; the manifest is then as it was.
pub fn swap(
    app: &App,
    profile: Option<&str>,
    contract: &Contract,
    artifact: &Artifact,
    inherit: &[Capability],
) -> Result<Swapped> {
    artifact.export_for(contract)?;
    ensure!(
        !artifact.wraps(contract),
        "{} imports `{}` itself, so it needs a stage inside: compose it with one first (`serene stage wrap`)",
        artifact.file.display(),
        contract.versioned()
    );
    let (component, interface) = place(app, contract)?;
    let mut document = read(app)?;
    let stages = stages(&mut document, &component, profile)?;
    let path = path_from(app, &artifact.file)?;
    let new = line(&path, inherit);
    match stages.get_mut(&interface) {
        Some(item) => {
            let old = item.as_value_mut().with_context(|| {
                format!("`{interface}` is a table of its own in the manifest; write it in one line, as {new}")
            })?;
            let decor = std::mem::take(old.decor_mut());
            let mut kept = old.to_string();
            ensure!(
                !kept.contains('\n'),
                "`{interface}` spans several lines in the manifest; write it in one"
            );
            *old = Value::InlineTable(new);
            *old.decor_mut() = decor;
            // What was there before the first of several swaps is what undoing restores.
            if let Some(first) = kept_line(stages, &interface) {
                kept = first;
                remove_comment(stages, &interface)?;
            }
            add_comment(stages, &interface, &kept)?;
        }
        None => {
            stages.insert(&interface, Item::Value(Value::InlineTable(new)));
            add_comment(stages, &interface, NOTHING)?;
        }
    }
    finish(app, profile, &document, component, interface)
}

/// Restores the line that stood in the manifest before the stage was swapped.
///
/// # Errors
/// When it was not swapped by [`swap`], or the manifest cannot be read or written.
pub fn undo(app: &App, profile: Option<&str>, contract: &Contract) -> Result<Swapped> {
    let (component, interface) = place(app, contract)?;
    let mut document = read(app)?;
    let stages = stages(&mut document, &component, profile)?;
    ensure!(
        restore(stages, &interface)?,
        "`{interface}` was not swapped{}: there is no line that begins with {BEFORE:?} above it in {}",
        profile.map(|profile| format!(" in the profile `{profile}`")).unwrap_or_default(),
        app.path.display()
    );
    finish(app, profile, &document, component, interface)
}

/// The stage of this interface that the manifest names, or named before [`swap`] put another in its place: the application with it, and
/// its file. Changes nothing.
///
/// # Errors
/// When no component or more than one has such a stage, or it is no file.
pub fn shipped(app: &App, contract: &Contract) -> Result<(App, PathBuf)> {
    let (component, interface) = place(app, contract)?;
    let mut document = read(app)?;
    restore(stages(&mut document, &component, None)?, &interface)?;
    let app = App::parse(&app.path, &document.to_string(), None)?;
    let file = match &app.component(&component)?.dependencies[&interface].source {
        DependencySource::Path(path) => app.dir.join(path),
        DependencySource::Component(name) => app.source(name)?,
        DependencySource::Elsewhere(place) => bail!("`{interface}` is no file: it comes from {place}"),
    };
    Ok((app, file))
}

/// Restores the line that was there before a swap; `false` when there was none.
fn restore(stages: &mut Table, interface: &str) -> Result<bool> {
    let Some(kept) = kept_line(stages, interface) else { return Ok(false) };
    if kept == NOTHING {
        stages.remove(interface);
        return Ok(true);
    }
    let mut value: Value =
        kept.parse().with_context(|| format!("what stands after {BEFORE:?} is not TOML: {kept}"))?;
    remove_comment(stages, interface)?;
    if let Some(old) = stages.get_mut(interface).and_then(Item::as_value_mut) {
        *value.decor_mut() = old.decor().clone();
        *old = value;
    }
    Ok(true)
}

/// The component that has a stage of this interface, and the stage's name there.
pub(crate) fn place(app: &App, contract: &Contract) -> Result<(String, String)> {
    let versioned = contract.versioned();
    let mut found = Vec::new();
    for (component, definition) in &app.manifest.components {
        for key in definition.dependencies.keys() {
            if key.parse::<DependencyName>()?.matches(&versioned) {
                found.push((component.clone(), key.clone()));
            }
        }
    }
    ensure!(
        found.len() < 2,
        "more than one component of {} has a stage `{}`: change the manifest by hand",
        app.path.display(),
        contract.package()
    );
    found.pop().with_context(|| {
        format!("no component of {} has a dependency `{}`", app.path.display(), contract.package())
    })
}

fn read(app: &App) -> Result<DocumentMut> {
    let shown = app.path.display();
    let text = std::fs::read_to_string(&app.path).with_context(|| format!("cannot read {shown}"))?;
    text.parse().with_context(|| format!("{shown} is not valid TOML"))
}

/// The table of the component's dependencies, of the profile if one is named.
fn stages<'a>(
    document: &'a mut DocumentMut,
    component: &str,
    profile: Option<&str>,
) -> Result<&'a mut Table> {
    let mut names = vec!["component", component];
    names.extend(profile.iter().flat_map(|profile| ["profile", profile]));
    names.push("dependencies");
    let header = names.join(".");
    let mut table = document.as_table_mut();
    for name in names {
        table = table
            .get_mut(name)
            .and_then(Item::as_table_mut)
            .with_context(|| format!("the manifest has no table [{header}]; write one"))?;
    }
    Ok(table)
}

/// The file as a path of the manifest: relative to it when it is in its folder or below.
fn path_from(app: &App, file: &Path) -> Result<String> {
    let file = file.canonicalize().with_context(|| format!("cannot resolve {}", file.display()))?;
    let path = file.strip_prefix(&app.dir).unwrap_or(&file);
    let path = path.to_str().with_context(|| format!("the path {} is not UTF-8", path.display()))?;
    Ok(path.to_owned())
}

fn line(path: &str, inherit: &[Capability]) -> InlineTable {
    let mut line = InlineTable::new();
    line.insert("path", path.into());
    if !inherit.is_empty() {
        line.insert("inherit_configuration", Array::from_iter(inherit.iter().map(|c| c.name())).into());
    }
    line
}

fn prefix(stages: &Table, interface: &str) -> String {
    let key = stages.key(interface);
    let prefix = key.and_then(|key| key.leaf_decor().prefix()).and_then(|prefix| prefix.as_str());
    prefix.unwrap_or_default().to_owned()
}

fn set_prefix(stages: &mut Table, interface: &str, prefix: String) -> Result<()> {
    let mut key = stages.key_mut(interface).context("the stage's line is gone")?;
    key.leaf_decor_mut().set_prefix(prefix);
    Ok(())
}

fn kept_line(stages: &Table, interface: &str) -> Option<String> {
    prefix(stages, interface).lines().find_map(|line| line.strip_prefix(BEFORE)).map(str::to_owned)
}

fn add_comment(stages: &mut Table, interface: &str, kept: &str) -> Result<()> {
    let prefix = format!("{}{BEFORE}{kept}\n", prefix(stages, interface));
    set_prefix(stages, interface, prefix)
}

fn remove_comment(stages: &mut Table, interface: &str) -> Result<()> {
    let prefix = prefix(stages, interface);
    let kept: String = prefix.split_inclusive('\n').filter(|line| !line.starts_with(BEFORE)).collect();
    set_prefix(stages, interface, kept)
}

/// Checks the changed manifest as a whole, then writes it.
fn finish(
    before: &App,
    profile: Option<&str>,
    document: &DocumentMut,
    component: String,
    interface: String,
) -> Result<Swapped> {
    let text = document.to_string();
    let app = App::parse(&before.path, &text, profile)?;
    let is_composed = app.source(&component)?.is_file();
    if is_composed {
        compose::compose(&app, &component)?;
    }
    write(&app.path, &text)?;
    let mut document = document.clone();
    let line = stages(&mut document, &component, profile)?.get(&interface).map(|item| item.to_string());
    let line = line.map(|line| line.trim().to_owned());
    Ok(Swapped { app, component, interface, line, is_composed })
}

/// Writes the whole file or none of it.
fn write(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    let beside = path.with_extension("toml.new");
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::set_permissions(&beside, std::fs::metadata(path)?.permissions()))
        .and_then(|()| std::fs::rename(&beside, path))
        .with_context(|| format!("cannot write {shown}"))
}
