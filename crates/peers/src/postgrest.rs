use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::child::{Server, free_port, http_status};
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
        let folder = TempDir::new().context("cannot make a temporary folder")?;
        let port = free_port()?;
        let mut command = Command::new(program);
        let uri = format!("postgres://authenticator@127.0.0.1:{}/postgres", postgres.port());
        command.envs([
            ("PGRST_DB_URI", uri.as_str()),
            ("PGRST_DB_SCHEMAS", "public"),
            ("PGRST_DB_ANON_ROLE", "anon"),
            ("PGRST_DB_MAX_ROWS", "1000"),
            ("PGRST_JWT_SECRET", jwt_secret),
            ("PGRST_SERVER_HOST", "127.0.0.1"),
            ("PGRST_SERVER_PORT", &port.to_string()),
        ]);
        let log = folder.path().join("log");
        let mut server = Server::start("PostgREST", &command, &log, false)?;
        // It answers 503 until it has read the schema.
        server.wait(&log, || http_status(port, "/").is_some_and(|status| status < 500))?;
        Ok(Self { url: format!("http://127.0.0.1:{port}"), postgres, _server: server, _folder: folder })
    }
}
