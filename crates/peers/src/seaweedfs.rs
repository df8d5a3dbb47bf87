use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::child::{Server, free_ports, http_status, twice};
use crate::install;

/// SeaweedFS with its S3 interface: verifies signatures, unsigned headers and conditions.
pub struct SeaweedFs {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    _server: Server,
    _data: TempDir,
}

impl SeaweedFs {
    /// Starts a server that knows one key. Buckets are made by whoever needs one.
    ///
    /// # Errors
    /// When it cannot be installed or started.
    pub fn start(key_id: &str, secret: &str) -> Result<Self> {
        let weed = install::weed()?;
        twice(|| Self::start_with(&weed, key_id, secret))
    }

    fn start_with(weed: &Path, key_id: &str, secret: &str) -> Result<Self> {
        let data = TempDir::new().context("cannot make a temporary folder")?;
        let config = data.path().join("s3.json");
        let identity = format!(
            r#"{{"identities":[{{"name":"serene","credentials":[{{"accessKey":"{key_id}","secretKey":"{secret}"}}],"actions":["Admin","Read","Write","List","Tagging"]}}]}}"#
        );
        std::fs::write(&config, identity).context("cannot write a configuration")?;
        let [master, volume, filer, s3] = free_ports()?;
        let mut command = Command::new(weed);
        command
            .args(["-logtostderr=true", "server", "-ip=127.0.0.1", "-filer", "-s3", "-volume.max=20"])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
            .arg(format!("-dir={}", data.path().display()))
            .arg(format!("-master.port={master}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-filer.port={filer}"))
            .arg(format!("-s3.port={s3}"))
            .arg(format!("-s3.config={}", config.display()));
        let mut server = Server::start("SeaweedFS", &command, data.path(), false)?;
        // Its other servers answer `/healthz` too; only this one refuses who has no key.
        server.wait(|| http_status(s3, "/healthz") == Some(200) && http_status(s3, "/") == Some(403))?;
        Ok(Self { url: format!("http://127.0.0.1:{s3}"), _server: server, _data: data })
    }
}
