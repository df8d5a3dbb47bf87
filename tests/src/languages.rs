//! The example stages in other languages, built by their own scripts.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use peers::toolchain::{self, path_with};

use crate::workspace;

/// One build at a time: each takes all of a small machine, and two of the same example would write the same files.
static BUILD: Mutex<()> = Mutex::new(());

/// A folder in `examples/stages/`, with the programs that its scripts need.
pub struct Example {
    name: &'static str,
    programs: Vec<PathBuf>,
}

impl Example {
    /// The transformer in Python.
    ///
    /// # Panics
    /// When its toolchain cannot be had.
    #[must_use]
    pub fn redaction() -> Self {
        Self::python("redaction-python")
    }

    /// The extractor in Python, which holds a package of others.
    ///
    /// # Panics
    /// When its toolchain cannot be had.
    #[must_use]
    pub fn pypdf() -> Self {
        Self::python("pypdf-python")
    }

    fn python(name: &'static str) -> Self {
        let programs = toolchain::python(&folder(name).join("requirements.txt"));
        Self { name, programs: programs.expect("Python's toolchain can be installed") }
    }

    /// The chunker in JavaScript.
    ///
    /// # Panics
    /// When its toolchain cannot be had.
    #[must_use]
    pub fn turns() -> Self {
        let name = "turns-javascript";
        let package = std::fs::read(folder(name).join("package.json")).expect("it has a package.json");
        let package: serde_json::Value = serde_json::from_slice(&package).expect("package.json is JSON");
        let version = package["devDependencies"]["componentize-qjs"].as_str().expect("a version");
        let programs = toolchain::npm(&format!("componentize-qjs@{version}"));
        Self { name, programs: programs.expect("JavaScript's toolchain can be installed") }
    }

    /// The reranker in C.
    ///
    /// # Panics
    /// When its toolchain cannot be had.
    #[must_use]
    pub fn overlap() -> Self {
        let name = "overlap-c";
        let mut programs =
            toolchain::python(&folder(name).join("requirements.txt")).expect("the compiler can be installed");
        programs.extend(toolchain::wit_bindgen_c().expect("wit-bindgen can be built"));
        Self { name, programs }
    }

    /// Its source.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        folder(self.name)
    }

    /// Runs its `build.sh` and returns the component.
    ///
    /// # Panics
    /// When it cannot be built.
    #[must_use]
    pub fn build(&self) -> PathBuf {
        let _one_at_a_time = BUILD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = self.run(&["sh", "build.sh"]);
        let component = self.folder().join("build").join(format!("{}.wasm", self.name));
        assert!(component.is_file(), "{} is missing", component.display());
        component
    }

    /// Runs a program of its toolchain, or of the machine, in its folder; returns what it said.
    ///
    /// # Panics
    /// When the program fails.
    #[must_use]
    pub fn run(&self, command: &[&str]) -> String {
        let mut run = Command::new("/usr/bin/env");
        run.args(command).current_dir(self.folder()).env("PATH", path_with(&self.programs));
        let Output { status, stdout, stderr } = run.output().expect("a program starts");
        let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
        assert!(status.success(), "{}: {command:?} ended with {status}:\n{said}", self.name);
        said
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(workspace()).join("examples/stages").join(name)
}
