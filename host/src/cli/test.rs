//! `serene test`

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;
use serene::build::{Which, build, checkout};
use serene::manifest::App;

use super::Manifest;
use super::progress::Terminal;

/// What some tests need of the machine, and how it is had.
const PYTHON: &str = "python3 with venv is not there (Debian: apt-get install python3-venv)";

/// Builds every component, then runs the tests of the checkout the application is part of.
///
/// Tests that run the vendors' SDKs, or servers and compilers that come as Python packages, are left out where there
/// is no python3 with venv; the last lines say which.
#[derive(Args)]
pub(super) struct Test {
    #[command(flatten)]
    manifest: Manifest,
    /// Fail at once where a test would be left out
    #[arg(long)]
    leave_nothing_out: bool,
    /// Arguments for `cargo test`, such as `-p layout` or `--release`
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

impl Test {
    pub(super) fn run(self) -> Result<ExitCode> {
        let app = self.manifest.read()?;
        let root = checkout(&app)?;
        let has_python = has_python();
        ensure!(has_python || !self.leave_nothing_out, "tests would be left out: {PYTHON}");
        build(&App::read_all(&app.path)?, Which::All, &mut Terminal::new(false))?;
        let plan = match (has_python, self.args.is_empty()) {
            (true, _) => Plan::all(self.args),
            (false, true) => Plan::without_python(&metadata(&root)?),
            (false, false) => {
                eprintln!("{PYTHON}: tests that need it fail.");
                Plan::all(self.args)
            }
        };
        let mut passed = true;
        for arguments in &plan.runs {
            passed &= cargo_test(&root, arguments)?;
        }
        if !plan.left_out.is_empty() {
            eprintln!("\nLeft out, since {PYTHON}:");
            plan.left_out.iter().for_each(|test| eprintln!("  {test}"));
        }
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn has_python() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import ensurepip, venv"]).stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn cargo_test(root: &Path, arguments: &[String]) -> Result<bool> {
    let mut cargo = cargo();
    cargo.arg("test").args(arguments).current_dir(root);
    if let Ok(serene) = std::env::current_exe() {
        // For tests that run this very program.
        cargo.env("SERENE_BIN", serene);
    }
    let status = cargo.status().context("cannot run `cargo test`; install Rust from https://rustup.rs")?;
    Ok(status.success())
}

fn metadata(root: &Path) -> Result<Metadata> {
    let mut cargo = cargo();
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root).stderr(Stdio::inherit());
    let output = cargo.output().context("cannot run `cargo metadata`")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed in {}", root.display());
    }
    serde_json::from_slice(&output.stdout).context("`cargo metadata` says what cannot be read")
}

/// What `cargo metadata` says, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_default_members: Vec<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    targets: Vec<Target>,
    metadata: Option<PackageMetadata>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

/// `[package.metadata]`
#[derive(Deserialize)]
struct PackageMetadata {
    serene: Option<Needs>,
}

/// `[package.metadata.serene]`
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Needs {
    /// The files in `tests/` that need Python, without `.rs`.
    tests_with_python: Vec<String>,
}

impl Package {
    fn needs_python(&self, test: &str) -> bool {
        let needs = self.metadata.as_ref().and_then(|metadata| metadata.serene.as_ref());
        needs.is_some_and(|needs| needs.tests_with_python.iter().any(|name| name == test))
    }

    /// The tests in `tests/`, of this need.
    fn tests(&self, with_python: bool) -> impl Iterator<Item = &str> {
        let tests = self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "test"));
        tests.map(|test| test.name.as_str()).filter(move |test| self.needs_python(test) == with_python)
    }
}

/// Which `cargo test` to run, one after another, and what none of them runs.
struct Plan {
    runs: Vec<Vec<String>>,
    left_out: Vec<String>,
}

impl Plan {
    fn all(arguments: Vec<String>) -> Self {
        Self { runs: vec![arguments], left_out: Vec::new() }
    }

    /// Cargo leaves out no single test file, so the packages that have such files are run by themselves, by the
    /// names of the others.
    fn without_python(metadata: &Metadata) -> Self {
        let members = metadata.packages.iter().filter(|p| metadata.workspace_default_members.contains(&p.id));
        let (needy, whole): (Vec<&Package>, Vec<_>) = members.partition(|p| p.tests(true).next().is_some());
        let all = |packages: &[&Package]| -> Vec<String> {
            packages.iter().flat_map(|package| ["-p".to_owned(), package.name.clone()]).collect()
        };
        let mut runs = vec![all(&whole)];
        for package in &needy {
            let mut run = vec!["-p", &package.name, "--lib", "--bins"];
            run.extend(package.tests(false).flat_map(|test| ["--test", test]));
            runs.push(run.into_iter().map(str::to_owned).collect());
        }
        if !needy.is_empty() {
            runs.push([vec!["--doc".to_owned()], all(&needy)].concat());
        }
        let left_out = needy.iter().flat_map(|package| {
            package.tests(true).map(|test| format!("cargo test -p {} --test {test}", package.name))
        });
        Self { runs, left_out: left_out.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Metadata, Plan};

    #[test]
    fn without_python_every_other_test_is_run_and_those_left_out_are_named() {
        let package = |name: &str, tests: &[&str], needs: &[&str]| {
            let mut targets = vec![serde_json::json!({ "kind": ["lib"], "name": name })];
            targets.extend(tests.iter().map(|test| serde_json::json!({ "kind": ["test"], "name": test })));
            let metadata =
                (!needs.is_empty()).then(|| serde_json::json!({ "serene": { "tests-with-python": needs } }));
            serde_json::json!({ "id": name, "name": name, "targets": targets, "metadata": metadata })
        };
        let metadata: Metadata = serde_json::from_value(serde_json::json!({
            "workspace_default_members": ["layout", "s3", "peers"],
            "packages": [
                package("layout", &["paths"], &[]),
                package("s3", &["config", "servers"], &["servers"]),
                package("peers", &["servers"], &["servers"]),
                package("gateway", &[], &[]),
            ],
        }))
        .unwrap();
        let Plan { runs, left_out } = Plan::without_python(&metadata);
        let runs: Vec<String> = runs.iter().map(|run| run.join(" ")).collect();
        assert_eq!(
            runs,
            [
                "-p layout",
                "-p s3 --lib --bins --test config",
                "-p peers --lib --bins",
                "--doc -p s3 -p peers"
            ]
        );
        assert_eq!(left_out, ["cargo test -p s3 --test servers", "cargo test -p peers --test servers"]);
    }
}
