//! Stages other than the shipped ones, and manifests that name them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use toml_edit::{DocumentMut, Item, value};

use crate::workspace;

/// The component that the crate `name` in `tests/stages/` makes, such as `reranker-reverse`. They are built together, the first time one is asked for.
///
/// # Panics
/// When they cannot be built.
#[must_use]
pub fn other(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    component(FOLDER.get_or_init(|| build("tests/stages")), name)
}

/// The component that the crate `name` in `examples/stages/` makes, such as `embedder-cache`. They are built together, the first time one is asked for.
///
/// # Panics
/// When they cannot be built.
#[must_use]
pub fn example(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    component(FOLDER.get_or_init(|| build("examples/stages")), name)
}

/// Builds a workspace of stages and says where its components are.
fn build(folder: &str) -> PathBuf {
    let stages = workspace().join(folder);
    // The versions of the checkout, so that compiled dependencies are shared with its components.
    std::fs::copy(workspace().join("Cargo.lock"), stages.join("Cargo.lock")).expect("the lock is copied");
    let target = workspace().join("target");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--target", "wasm32-wasip2", "--profile", "component", "--target-dir"])
        .arg(&target)
        .current_dir(stages)
        .status()
        .expect("cargo runs");
    assert!(built.success(), "{folder} cannot be built");
    target.join("wasm32-wasip2/component")
}

fn component(folder: &Path, name: &str) -> PathBuf {
    let component = folder.join(format!("{}.wasm", name.replace('-', "_")));
    assert!(component.is_file(), "{} is missing", component.display());
    component
}

/// The shipped manifest with absolute paths, written into `folder` after `change` has changed its stages: the table of the gateway's dependencies.
///
/// # Panics
/// When the manifest is not as expected.
#[must_use]
pub fn manifest(folder: &Path, change: impl FnOnce(&mut Item)) -> PathBuf {
    let text = std::fs::read_to_string(workspace().join("spin.toml")).expect("the manifest is there");
    let mut manifest: DocumentMut = text.parse().expect("the manifest is TOML");
    let gateway = &mut manifest["component"]["gateway"];
    let absolute = |item: &mut Item| {
        let path = workspace().join(item.as_str().expect("a path"));
        *item = value(path.display().to_string());
    };
    absolute(&mut gateway["source"]);
    let stages = gateway["dependencies"].as_table().expect("the gateway has stages");
    let stages: Vec<_> = stages.iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(stages.len(), 9);
    for stage in &stages {
        absolute(&mut gateway["dependencies"][stage]["path"]);
    }
    change(&mut gateway["dependencies"]);
    let path = folder.join("spin.toml");
    std::fs::write(&path, manifest.to_string()).expect("the manifest is written");
    path
}

/// The shipped manifest with one stage, such as `reranker`, replaced by a component.
#[must_use]
pub fn swapped(folder: &Path, stage: &str, component: &Path) -> PathBuf {
    manifest(folder, |stages| {
        stages[&format!("serene:{stage}")]["path"] = value(component.display().to_string());
    })
}

/// The shipped manifest with one stage, such as `object-store`, as the cloud profile has it, and the others local.
///
/// # Panics
/// When the cloud profile has no such stage.
#[must_use]
pub fn with_cloud_stage(folder: &Path, stage: &str) -> PathBuf {
    let text = std::fs::read_to_string(workspace().join("spin.toml")).expect("the manifest is there");
    let shipped: DocumentMut = text.parse().expect("the manifest is TOML");
    let name = format!("serene:{stage}");
    let mut line = shipped["component"]["gateway"]["profile"]["cloud"]["dependencies"][&name].clone();
    let component = workspace().join(line["path"].as_str().expect("a path"));
    line["path"] = value(component.display().to_string());
    manifest(folder, |stages| stages[&name] = line)
}
