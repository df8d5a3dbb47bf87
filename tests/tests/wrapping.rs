//! The example stages that go around others: a cache around an embedder, a mirror around two object stores.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use serene::stage::Artifact;
use serene_tests::stages::{example, manifest, with_cloud_stage};
use serene_tests::{Emulated, Server, request, serene, workspace};

const JSON: (&str, &str) = ("content-type", "application/json");
/// What all of these stages inherit together.
const GRANTS: &str = "variables,allowed_outbound_hosts,sqlite_databases";
const TRANSCRIPT: &str = "transcripts/r/c.json";

fn shipped(name: &str) -> String {
    let file = workspace().join("target/wasm32-wasip2/component").join(format!("{name}.wasm"));
    file.to_str().unwrap().to_owned()
}

/// What a `serene stage` command wrote to standard output, and whether it succeeded.
fn stage(arguments: &[&str]) -> (bool, String) {
    let output = serene(&[&["stage"], arguments].concat());
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.success(), said.concat())
}

#[track_caller]
fn succeeds(arguments: &[&str]) {
    let (is_done, said) = stage(arguments);
    assert!(is_done, "{arguments:?}: {said}");
}

/// An example around shipped stages, written into a folder. Nothing of Serene's own is left to import but types.
fn wrapped(folder: &Path, outer: &str, inner: &str, more: &[&str], needs: &[&str]) -> String {
    let file = folder.join(format!("{outer}.wasm")).to_str().unwrap().to_owned();
    let outer = example(outer);
    succeeds(&[&["wrap", outer.to_str().unwrap(), &shipped(inner), "-o", &file], more].concat());
    let imports = Artifact::read(Path::new(&file)).unwrap().imports;
    for import in &imports {
        let is_known = ["wasi:", "spin:", "serene:types/"].iter().any(|start| import.starts_with(start));
        assert!(is_known, "{import}");
    }
    for need in needs {
        assert!(imports.iter().any(|import| import.starts_with(need)), "{need}: {imports:?}");
    }
    file
}

/// Checks a stage against the contract, every case of it but those that its reason allows.
fn keeps_the_contract(file: &str, env_file: &str) {
    let output =
        serene(&["stage", "check", file, "--inherit", GRANTS, "--env-file", env_file, "--format", "json"]);
    let reports: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{file}: {}", String::from_utf8_lossy(&output.stderr)));
    let cases = reports[0]["cases"].as_array().unwrap();
    assert!(cases.len() >= 20, "{reports}");
    for case in cases {
        assert_ne!(case["verdict"], "failed", "{file}: {case}");
    }
}

/// The shipped manifest with a stage swapped in by the command.
fn swapped(folder: &Path, interface: &str, file: &str, grants: &str) -> PathBuf {
    let manifest = manifest(folder, |_| {});
    let from = manifest.to_str().unwrap();
    succeeds(&["swap", interface, file, "--from", from, "--inherit", grants]);
    manifest
}

fn start(state: &Path, manifest: &Path, env_file: &Path) -> Server {
    Server::start(state, &["--from", manifest.to_str().unwrap(), "--env-file", env_file.to_str().unwrap()])
}

fn put_transcript(server: &Server, texts: &[&str]) -> serene_tests::Answer {
    let segments: Vec<_> = texts.iter().map(|text| json!({ "speaker": "partner_a", "text": text })).collect();
    let url = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
    request("PUT", &url, &[JSON], json!({ "segments": segments }).to_string().as_bytes())
}

fn search(server: &Server, query: &str) -> Value {
    let url = format!("{}/v1/relationships/r/search", server.url());
    request("POST", &url, &[JSON], json!({ "query": query }).to_string().as_bytes()).expect(200)
}

fn file_of(server: &Server) -> serene_tests::Answer {
    request("GET", &format!("{}/v1/files?path={TRANSCRIPT}", server.url()), &[], &[])
}

#[test]
fn a_cache_around_an_embedder_asks_it_once_and_is_taken_for_it() {
    let cloud = Emulated::start();
    let env_file = cloud.env_file();
    let folder = tempfile::tempdir().unwrap();
    let needs = ["spin:sqlite/", "spin:variables/", "wasi:http/client@"];
    let file = wrapped(folder.path(), "embedder-cache", "embedder_voyage", &[], &needs);
    keeps_the_contract(&file, env_file.to_str().unwrap());

    let voyage = cloud.service("voyage_base_url");
    let calls = || voyage.calls("/v1/embeddings").len();
    let manifest = swapped(folder.path(), "embedder", &file, GRANTS);
    let state = tempfile::tempdir().unwrap();
    {
        let server = start(state.path(), &manifest, env_file);
        let ready = request("GET", &format!("{}/readyz", server.url()), &[], &[]).expect(200);
        assert_eq!(ready["stages"]["embedder"]["name"], "embedder-voyage", "{ready}");
        voyage.heal();
        let document = put_transcript(&server, &["A pause lasts twenty minutes."]).expect(201);
        let embedder = document["models"]["embedder"].as_str().unwrap();
        assert!(embedder.starts_with("embedder-voyage@"), "{embedder}");
        assert_eq!(calls(), 1);
        search(&server, "how long is a pause?");
        assert_eq!(calls(), 2);
        let found = search(&server, "how long is a pause?");
        assert_eq!(calls(), 2, "the question is known");
        assert!(found["passages"][0]["text"].as_str().unwrap().contains("twenty minutes"), "{found}");
    }
    // Another process has other instances.
    let server = start(state.path(), &manifest, env_file);
    search(&server, "how long is a pause?");
    assert_eq!(calls(), 2, "what is remembered outlives the instance");
    // A text that is to be stored is another thing than the same text as a question.
    search(&server, "A pause lasts twenty minutes.");
    assert_eq!(calls(), 3);
}

