//! The HTTP server: connections in, requests to the component their route names, responses out.

mod problem;
mod request;
mod routes;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::manifest::{HttpTrigger, StaticResponse};
use crate::runtime::Handler;
use problem::{failed, full, problem};
use routes::Routes;

/// The most connections open at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1_000;
/// The most requests worked on at once; more wait their turn.
const MAX_REQUESTS: usize = 1_000;
/// The longest a client may take to send a request's head, and to keep an unused connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// Answered by the host itself, as on Spin.
const HEALTH: &str = "/.well-known/spin/health";
/// Kept for the host, as on Spin.
const WELL_KNOWN: &str = "/.well-known/spin/";

/// The application behind the server.
pub(crate) struct Site {
    routes: Routes,
    targets: Vec<Target>,
    requests: Semaphore,
}

/// What answers a route.
pub(crate) enum Target {
    /// A component.
    Component(Handler),
    /// Always the same answer.
    Fixed(StaticResponse),
}

impl Site {
    /// A site that answers with `targets`, one for each of `triggers`.
    pub(crate) fn new(triggers: &[HttpTrigger], targets: Vec<Target>) -> Result<Self> {
        Ok(Self { routes: Routes::new(triggers)?, targets, requests: Semaphore::new(MAX_REQUESTS) })
    }

    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<WasiBody> {
        let path = request.uri().path();
        if path == HEALTH {
            return Response::new(full("OK"));
        }
        let found = if path.starts_with(WELL_KNOWN) { None } else { self.routes.find(path) };
        let Some(found) = found else {
            return problem(StatusCode::NOT_FOUND, "No route of the application matches this path.", false);
        };
        match &self.targets[found.trigger] {
            Target::Fixed(fixed) => fixed_answer(fixed),
            Target::Component(handler) => {
                let mut request = request.map(|body| body.map_err(Error::from).boxed_unsync());
                if let Err(reason) = request::complete_uri(&mut request) {
                    return problem(StatusCode::BAD_REQUEST, &reason, false);
                }
                request::add_headers(&mut request, &found, client);
                let Ok(_turn) = self.requests.acquire().await else {
                    return problem(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.", true);
                };
                handler.handle(request).await.unwrap_or_else(|failure| failed(&failure))
            }
        }
    }
}

fn fixed_answer(fixed: &StaticResponse) -> Response<WasiBody> {
    let mut response = Response::builder().status(fixed.status_code.unwrap_or(200));
    for (name, value) in &fixed.headers {
        response = response.header(name, value);
    }
    let body = Bytes::from(fixed.body.clone().unwrap_or_default());
    response.body(full(body)).unwrap_or_else(|error| {
        let detail = format!("The static response of this route is not valid: {error}.");
        problem(StatusCode::INTERNAL_SERVER_ERROR, &detail, false)
    })
}

/// Opens the address to listen on.
///
/// # Errors
/// When it is taken or not of this machine.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {address}; use --listen to name another address, with port 0 for any free one"
        )
    })
}

/// Serves until `stop` resolves, then finishes the requests under way for at most `drain`.
pub(crate) async fn serve(
    listener: TcpListener,
    site: Arc<Site>,
    stop: impl Future<Output = ()>,
    drain: Duration,
) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let Some((stream, client, place)) = accepted else { continue };
        let connection = connection(stream, client, site.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away, or speaks no HTTP, is no event worth a line.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(drain, graceful.shutdown()).await;
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, connections: &Arc<Semaphore>) -> Option<Accepted> {
    let place = connections.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, client)) => {
            // Without this a small part of a response may wait for the acknowledgement of the one before.
            let _ = stream.set_nodelay(true);
            Some((stream, client, place))
        }
        Err(_) => {
            // Out of file descriptors, most likely: others must close first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn connection(
    stream: TcpStream,
    client: SocketAddr,
    site: Arc<Site>,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = Box<dyn std::error::Error + Send + Sync>> + Send
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEADER_TIMEOUT);
    let service = service_fn(move |request| {
        let site = site.clone();
        async move { Ok::<_, Infallible>(site.answer(request, client).await) }
    });
    builder.serve_connection(TokioIo::new(stream), service).into_owned()
}
