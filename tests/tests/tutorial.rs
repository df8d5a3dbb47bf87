//! docs/stages.md from nothing to a stage that runs: each of its commands, in each of its languages.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use peers::toolchain;
use serene_tests::stages::manifest;
use serene_tests::{Server, Shown, command, commands, workspace};

/// A terminal in a folder that stands for the checkout: its `spin.toml` names the checkout's components.
struct Terminal {
    /// What `cargo serene up` started; it ends before its folder does.
    server: Option<Server>,
    checkout: tempfile::TempDir,
    folder: PathBuf,
}

impl Terminal {
    fn open() -> Self {
        let checkout = tempfile::tempdir().unwrap();
        let _ = manifest(checkout.path(), |_| {});
        Self { server: None, folder: checkout.path().to_owned(), checkout }
    }

    fn spin_toml(&self) -> PathBuf {
        self.checkout.path().join("spin.toml")
    }

    /// Runs a command as it is shown, and returns what it printed.
    fn run(&mut self, shown: &str) -> String {
        let line = shown.split(" # ").next().unwrap().trim_end();
        if let Some(folder) = line.strip_prefix("cd ") {
            self.folder = self.folder.join(folder).canonicalize().unwrap();
            return String::new();
        }
        if line == "cargo serene up" {
            let state = self.checkout.path().join("state");
            std::fs::create_dir_all(&state).unwrap();
            self.server = Some(Server::start(&state, &["--from", self.spin_toml().to_str().unwrap()]));
            return String::new();
        }
        let serene = command();
        let mut line = line.replace("cargo serene", serene.to_str().unwrap());
        if let Some(server) = &self.server {
            line = line.replace("http://127.0.0.1:3000", server.url());
        }
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(&self.folder)
            .envs(installs_without_the_network())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{shown}: {said}{errors}");
        if line.contains("stage new") {
            share_what_cargo_compiles(&self.folder);
        }
        said
    }

    /// Runs the commands below a heading, with something in the place of something else, and compares what is shown of their output.
    fn follow(&mut self, heading: &str, replace: (&str, &str)) {
        let all = commands(&workspace().join("docs/stages.md"), heading);
        assert!(!all.is_empty(), "{heading} has no commands");
        for Shown { command, output } in all {
            let said = self.run(&command.replace(replace.0, replace.1));
            for line in output {
                assert!(said.lines().any(|said| said == line), "{command}: {line} is not in: {said}");
            }
        }
    }
}

/// What pip and npm install again is here from the first time on.
fn installs_without_the_network() -> Vec<(&'static str, std::ffi::OsString)> {
    let wheels = ["python", "c"].map(|language| {
        let requirements = workspace().join("host/templates").join(language).join("requirements.txt");
        toolchain::wheels(&requirements).unwrap().into_os_string()
    });
    let mut found = vec![
        ("PIP_NO_INDEX", "1".into()),
        ("PIP_FIND_LINKS", wheels.join(std::ffi::OsStr::new(" "))),
        ("npm_config_prefer_offline", "true".into()),
    ];
    if let Some(bin) = toolchain::node_js().unwrap() {
        found.push(("PATH", toolchain::path_with(&[bin])));
    }
    found
}

/// A project in Rust gets the checkout's versions, and one folder for what it compiles.
fn share_what_cargo_compiles(checkout: &Path) {
    let project = checkout.join("my-mail");
    if project.join("Cargo.toml").exists() {
        let target = workspace().join("target/new-projects");
        std::fs::create_dir_all(&target).unwrap();
        std::os::unix::fs::symlink(target, project.join("target")).unwrap();
        std::fs::copy(workspace().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    }
}

/// From nothing to a stage that runs, in a language, whose component lies there.
fn tutorial(language: &str, component: &str) {
    let mut terminal = Terminal::open();
    let before = std::fs::read_to_string(terminal.spin_toml()).unwrap();
    let place = ("my-mail/my_mail.wasm", component);
    terminal.follow(language, place);
    terminal.follow("Put it in", place);
    let after = std::fs::read_to_string(terminal.spin_toml()).unwrap();
    assert!(after.contains("my_mail.wasm"), "{after}");
    terminal.follow("Take it out", place);
    assert_eq!(std::fs::read_to_string(terminal.spin_toml()).unwrap(), before);
}

#[test]
fn a_stage_in_python_runs_in_ten_minutes() {
    tutorial("In Python", "my-mail/my_mail.wasm");
}

#[test]
fn a_stage_in_javascript_runs_in_ten_minutes() {
    tutorial("In JavaScript", "my-mail/my_mail.wasm");
}

#[test]
fn a_stage_in_rust_runs_in_ten_minutes() {
    tutorial("In Rust", "my-mail/target/wasm32-wasip2/release/my_mail.wasm");
}

#[test]
fn a_stage_in_c_runs_in_ten_minutes() {
    tutorial("In C", "my-mail/my_mail.wasm");
}
