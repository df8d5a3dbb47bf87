use std::net::SocketAddr;

use anyhow::{Context as _, Result, anyhow};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::atomic::Atomic;

/// An S3 server in this process, s3s-fs: verifies signatures, body hashes and checksums. Path style only.
pub struct S3 {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    server: tokio::task::JoinHandle<()>,
    _data: TempDir,
}

impl S3 {
    /// Starts a server that knows one key, with an empty bucket for each name. On a free port when `port` is 0.
    ///
    /// # Errors
    /// When the port is taken or the temporary folder cannot be made.
    pub async fn start(port: u16, key_id: &str, secret: &str, buckets: &[&str]) -> Result<Self> {
        let data = TempDir::new().context("cannot make a temporary folder")?;
        for bucket in buckets {
            std::fs::create_dir(data.path().join(bucket)).context("cannot make a bucket")?;
        }
        let files = FileSystem::new(data.path()).map_err(|error| anyhow!("s3s-fs: {error:?}"))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(key_id, secret));
        let service = Atomic::new(service.build());
        let listener =
            TcpListener::bind(("127.0.0.1", port)).await.with_context(|| format!("port {port} is taken"))?;
        let address: SocketAddr = listener.local_addr().context("cannot read the port")?;
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    // A client that leaves ends its connection; nobody needs to hear of it.
                    let builder = Builder::new(TokioExecutor::new());
                    let answer = service_fn(move |request| service.clone().answer(request));
                    let _ = builder.serve_connection(TokioIo::new(socket), answer).await;
                });
            }
        });
        Ok(Self { url: format!("http://{address}"), server, _data: data })
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.server.abort();
    }
}
