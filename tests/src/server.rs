use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A running `serene up` with data of its own.
pub struct Server {
    child: Child,
    url: String,
    report: PathBuf,
    log: PathBuf,
}

/// The checkout.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the checkout")
}

/// The `serene` command: the one that `cargo serene test` names, or the one that cargo built beside the tests.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn command() -> PathBuf {
    let command = std::env::var_os("SERENE_BIN").map_or_else(
        || {
            let test = std::env::current_exe().expect("a test has a path");
            test.ancestors().nth(2).expect("target/<profile>/deps/<test>").join("serene")
        },
        PathBuf::from,
    );
    assert!(command.exists(), "{} is missing: run the tests by `cargo serene test`", command.display());
    command
}

/// Runs the `serene` command in the checkout to its end.
///
/// # Panics
/// When it cannot be started.
#[must_use]
pub fn serene(arguments: &[&str]) -> Output {
    Command::new(command()).current_dir(workspace()).args(arguments).output().expect("serene starts")
}

/// Compiling the application takes most of a start: every server of the tests keeps what it compiled in one place.
fn share_compiled_code(state: &Path) {
    let cache = workspace().join("target/test-cache");
    std::fs::create_dir_all(&cache).expect("target/ can be written");
    let link = state.join("cache");
    if !link.exists() {
        std::os::unix::fs::symlink(cache, link).expect("a link can be made");
    }
}

impl Server {
    /// Starts Serene on a free port with its data in `state`, and waits until it serves.
    ///
    /// # Panics
    /// When it does not start: the components must be built, which `cargo serene test` does.
    #[must_use]
    pub fn start(state: &Path, arguments: &[&str]) -> Self {
        let (report, log) = (state.join("report.json"), state.join("stderr"));
        let stderr = OpenOptions::new().create(true).append(true).open(&log).expect("a log can be written");
        share_compiled_code(state);
        let mut child = Command::new(command())
            .current_dir(workspace())
            .args(["up", "--no-build", "--quiet", "--listen", "127.0.0.1:0"])
            .arg("--state-dir")
            .arg(state)
            .arg("--report")
            .arg(&report)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("serene starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("serene says where it serves");
        let mut server = Self { url: String::new(), child, report, log };
        let url = line.trim().strip_prefix("Serving ").unwrap_or_else(|| panic!("serene said {line:?}"));
        url.clone_into(&mut server.url);
        server
    }

    /// What it has written to standard error so far.
    ///
    /// # Panics
    /// When that cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(&self.log).expect("the log can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The same with these values of the application's variables, by their names in the manifest.
    ///
    /// # Panics
    /// As [`Server::start`].
    #[must_use]
    pub fn start_with(state: &Path, variables: &[(&str, &str)]) -> Self {
        let line =
            |(name, value): &(&str, &str)| format!("SPIN_VARIABLE_{}='{value}'\n", name.to_uppercase());
        let env_file = state.join("env");
        std::fs::write(&env_file, variables.iter().map(line).collect::<String>())
            .expect("a file of variables");
        Self::start(state, &["--env-file", env_file.to_str().expect("a path of text")])
    }

    /// The address, such as `http://127.0.0.1:4711`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host and port.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Ends the process as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("a running process can be killed");
        self.child.wait().expect("a killed process ends");
    }

    /// Stops as Ctrl-C does, and returns what was used.
    ///
    /// # Panics
    /// When it does not stop cleanly or writes no report.
    #[must_use]
    pub fn stop(mut self) -> Value {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(sent.success());
        let status = self.child.wait().expect("serene ends");
        assert!(status.success(), "serene ended with {status}");
        let report = std::fs::read_to_string(&self.report).expect("serene writes its report");
        serde_json::from_str(&report).expect("the report is JSON")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("serene wrote:\n{}", self.log());
        }
        // Gone already when the test ended it itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
