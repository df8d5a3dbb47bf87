//! Components that were built against earlier versions of the contract go into the application of today.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::path::{Path, PathBuf};

use serde_json::json;
use serene::compose::compose;
use serene::manifest::App;
use serene_tests::stages::{manifest, other};
use serene_tests::{Server, request, serene, workspace};

const JSON: (&str, &str) = ("content-type", "application/json");
const PDF: (&str, &str) = ("content-type", "application/pdf");
const STAGES: [(&str, &str); 9] = [
    ("object-store", "object-store-sqlite"),
    ("record-store", "record-store-sqlite"),
    ("vector-index", "vector-index-sqlite"),
    ("extractor", "extractor-plain"),
    ("transformer", "transformer-digits"),
    ("chunker", "chunker-paragraphs"),
    ("embedder", "embedder-letters"),
    ("generator", "generator-constant"),
    ("reranker", "reranker-reverse"),
];

/// The folders of `tests/compatibility/`, one a version.
fn versions() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(workspace().join("tests/compatibility")).unwrap();
    let folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    assert!(!folders.is_empty());
    folders
}

fn component(version: &Path, name: &str) -> String {
    version.join(format!("{name}.wasm")).to_str().unwrap().to_owned()
}

/// What a `serene stage` command wrote to standard output; it must succeed.
#[track_caller]
fn stage(arguments: &[&str]) -> String {
    let output = serene(&[&["stage"], arguments].concat());
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {out}{}", String::from_utf8_lossy(&output.stderr));
    out
}

/// The component adapted to the version of today, in the folder `state`.
fn adapted(state: &Path, version: &Path, name: &str) -> String {
    let file = state.join(format!("{name}.wasm")).to_str().unwrap().to_owned();
    stage(&["adapt", &component(version, name), "--output", &file]);
    file
}

/// The shipped manifest with the stages of a version, each adapted and swapped in by the commands.
fn swapped(state: &Path, version: &Path) -> PathBuf {
    let manifest = manifest(state, |_| {});
    let from = ["--from", manifest.to_str().unwrap()];
    for (interface, name) in STAGES {
        let is_store = name.ends_with("-sqlite");
        let grants: &[&str] = if is_store { &["--inherit", "sqlite_databases"] } else { &[] };
        stage(&[&["swap", interface, &adapted(state, version, name)], &from[..], grants].concat());
    }
    manifest
}

#[test]
fn an_application_of_stages_built_against_an_earlier_version_takes_a_document_all_the_way() {
    for version in versions() {
        let state = tempfile::tempdir().unwrap();
        let manifest = swapped(state.path(), &version);
        let server = Server::start(state.path(), &["--from", manifest.to_str().unwrap()]);
        let url = |path: &str| format!("{}/v1/relationships/r/{path}", server.url());
        let ready = request("GET", &format!("{}/readyz", server.url()), &[], &[]).expect(200);
        for (interface, name) in STAGES {
            assert_eq!(ready["stages"][interface]["name"], name, "{ready}");
        }

        let plain = "%PDF-plain\nA pause lasts at least 20 minutes.";
        let handbook = request("PUT", &url("handbooks/h"), &[PDF], plain.as_bytes()).expect(201);
        assert_eq!(handbook["status"], "indexed");
        let segments = json!({ "segments": [{ "speaker": "partner_a", "text": "Late again." }] }).to_string();
        let _ = request("PUT", &url("conflicts/c/transcript"), &[JSON], segments.as_bytes()).expect(201);
        let _ = request("POST", &url("conflicts/c/analysis"), &[], &[]).expect(201);
        let _ = request("POST", &url("conflicts/c/repair-plans/partner_a"), &[], &[]).expect(201);

        let found = request("POST", &url("search"), &[JSON], b"{\"query\": \"a pause\"}").expect(200);
        let texts: Vec<_> = found["passages"].as_array().unwrap().iter().map(|p| &p["text"]).collect();
        assert!(texts.contains(&&json!("A pause lasts at least ## minutes.")), "{found}");
        let file = format!("{}/v1/files?path=handbooks/r/h.pdf", server.url());
        let part = request("GET", &file, &[("range", "bytes=11-17")], &[]);
        assert_eq!((part.status, part.text().as_str()), (206, "A pause"));
        let document = url(&format!("documents/{}", handbook["id"].as_str().unwrap()));
        assert_eq!(request("DELETE", &document, &[], &[]).status, 204);
        assert_eq!(request("GET", &file, &[], &[]).status, 404);
    }
}

#[test]
fn a_store_built_against_an_earlier_version_keeps_the_contract_of_today() {
    for version in versions() {
        let state = tempfile::tempdir().unwrap();
        for name in ["object-store-sqlite", "record-store-sqlite", "vector-index-sqlite"] {
            stage(&["check", &adapted(state.path(), &version, name), "--inherit", "sqlite_databases"]);
        }
    }
}

#[test]
fn an_adapter_goes_around_a_stage_of_an_earlier_version() {
    let state = tempfile::tempdir().unwrap();
    let whole = state.path().join("whole.wasm");
    let (adapter, earlier) = (other("transformer-adapter"), workspace().join("tests/compatibility/0.1.0"));
    let files = [adapter.to_str().unwrap(), &component(&earlier, "transformer-digits"), "--output"];
    stage(&[&["wrap"], &files[..], &[whole.to_str().unwrap()]].concat());
    let app = App::read(&serene_tests::stages::swapped(state.path(), "transformer", &whole), None).unwrap();
    let composed = compose(&app, "gateway").unwrap();
    assert!(composed.imports.iter().all(|import| !import.name.starts_with("serene:transformer/")));
    let case = ["--case", "as-many-texts-come-back", "--case", "describe-names-the-stage"];
    stage(&[&["check", whole.to_str().unwrap()], &case[..]].concat());
}

#[test]
fn a_stage_of_an_earlier_version_is_refused_with_the_command_that_adapts_it() {
    for version in versions() {
        let state = tempfile::tempdir().unwrap();
        let file = component(&version, "transformer-digits");
        for arguments in [&["check", &file][..], &["swap", "transformer", &file]] {
            let output = serene(&[&["stage"], arguments].concat());
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success() && said.contains("`serene stage adapt "), "{said}");
        }
        let manifest = serene_tests::stages::swapped(state.path(), "transformer", Path::new(&file));
        let app = App::read(&manifest, None).unwrap();
        let error = format!("{:#}", compose(&app, "gateway").unwrap_err());
        assert!(error.contains("built against another version: `serene stage adapt`"), "{error}");
    }
}
