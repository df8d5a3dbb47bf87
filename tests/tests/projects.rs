//! Projects of `serene stage new`: each is built by the commands of its own README, and keeps the contract as it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serene_tests::commands;
use serene_tests::languages::Project;

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
