//! The tests that `cargo serene test` leaves out where there is no Python are those that need it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serene_tests::workspace;
use toml_edit::{DocumentMut, Item};

/// What a test names that has Python packages installed, by itself or by a helper.
const NEEDS_PYTHON: [&str; 5] =
    ["peers::", "Emulated::start", "Project::start", "languages::Project", "servers::Server"];

/// The tests in `tests/` that the package declares.
fn declared(package: &Path) -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let manifest: DocumentMut = manifest.parse().unwrap();
    let serene = manifest["package"].get("metadata").and_then(|metadata| metadata.get("serene"));
    let tests = serene.and_then(|serene| serene.get("tests-with-python")).and_then(Item::as_array);
    tests.into_iter().flatten().map(|test| test.as_str().unwrap().to_owned()).collect()
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path())
}

/// What a test consists of: a file, or a folder with a `main.rs`. `None` when it is no test.
fn source(test: &Path) -> Option<String> {
    let is_rust = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "rs");
    let read = |file: PathBuf| std::fs::read_to_string(file).unwrap();
    if test.join("main.rs").exists() {
        return Some(files(test).filter(is_rust).map(read).collect());
    }
    Some(test.to_owned()).filter(is_rust).map(read)
}

/// The tests in `tests/` that need Python.
fn needy(package: &Path) -> BTreeSet<String> {
    files(&package.join("tests"))
        .filter(|test| {
            let text = source(test).unwrap_or_default();
            // This file names them without needing them.
            !test.ends_with("tests/python.rs") && NEEDS_PYTHON.iter().any(|name| text.contains(name))
        })
        .map(|test| test.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_test_that_needs_python_is_declared_and_no_other() {
    let crates =
        std::fs::read_dir(workspace().join("crates")).unwrap().map(|package| package.unwrap().path());
    let mut found = 0;
    for package in crates.chain(["tests", "host"].map(|name| workspace().join(name))) {
        let needy = needy(&package);
        assert_eq!(declared(&package), needy, "{}: [package.metadata.serene]", package.display());
        found += needy.len();
    }
    assert!(found > 0);
}
