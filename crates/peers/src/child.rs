//! Programs that end with the one that started them.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// The longest a server may take until it answers.
const START: Duration = Duration::from_secs(60);
/// How far from its own port a server may take another.
const NEIGHBOUR: u16 = 10_000;
/// Who runs what refuses to be run by root.
const NOBODY: u32 = 65_534;
/// Runs its arguments until they end, or until standard input does: then they are asked to end, and after 10 seconds made to.
const WATCH: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- & child=$!
{
    read -r _ <&3
    kill -INT $child
    tries=100
    while [ $tries -gt 0 ] && kill -0 $child; do sleep 0.1; tries=$((tries - 1)); done
    kill -KILL $child
} 2>/dev/null & reader=$!
wait $child
kill $reader 2>/dev/null
"#;

/// A program that runs beside this one. Dropped, it is ended; should this process die, a watcher ends it.
pub(crate) struct Server {
    name: &'static str,
    watcher: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a program in a folder. What it writes goes to the file `log` there.
    pub(crate) fn start(
        name: &'static str,
        command: &Command,
        folder: &Path,
        as_nobody: bool,
    ) -> Result<Self> {
        let log = folder.join("log");
        let output = std::fs::File::create(&log).context("cannot write a log")?;
        // The watcher reads from a pipe that this process holds open: it ends when we let go of it, however that comes about.
        let mut watcher = Command::new("sh");
        watcher
            .args(["-c", WATCH, "watch"])
            .arg(command.get_program())
            .args(command.get_args())
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            // Nobody may be shut out of where this process is.
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(output.try_clone().context("cannot write a log")?)
            .stderr(output)
            .process_group(0);
        if as_nobody {
            watcher.uid(NOBODY).gid(NOBODY);
        }
        let watcher = watcher.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, watcher, log })
    }

    /// Waits until `ready` says so.
    pub(crate) fn wait(&mut self, mut ready: impl FnMut() -> bool) -> Result<()> {
        let started = Instant::now();
        while !ready() {
            if started.elapsed() > START || self.watcher.try_wait()?.is_some() {
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                let lines: Vec<_> = log.lines().collect();
                bail!(
                    "{} does not start:\n{}",
                    self.name,
                    lines[lines.len().saturating_sub(20)..].join("\n")
                );
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.watcher.stdin.take() {
            // Closing the pipe is the signal; nothing is said on it.
            let _ = pipe.flush();
        }
        let _ = self.watcher.wait();
    }
}

/// Whether this process is root, whom PostgreSQL refuses.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// Gives a folder to the user that servers run as.
pub(crate) fn give_to_nobody(folder: &Path) -> Result<()> {
    std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY)).context("cannot give a folder away")
}

/// A command that runs as the user that servers run as, when this process is root.
pub(crate) fn as_server_user(command: &mut Command) -> &mut Command {
    if is_root() { command.uid(NOBODY).gid(NOBODY) } else { command }
}

/// Whether the user that servers run as may reach a folder.
pub(crate) fn nobody_reaches(folder: &Path) -> bool {
    let open = |folder: &Path| {
        std::fs::metadata(folder).is_ok_and(|own| std::os::unix::fs::MetadataExt::mode(&own) & 0o001 != 0)
    };
    folder.ancestors().all(open)
}

/// Starts a server, and once more where that fails: another program may have taken its port before it did.
pub(crate) fn twice<T>(mut start: impl FnMut() -> Result<T>) -> Result<T> {
    start().or_else(|_| start())
}

/// Ports of 127.0.0.1 that nobody listens on, no two of them alike, and none of them `NEIGHBOUR` after another.
///
/// Between this look and a server's own, seconds pass. So the ports lie below those that the system
/// gives to connections and to whoever asks for any port.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N]> {
    const FIRST: u16 = 11_000;
    const COUNT: u16 = NEIGHBOUR;
    let listens = |port: u16| TcpListener::bind(("127.0.0.1", port)).ok();
    let start = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id()) as u16;
    (0..COUNT)
        .map(|step| FIRST + (start % COUNT + step) % COUNT)
        .filter(|port| listens(*port).is_some() && listens(*port + NEIGHBOUR).is_some())
        .take(N)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| anyhow::anyhow!("cannot find {N} free ports"))
}

/// Runs a command to its end.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<()> {
    let output =
        command.output().with_context(|| format!("cannot run {:?}, to {what}", command.get_program()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        bail!("cannot {what}: {}", text.trim());
    }
    Ok(())
}

/// The status of a `GET`, when something answers.
pub(crate) fn http_status(port: u16, path: &str) -> Option<u16> {
    use std::io::Read as _;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head[9..]).ok()?.parse().ok()
}
