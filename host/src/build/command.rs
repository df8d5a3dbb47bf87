//! Running one build command.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};

use super::Progress;

/// The most output kept to show when a command fails, in bytes; its end is what counts.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Runs a command in the shell, as Spin does.
pub(super) fn run(title: &str, command: &str, dir: &Path, progress: &mut dyn Progress) -> Result<()> {
    progress.step(&format!("{title}: {command}"));
    let mut child = shell(command)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{command}`"))?;
    let (lines_to, lines) = mpsc::channel();
    let readers = [
        child.stdout.take().map(|out| read_lines(out, lines_to.clone())),
        child.stderr.take().map(|err| read_lines(err, lines_to)),
    ];
    let mut output = String::new();
    for line in lines {
        progress.line(&line);
        output.push_str(&line);
        output.push('\n');
        if output.len() > MAX_OUTPUT {
            let cut = output.ceil_char_boundary(output.len() / 2);
            output.drain(..cut);
        }
    }
    for reader in readers.into_iter().flatten() {
        // It ends with the pipe it reads; that it panicked could only show as missing output.
        let _ = reader.join();
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{command}`"))?;
    if !status.success() {
        progress.failed(&output);
        bail!("`{command}` failed in {} ({status})", dir.display());
    }
    progress.done();
    Ok(())
}

fn shell(command: &str) -> Command {
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(command);
    for (name, _) in std::env::vars_os() {
        if is_of_cargo_run(&name.to_string_lossy()) {
            shell.env_remove(&name);
        }
    }
    shell
}

/// Variables that `cargo run` sets for this program. Passed on, they would make a build of its own look
/// changed each time; and a target folder elsewhere would leave the files that the manifest names unbuilt.
fn is_of_cargo_run(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"]
        .iter()
        .any(|start| name.starts_with(start))
        || matches!(name, "CARGO_PRIMARY_PACKAGE" | "CARGO_TARGET_DIR" | "CARGO_BUILD_TARGET_DIR")
}

fn read_lines(pipe: impl Read + Send + 'static, to: mpsc::Sender<String>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if to.send(text).is_err() {
                return;
            }
        }
    })
}