#[test]
fn a_cache_that_cannot_remember_fails_no_call() {
    let folder = tempfile::tempdir().unwrap();
    let file = wrapped(folder.path(), "embedder-cache", "embedder_local", &[], &["spin:sqlite/"]);
    let manifest = manifest(folder.path(), |_| {});
    let from = manifest.to_str().unwrap();
    let (is_done, said) = stage(&["swap", "embedder", &file, "--from", from]);
    assert!(is_done && said.contains("`spin:sqlite/sqlite@3.1.0` and is refused each call"), "{said}");
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &["--from", from]);
    let _ = put_transcript(&server, &["A pause lasts twenty minutes."]).expect(201);
    let found = search(&server, "how long is a pause?");
    assert!(found["passages"][0]["text"].as_str().unwrap().contains("twenty minutes"), "{found}");
}

/// Whether the local object store holds the transcript.
fn is_in_sqlite(state: &Path) -> bool {
    let database =
        Connection::open_with_flags(state.join("sqlite_db.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count = "SELECT count(*) FROM serene_objects WHERE key = ?1";
    database.query_row(count, [TRANSCRIPT.as_bytes()], |row| row.get::<_, i64>(0)).unwrap() == 1
}

#[test]
fn a_mirror_keeps_every_file_in_both_stores() {
    let cloud = Emulated::start();
    let env_file = cloud.env_file();
    let folder = tempfile::tempdir().unwrap();
    let replica = format!("replica={}", shipped("object_store_s3"));
    let needs = ["spin:sqlite/", "spin:variables/", "wasi:http/client@"];
    let file =
        wrapped(folder.path(), "object-store-mirror", "object_store_sqlite", &["--and", &replica], &needs);
    keeps_the_contract(&file, env_file.to_str().unwrap());

    let manifest = swapped(folder.path(), "object-store", &file, GRANTS);
    let (state, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = start(state.path(), &manifest, env_file);
    let s3_alone = start(elsewhere.path(), &with_cloud_stage(elsewhere.path(), "object-store"), env_file);
    let _ = put_transcript(&server, &["A pause lasts twenty minutes."]).expect(201);
    assert!(is_in_sqlite(state.path()));
    for each in [&server, &s3_alone] {
        assert!(file_of(each).text().contains("twenty minutes"), "{}", file_of(each).text());
    }

    // A replica that is down stores nothing, so nothing is stored; then the same write goes through.
    let s3 = cloud.service("s3_endpoint_url");
    s3.fail(&json!({ "path": "/", "method": "PUT", "times": 50, "effect": { "answer": { "status": 503 } } }));
    let failed = put_transcript(&server, &["A pause lasts an hour."]);
    assert_eq!(failed.status, 503, "{}", failed.text());
    assert!(failed.text().contains("The replica: "), "{}", failed.text());
    for each in [&server, &s3_alone] {
        assert!(file_of(each).text().contains("twenty minutes"), "{}", file_of(each).text());
    }
    s3.heal();
    let _ = put_transcript(&server, &["A pause lasts an hour."]).expect(200);
    for each in [&server, &s3_alone] {
        assert!(file_of(each).text().contains("an hour"), "{}", file_of(each).text());
    }

    let url = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
    assert_eq!(request("DELETE", &url, &[], &[]).status, 204);
    assert!(!is_in_sqlite(state.path()));
    for each in [&server, &s3_alone] {
        assert_eq!(file_of(each).status, 404);
    }
}

#[test]
fn a_mirror_reads_from_the_replica_while_the_primary_is_down_and_believes_the_primary_that_is_not() {
    let cloud = Emulated::start();
    let env_file = cloud.env_file();
    let folder = tempfile::tempdir().unwrap();
    let replica = format!("replica={}", shipped("object_store_sqlite"));
    let file = wrapped(folder.path(), "object-store-mirror", "object_store_s3", &["--and", &replica], &[]);
    let manifest = swapped(folder.path(), "object-store", &file, GRANTS);
    let state = tempfile::tempdir().unwrap();
    let server = start(state.path(), &manifest, env_file);
    let _ = put_transcript(&server, &["A pause lasts twenty minutes."]).expect(201);

    let s3 = cloud.service("s3_endpoint_url");
    let down = json!({ "path": "/", "times": 500, "effect": { "answer": { "status": 503 } } });
    s3.fail(&down);
    let read = file_of(&server);
    assert!(read.status == 200 && read.text().contains("twenty minutes"), "{}", read.text());
    // What neither can say is there is not said to be gone.
    let unknown = format!("{}/v1/files?path=transcripts/r/other.json", server.url());
    assert_eq!(request("GET", &unknown, &[], &[]).status, 503);
    let failed = put_transcript(&server, &["A pause lasts an hour."]);
    assert_eq!(failed.status, 503, "{}", failed.text());
    s3.heal();
    assert_eq!(request("GET", &unknown, &[], &[]).status, 404);
    assert!(file_of(&server).text().contains("twenty minutes"));
}
