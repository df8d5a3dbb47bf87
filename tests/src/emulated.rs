use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::http::request;
use crate::server::{command, workspace};

const PREFIX: &str = "SPIN_VARIABLE_";

/// A running `serene emulate`: every service of the cloud profile, empty at first.
pub struct Emulated {
    child: Child,
    env_file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Emulated {
    /// Starts it and waits until all of it answers.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let env_file = folder.path().join("env");
        let mut child = Command::new(command())
            .current_dir(workspace())
            .arg("emulate")
            .arg("--env-file")
            .arg(&env_file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("serene starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let ready =
            BufReader::new(stdout).lines().any(|line| line.is_ok_and(|line| line.contains("Ctrl-C stops")));
        assert!(ready, "serene emulate did not start");
        Self { child, env_file, _folder: folder }
    }

    /// The file of variables that it wrote.
    #[must_use]
    pub fn env_file(&self) -> &Path {
        &self.env_file
    }

    /// The variables by their names in the manifest.
    ///
    /// # Panics
    /// When the file cannot be read.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(&self.env_file).expect("the file of variables can be read");
        let pair = |line: &str| {
            let (name, value) = line.strip_prefix(PREFIX)?.split_once('=')?;
            Some((name.to_lowercase(), value.to_owned()))
        };
        text.lines().filter_map(pair).collect()
    }

    /// Those of them that are secrets.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let is_secret = |name: &str| name.ends_with("_key");
        self.variables().into_iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value).collect()
    }

    /// The service whose address this variable holds.
    ///
    /// # Panics
    /// When there is no such variable.
    #[must_use]
    pub fn service(&self, variable: &str) -> Service {
        let address = &self.variables()[variable];
        let end = address.match_indices('/').nth(2).map_or(address.len(), |(at, _)| at);
        Service(format!("{}/_emulator", &address[..end]))
    }

    /// A file of the same variables with some changed; an empty value counts as not set.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn env_file_with(&self, changes: &[(&str, &str)]) -> PathBuf {
        let mut variables = self.variables();
        variables.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let line = |(name, value): (String, String)| format!("{PREFIX}{}='{value}'\n", name.to_uppercase());
        let text: String = variables.into_iter().map(line).collect();
        let label: String = changes.iter().map(|(name, _)| format!(".{name}")).collect();
        let file = self.env_file.with_extension(format!("env{label}"));
        std::fs::write(&file, text).expect("a file of variables can be written");
        file
    }
}

/// One of the emulated services: made to fail, and asked what it was sent.
pub struct Service(String);

impl Service {
    /// Lets it fail as told.
    ///
    /// # Panics
    /// When it does not know the fault.
    pub fn fail(&self, fault: &Value) {
        let json = [("content-type", "application/json")];
        let _ =
            request("POST", &format!("{}/faults", self.0), &json, fault.to_string().as_bytes()).expect(200);
    }

    /// Forgets what is still to fail, and what it was sent.
    pub fn heal(&self) {
        for what in ["faults", "calls"] {
            let _ = request("DELETE", &format!("{}/{what}", self.0), &[], &[]).expect(200);
        }
    }

    /// What it was sent to paths that begin so, oldest first.
    ///
    /// # Panics
    /// When it does not say.
    #[must_use]
    pub fn calls(&self, path: &str) -> Vec<Value> {
        let calls = request("GET", &format!("{}/calls", self.0), &[], &[]).expect(200);
        let is_there = |call: &&Value| call["path"].as_str().is_some_and(|sent| sent.starts_with(path));
        calls["calls"].as_array().expect("a list").iter().filter(is_there).cloned().collect()
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // Asked to end, it ends PostgreSQL and PostgREST, too.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}
