//! Projects of `serene stage new`: each is built by the commands of its own README, and keeps the contract as it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serde_json::json;
use serene_tests::languages::Project;
use serene_tests::stages::manifest;
use serene_tests::{Server, commands, request, workspace};

const STORES: [&str; 3] = ["object-store", "record-store", "vector-index"];

/// Follows the README of a new project, but for what installs its toolchain.
fn follow(language: &str, interfaces: &[&str]) {
    for interface in interfaces {
        let parent = tempfile::tempdir().unwrap();
        let project = Project::new(parent.path(), interface, language);
        let readme = project.folder().join("README.md");
        assert!(
            !std::fs::read_to_string(&readme).unwrap().contains("{{"),
            "{interface}: a place was left open"
        );
        let all = commands(&readme, &format!("my-{interface}"));
        let commands = all.iter().map(|shown| shown.command.as_str());
        let (swap, build): (Vec<_>, Vec<_>) = commands
            .filter(|command| !command.starts_with("python3 -m venv") && !command.starts_with("npm install"))
            .partition(|command| command.starts_with("serene stage swap") || *command == "serene up");
        assert_eq!((build.len(), swap.len()), (3, 2), "{build:?} {swap:?}");
        let said: Vec<_> = build.iter().map(|command| project.run(command)).collect();
        assert!(said[2].contains(" passed, 0 failed; "), "{language}, {interface}: {}", said[2]);
    }
}

#[test]
fn those_in_python_build_by_their_readme_and_keep_the_contract() {
    follow("python", &["extractor", "transformer", "chunker", "embedder", "generator", "reranker"]);
}

#[test]
fn those_in_javascript_build_by_their_readme_and_keep_the_contract() {
    follow("js", &["extractor", "transformer", "chunker", "embedder", "generator", "reranker"]);
}

#[test]
fn those_in_c_build_by_their_readme_and_keep_the_contract() {
    follow("c", &["transformer", "reranker"]);
}

/// They are joined with the shipped stores, checked and swapped in by the commands of their READMEs. Only the build is not quite theirs: it takes what
/// is compiled already.
#[test]
fn those_in_rust_around_a_store_keep_the_contract_and_serve_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = manifest(folder.path(), |_| {});
    let target = workspace().join("target");
    std::os::unix::fs::symlink(&target, folder.path().join("target")).unwrap();
    std::fs::create_dir(folder.path().join("path")).unwrap();
    let built = target.join("wasm32-wasip2/component");
    std::os::unix::fs::symlink(built, folder.path().join("path/to")).unwrap();
    let profile = workspace().join("host/tests/component-profile.toml");
    let shared = format!(
        "--quiet --profile component --config {} --target-dir {}",
        profile.display(),
        target.display()
    );
    for interface in STORES {
        let project = Project::new(folder.path(), interface, "rust");
        std::fs::copy(workspace().join("Cargo.lock"), project.folder().join("Cargo.lock")).unwrap();
        let _ = project.run(&format!("cargo test {shared}"));
        let _ = project.run(&format!("cargo build --target wasm32-wasip2 {shared}"));
        let all = commands(&project.folder().join("README.md"), &format!("my-{interface}"));
        let joined: Vec<_> = all.iter().filter(|shown| shown.command.starts_with("serene stage ")).collect();
        let [wrap, check, swap] = joined[..] else { panic!("{} commands", joined.len()) };
        let in_checkout = |command: &str| project.run(&format!("cd .. && {command}"));
        let _ = in_checkout(&wrap.command);
        let checked = in_checkout(&check.command);
        assert!(checked.contains(" passed, 0 failed; "), "{interface}: {checked}");
        let _ = in_checkout(&swap.command);
    }
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &["--from", manifest.to_str().unwrap()]);
    let ready = request("GET", &format!("{}/readyz", server.url()), &[], &[]).expect(200);
    for interface in STORES {
        assert_eq!(ready["stages"][interface]["name"], format!("my-{interface}"), "{ready}");
    }
    let json = [("content-type", "application/json")];
    let transcript =
        json!({ "segments": [{ "speaker": "partner_a", "text": "A pause lasts twenty minutes." }] });
    let url = format!("{}/v1/relationships/r/conflicts/c/transcript", server.url());
    let _ = request("PUT", &url, &json, transcript.to_string().as_bytes()).expect(201);
    let search = format!("{}/v1/relationships/r/search", server.url());
    let found = request("POST", &search, &json, br#"{ "query": "how long is a pause?" }"#).expect(200);
    assert!(found["passages"][0]["text"].as_str().unwrap().contains("twenty minutes"), "{found}");
    assert_eq!(request("DELETE", &url, &[], &[]).status, 204);
    let file = format!("{}/v1/files?path=profiles/r/p.pdf", server.url());
    let refused = request("PUT", &file, &[("content-type", "text/html")], b"<script></script>").expect(400);
    assert!(refused["detail"].as_str().unwrap().contains("browser"), "{refused}");
}
