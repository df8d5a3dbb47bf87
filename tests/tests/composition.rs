//! What is composed, what it asks of a host, and how a stage is swapped.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serene::compose::{ImportKind, compose};
use serene::manifest::{App, DependencySource};
use serene_tests::stages::swapped;
use serene_tests::workspace;
use toml_edit::{DocumentMut, Item};

/// `None` is the local one.
const PROFILES: [Option<&str>; 2] = [None, Some("cloud")];

fn spin_toml() -> DocumentMut {
    std::fs::read_to_string(workspace().join("spin.toml")).unwrap().parse().unwrap()
}

/// The lines of the stages in a profile, as the manifest has them.
fn lines(profile: Option<&str>) -> BTreeMap<String, Item> {
    let manifest = spin_toml();
    let gateway = &manifest["component"]["gateway"];
    let mut tables = vec![&gateway["dependencies"]];
    tables.extend(profile.map(|profile| &gateway["profile"][profile]["dependencies"]));
    let lines = tables.into_iter().flat_map(|table| table.as_table().unwrap().iter());
    lines.map(|(stage, line)| (stage.to_owned(), line.clone())).collect()
}

/// Whether a stage is not granted what it imports; what it declares to use may narrow what it is.
const fn is_refused(kind: &ImportKind) -> bool {
    matches!(kind, ImportKind::Refused(_))
}

fn app(profile: Option<&str>) -> App {
    App::read(&workspace().join("spin.toml"), profile).unwrap()
}

#[test]
fn the_application_asks_a_host_for_wasi_and_spin_interfaces_only_and_each_stage_for_what_its_line_grants() {
    for profile in PROFILES {
        let composition = compose(&app(profile), "gateway").unwrap();
        let lines = lines(profile);
        for import in &composition.imports {
            let of_a_host = import.name.starts_with("wasi:") || import.name.starts_with("spin:");
            assert!(of_a_host || import.kind == ImportKind::TypesOnly, "{import:?}");
            let grant = match import.name.split(['/', '@']).next().unwrap() {
                "spin:variables" => "variables",
                "spin:sqlite" => "sqlite_databases",
                "spin:key-value" => "key_value_stores",
                "wasi:http" if import.name.starts_with("wasi:http/client@") => "allowed_outbound_hosts",
                _ => continue,
            };
            let Some(line) = lines.get(&import.stage) else {
                assert_eq!(import.stage, "gateway");
                continue;
            };
            let granted = line.get("inherit_configuration").and_then(Item::as_array);
            let is_granted = granted.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(grant)));
            assert_eq!(!is_refused(&import.kind), is_granted, "{profile:?}: {import:?}");
        }
        // What a profile is for.
        let asks = |stage: &str, name: &str| {
            let mut imports = composition.imports.iter().filter(|import| import.stage == stage);
            imports.any(|import| import.name.starts_with(name) && !is_refused(&import.kind))
        };
        assert_eq!(asks("serene:object-store", "spin:sqlite/"), profile.is_none());
        assert_eq!(asks("serene:object-store", "wasi:http/client@"), profile.is_some());
    }
}

#[test]
fn every_profile_is_composed_of_the_files_that_spin_composes_it_of_byte_for_byte() {
    for profile in PROFILES {
        let manifest = spin_toml();
        let mut named: BTreeMap<String, PathBuf> = lines(profile)
            .into_iter()
            .map(|(stage, line)| (stage, line["path"].as_str().unwrap().into()))
            .collect();
        named.insert(
            "gateway".to_owned(),
            manifest["component"]["gateway"]["source"].as_str().unwrap().into(),
        );

        let app = app(profile);
        let gateway = app.component("gateway").unwrap();
        let path = |source: &DependencySource| match source {
            DependencySource::Path(path) => PathBuf::from(path),
            other => panic!("{other:?}"),
        };
        let mut read: BTreeMap<_, _> =
            gateway.dependencies.iter().map(|(stage, line)| (stage.clone(), path(&line.source))).collect();
        read.insert(
            "gateway".to_owned(),
            app.source("gateway").unwrap().strip_prefix(workspace()).unwrap().into(),
        );
        assert_eq!(read, named, "{profile:?}");

        let bytes = || -> BTreeMap<&String, Vec<u8>> {
            named
                .iter()
                .map(|(stage, path)| (stage, std::fs::read(workspace().join(path)).unwrap()))
                .collect()
        };
        let before = bytes();
        let composed = compose(&app, "gateway").unwrap().bytes;
        for (stage, bytes) in &before {
            let is_inside = memchr::memmem::find(&composed, bytes).is_some();
            assert!(is_inside, "{profile:?}: {stage} is not composed as it lies there");
        }
        assert!(bytes() == before, "{profile:?}: composing changes no file");
    }
}

#[test]
fn every_cloud_stage_is_held_to_what_it_declares() {
    let app = App::read(&workspace().join("spin.toml"), Some("cloud")).unwrap();
    let composition = compose(&app, "gateway").unwrap();
    assert_eq!(composition.notices, [""; 0]);
    let can_be_narrowed = |name: &str| {
        ["spin:variables/", "wasi:http/client@", "wasi:http/outgoing-handler@"]
            .iter()
            .any(|start| name.starts_with(start))
    };
    let mut narrowed = 0;
    for import in composition.imports.iter().filter(|import| can_be_narrowed(&import.name)) {
        match &import.kind {
            ImportKind::Narrowed(_) => narrowed += 1,
            ImportKind::Granted => assert_eq!(import.stage, "gateway", "{import:?}"),
            ImportKind::Refused(_) | ImportKind::TypesOnly => {}
        }
    }
    assert!(narrowed >= 14, "variables and hosts of seven stages, but {narrowed}");
}

#[test]
fn every_stage_is_swapped_by_its_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (stage, line) in &lines(None) {
        let shipped = workspace().join(line["path"].as_str().unwrap());
        let other = folder.path().join("another-stage.wasm");
        std::fs::copy(&shipped, &other).unwrap();
        let path = swapped(folder.path(), stage.trim_start_matches("serene:"), &other);
        compose(&App::read(&path, None).unwrap(), "gateway").unwrap_or_else(|e| panic!("{stage}: {e:#}"));
        // The line decides: what is no such stage is refused, by name.
        let wrong = if stage == "serene:reranker" { "transformer_none" } else { "reranker_none" };
        std::fs::copy(shipped.with_file_name(format!("{wrong}.wasm")), &other).unwrap();
        let error = compose(&App::read(&path, None).unwrap(), "gateway").err().unwrap();
        assert!(format!("{error:#}").contains(stage), "{stage}: {error:#}");
    }
}
