//! Listening, and the life of a server.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::connection::Connection;
use super::respond::{Handler, Responder, Whole};
use super::{Calls, Faults, Service};

/// A running emulator; dropped, it stops and its connections break.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    url: String,
    calls: Calls,
    faults: Faults,
    task: JoinHandle<Infallible>,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its origin, such as `http://127.0.0.1:40000`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it was sent.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// What is to go wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a service; port 0 takes a free one. Calls and faults may be shared with other servers.
///
/// # Errors
/// An address that is not loopback, or cannot be listened on.
pub async fn serve(
    service: Arc<impl Service>,
    address: SocketAddr,
    calls: Calls,
    faults: Faults,
) -> io::Result<Server> {
    listen(Whole(service), address, calls, faults).await
}

/// Serves by a handler, as [`serve`] does by a service.
pub(crate) async fn listen(
    handler: impl Handler,
    address: SocketAddr,
    calls: Calls,
    faults: Faults,
) -> io::Result<Server> {
    if !address.ip().is_loopback() {
        let message = format!("an emulator listens on loopback only, not on {}: use 127.0.0.1", address.ip());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))?;
    let address = listener.local_addr()?;
    let responder = Responder { handler: Arc::new(handler), calls: calls.clone(), faults: faults.clone() };
    let task = tokio::spawn(accept(listener, responder));
    Ok(Server { address, url: format!("http://{address}"), calls, faults, task })
}

async fn accept(listener: TcpListener, responder: Responder<impl Handler>) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely; some will be free again.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let responder = responder.clone();
        connections.spawn(async move {
            let reset = Arc::new(AtomicBool::new(false));
            let io = TokioIo::new(Connection::new(stream, reset.clone()));
            let service = service_fn(|request| responder.respond(request, reset.clone()));
            // It ends in an error when a client goes away, or when that is what was asked for.
            let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(io, service).await;
        });
    }
}
