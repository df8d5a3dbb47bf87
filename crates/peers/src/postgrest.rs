use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::child::{Server, free_ports, http_status, twice};
use crate::{Postgres, install};

/// A PostgREST on a [`Postgres`] with the project's tables, set up as Supabase sets it up: rows of one answer are cut at 1,000.
pub struct Postgrest {
    /// `http://127.0.0.1:PORT`, without Supabase's `/rest/v1`.
    pub url: String,
    /// The database under it.
    pub postgres: Postgres,
    _server: Server,
    _folder: TempDir,
}

impl Postgrest {
    /// Starts both. `jwt_secret` has at least 32 bytes.
    ///
    /// # Errors
    /// When one of them cannot be installed or started.
    pub fn start(jwt_secret: &str) -> Result<Self> {
        let postgres = Postgres::start()?;
        postgres.migrate()?;
        Self::over(postgres, jwt_secret)
    }

    /// Starts PostgREST over a database.
    ///
    /// # Errors
    /// When it cannot be installed or started.
    pub fn over(postgres: Postgres, jwt_secret: &str) -> Result<Self> {
        let program = install::postgrest()?;
        let (url, server, folder) = twice(|| start(&program, postgres.port(), jwt_secret))?;
        Ok(Self { url, postgres, _server: server, _folder: folder })
    }
}

fn start(program: &Path, database: u16, jwt_secret: &str) -> Result<(String, Server, TempDir)> {
    let folder = TempDir::new().context("cannot make a temporary folder")?;
    let [port] = free_ports()?;
    let mut command = Command::new(program);
    command.envs([
        ("PGRST_DB_URI", format!("postgres://authenticator@127.0.0.1:{database}/postgres").as_str()),
        ("PGRST_DB_SCHEMAS", "public"),
        ("PGRST_DB_ANON_ROLE", "anon"),
        ("PGRST_DB_MAX_ROWS", "1000"),
        ("PGRST_JWT_SECRET", jwt_secret),
        ("PGRST_SERVER_HOST", "127.0.0.1"),
        ("PGRST_SERVER_PORT", &port.to_string()),
    ]);
    let mut server = Server::start("PostgREST", &command, folder.path(), false)?;
    // It answers 503 until it has read the schema.
    server.wait(|| http_status(port, "/").is_some_and(|status| status < 500))?;
    Ok((format!("http://127.0.0.1:{port}"), server, folder))
}
