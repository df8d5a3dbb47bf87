//! Stages in other languages: their folders, the programs that they are built with, and the commands that build them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use peers::toolchain::{self, path_with};

use crate::server::command;
use crate::{serene, workspace};

/// One build at a time: each takes all of a small machine, and two of the same example would write the same files.
static BUILD: Mutex<()> = Mutex::new(());

/// A folder with a stage, and the programs that its commands need.
pub struct Project {
    folder: PathBuf,
    programs: Vec<PathBuf>,
}

impl Project {
    /// One of `examples/stages/`, such as `redaction-python`.
    ///
    /// # Panics
    /// When its toolchain cannot be had.
    #[must_use]
    pub fn example(name: &str) -> Self {
        let folder = workspace().join("examples/stages").join(name);
        let programs = programs(&folder);
        Self { folder, programs }
    }

    /// A new one, made by `serene stage new` in a folder of its own within `parent`.
    ///
    /// What it would install is there already: the one installation that all tests share.
    ///
    /// # Panics
    /// When it cannot be made, or its toolchain cannot be had.
    #[must_use]
    pub fn new(parent: &Path, interface: &str, language: &str) -> Self {
        let folder = parent.join(format!("my-{interface}"));
        let shown = folder.to_str().expect("a path of text");
        let Output { status, stderr, .. } = serene(&["stage", "new", interface, "--lang", language, shown]);
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        let programs = programs(&folder);
        if let Some(installed) = programs.first().and_then(|bin| bin.parent()) {
            let place = if folder.join("package.json").exists() { "node_modules" } else { ".venv" };
            std::os::unix::fs::symlink(installed, folder.join(place)).expect("a link can be made");
        }
        Self { folder, programs }
    }

    /// Its source.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs its `build.sh` and returns the component.
    ///
    /// # Panics
    /// When it cannot be built.
    #[must_use]
    pub fn build(&self) -> PathBuf {
        let _one_at_a_time = BUILD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = self.run("sh build.sh");
        let name = self.folder.file_name().expect("a folder has a name").to_string_lossy();
        let component = self.folder.join("build").join(format!("{name}.wasm"));
        assert!(component.is_file(), "{} is missing", component.display());
        component
    }

    /// Runs a command line in its folder; returns what it said. `serene` is the one under test.
    ///
    /// # Panics
    /// When the command fails.
    #[must_use]
    pub fn run(&self, line: &str) -> String {
        let command = command();
        let serene = command.parent().expect("a program is in a folder").to_owned();
        let mut run = Command::new("sh");
        run.args(["-c", line]).current_dir(&self.folder).env("SERENE", &command);
        run.env("PATH", path_with(&[self.programs.as_slice(), &[serene]].concat()));
        let Output { status, stdout, stderr } = run.output().expect("a shell starts");
        let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
        assert!(status.success(), "{}: {line} ended with {status}:\n{said}", self.folder.display());
        said
    }
}

/// The programs that a folder's `requirements.txt` or `package.json` asks for; cargo, which runs the tests, is there.
fn programs(folder: &Path) -> Vec<PathBuf> {
    if folder.join("Cargo.toml").exists() {
        return Vec::new();
    }
    let package = folder.join("package.json");
    if !package.exists() {
        let environment = toolchain::python(&folder.join("requirements.txt"));
        return vec![environment.expect("Python packages can be installed").join("bin")];
    }
    let package = std::fs::read(package).expect("package.json can be read");
    let package: serde_json::Value = serde_json::from_slice(&package).expect("package.json is JSON");
    let version = package["devDependencies"]["componentize-qjs"].as_str().expect("a version");
    let modules = toolchain::npm(&format!("componentize-qjs@{version}")).expect("npm can install");
    let mut programs = vec![modules.join(".bin")];
    programs.extend(toolchain::node_js().expect("Node.js can be had"));
    programs
}
