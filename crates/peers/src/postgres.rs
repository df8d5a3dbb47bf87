use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::child::{Server, as_server_user, free_ports, give_to_nobody, is_root, run, twice};
use crate::install;

/// What Supabase's database has before any migration: its roles and `auth.uid()`.
const SUPABASE: &str = include_str!("supabase.sql");
/// The project's own tables.
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../db/migrations");

/// A PostgreSQL with the roles of a Supabase project.
pub struct Postgres {
    port: u16,
    psql: PathBuf,
    _server: Server,
    _data: TempDir,
}

impl Postgres {
    /// Starts a server with an empty database `postgres`, set up as Supabase's.
    ///
    /// # Errors
    /// When it cannot be installed or started.
    pub fn start() -> Result<Self> {
        let bin = install::postgres()?;
        twice(|| Self::start_with(&bin))
    }

    fn start_with(bin: &Path) -> Result<Self> {
        let data = TempDir::new().context("cannot make a temporary folder")?;
        if is_root() {
            give_to_nobody(data.path())?;
        }
        let cluster = data.path().join("cluster");
        let mut initdb = Command::new(bin.join("initdb"));
        initdb
            .args(["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&cluster);
        run("make a database", as_server_user(&mut initdb).current_dir(data.path()))?;
        let [port] = free_ports()?;
        let mut command = Command::new(bin.join("postgres"));
        command
            .arg("-D")
            .arg(&cluster)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-p", &port.to_string()])
            .arg("-k")
            .arg(data.path());
        let mut server = Server::start("PostgreSQL", &command, data.path(), is_root())?;
        let psql = bin.join("psql");
        let psql = if psql.is_file() { psql } else { "psql".into() };
        server.wait(|| query(&psql, port, "select 1").is_ok())?;
        let postgres = Self { port, psql, _server: server, _data: data };
        postgres.execute(SUPABASE)?;
        Ok(postgres)
    }

    /// Applies the migrations of `db/`, in their order.
    ///
    /// # Errors
    /// PostgreSQL's own.
    pub fn migrate(&self) -> Result<()> {
        let files = std::fs::read_dir(MIGRATIONS).context("cannot read db/migrations")?;
        let mut files: Vec<_> = files.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            let sql = std::fs::read_to_string(&file).context("cannot read a migration")?;
            self.execute(&sql).with_context(|| file.display().to_string())?;
        }
        Ok(())
    }

    /// Runs SQL as the database's owner and returns what it prints: rows a line, columns between `|`.
    ///
    /// # Errors
    /// PostgreSQL's own.
    pub fn execute(&self, sql: &str) -> Result<String> {
        query(&self.psql, self.port, sql)
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn query(psql: &Path, port: u16, sql: &str) -> Result<String> {
    use std::io::Write as _;
    let mut child = Command::new(psql)
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "postgres", "-d", "postgres"])
        .args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-f", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .context("cannot run psql (Debian: apt-get install postgresql-client)")?;
    if let Some(mut stdin) = child.stdin.take() {
        // When psql ends early, its own message says why.
        let _ = stdin.write_all(sql.as_bytes());
    }
    let output = child.wait_with_output().context("psql was interrupted")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
