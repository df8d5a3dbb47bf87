//! Connections: names looked up, TCP within the component's time limit, TLS against the roots browsers trust.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;
use wasmtime_wasi_http::Error;

tokio::task_local! {
    /// The time limit of the request a connection is made for: the pool between the two has no way to pass it
    /// on.
    pub(super) static CONNECT_TIMEOUT: Duration;
}

pub(super) type Connector = HttpsConnector<Tcp>;

pub(super) fn connector() -> Connector {
    HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_all_versions().wrap_connector(Tcp)
}

/// Opens TCP connections.
#[derive(Clone)]
pub(super) struct Tcp;

/// Why there is no connection.
#[derive(Clone, Copy, Debug)]
enum ConnectError {
    NoAddress,
    Refused,
    TimedOut,
    InvalidUri,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAddress => "the host has no address",
            Self::Refused => "the connection was refused",
            Self::TimedOut => "the connection took too long",
            Self::InvalidUri => "the URL has no host",
        })
    }
}

impl StdError for ConnectError {}

impl Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = CONNECT_TIMEOUT.try_with(|limit| *limit).unwrap_or(super::DEFAULT_TIMEOUT);
        Box::pin(async move {
            let stream =
                tokio::time::timeout(limit, connect(&uri)).await.map_err(|_| ConnectError::TimedOut)??;
            Ok(TokioIo::new(stream))
        })
    }
}

async fn connect(uri: &Uri) -> Result<TcpStream, ConnectError> {
    let host = uri.host().ok_or(ConnectError::InvalidUri)?;
    // A literal IPv6 address stands in brackets, which are not part of it.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 });
    let addresses: Vec<_> =
        tokio::net::lookup_host((host, port)).await.map_err(|_| ConnectError::NoAddress)?.collect();
    let stream = TcpStream::connect(&*addresses).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrNotAvailable => ConnectError::NoAddress,
        _ => ConnectError::Refused,
    })?;
    // Without this a small request may wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// What the component is told, as Spin tells it.
pub(super) fn error_of(error: &legacy::Error) -> Error {
    let mut source: Option<&(dyn StdError + 'static)> = error.source();
    let mut tls = false;
    while let Some(cause) = source {
        if let Some(connect) = cause.downcast_ref::<ConnectError>() {
            return match connect {
                ConnectError::NoAddress => {
                    Error::DnsError { rcode: Some("address not available".into()), info_code: Some(0) }
                }
                ConnectError::Refused => Error::ConnectionRefused,
                ConnectError::TimedOut => Error::ConnectionTimeout,
                ConnectError::InvalidUri => Error::HttpRequestUriInvalid,
            };
        }
        tls |= cause.is::<io::Error>();
        source = cause.source();
    }
    if error.is_connect() && tls { Error::TlsProtocolError } else { Error::HttpProtocolError }
}
