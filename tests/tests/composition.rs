//! What is composed, what it asks of a host, and how a stage is swapped.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serene::compose::{ImportKind, compose};
use serene::manifest::App;
use serene_tests::stages::swapped;
use serene_tests::workspace;
use toml_edit::DocumentMut;

#[test]
fn the_application_asks_a_host_for_wasi_and_spin_interfaces_only() {
    let app = App::read(&workspace().join("spin.toml"), None).unwrap();
    let composition = compose(&app, "gateway").unwrap();
    for import in &composition.imports {
        let of_a_host = import.name.starts_with("wasi:") || import.name.starts_with("spin:");
        assert!(of_a_host || import.kind == ImportKind::TypesOnly, "{import:?}");
        if import.kind == ImportKind::TypesOnly {
            continue;
        }
        // Stages that are granted nothing reach neither variables nor databases nor the network.
        let needs_a_grant = import.name.starts_with("spin:") || import.name.starts_with("wasi:http/client");
        let granted =
            import.stage == "gateway" || (import.stage.contains("-store") || import.stage.contains("-index"));
        if needs_a_grant && !granted {
            assert!(matches!(import.kind, ImportKind::Refused(_)), "{import:?}");
        }
    }
    assert!(composition.imports.iter().any(|import| import.name.starts_with("spin:sqlite/")));
}

#[test]
fn every_stage_is_swapped_by_its_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workspace().join("spin.toml")).unwrap();
    let original: DocumentMut = text.parse().unwrap();
    let stages = original["component"]["gateway"]["dependencies"].as_table().unwrap();
    for (stage, line) in stages.iter() {
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
