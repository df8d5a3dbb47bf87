//! Requests that components send, of `wasi:http` 0.2 and 0.3 alike: checked against `allowed_outbound_hosts`,
//! sent over pooled connections with TLS. Redirects are the component's own business and are not followed.

mod body;
mod connect;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::HOST;
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::AllowedHosts;
use body::TimedBody;
use connect::{CONNECT_TIMEOUT, Connector};

/// The longest a component may wait where it says nothing, as on Spin.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);
/// How long an unused connection is kept.
const POOL_IDLE: Duration = Duration::from_secs(90);

/// The connections of the application, shared by all instances.
#[derive(Clone)]
pub struct Clients {
    client: Client<Connector, WasiBody>,
    own_address: Arc<OnceLock<SocketAddr>>,
}

impl Default for Clients {
    fn default() -> Self {
        Self {
            client: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(POOL_IDLE)
                .build(connect::connector()),
            own_address: Arc::default(),
        }
    }
}

impl Clients {
    /// Says where the application listens, so that a component can send requests to it.
    pub(crate) fn set_own_address(&self, address: SocketAddr) {
        let _ = self.own_address.set(address);
    }
}

/// One component's way out.
#[derive(Clone)]
pub struct Outbound {
    component: Arc<str>,
    allowed: Arc<AllowedHosts>,
    clients: Clients,
}

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(Response<WasiBody>, Io), Error>;

impl Outbound {
    /// The way out of `component`.
    #[must_use]
    pub fn new(component: &str, allowed: AllowedHosts, clients: Clients) -> Self {
        Self { component: component.into(), allowed: Arc::new(allowed), clients }
    }

    /// The component's name.
    pub(super) fn component(&self) -> &str {
        &self.component
    }

    /// Whether the component may send a request there.
    pub(super) fn allows(&self, uri: &Uri) -> bool {
        allows(&self.allowed, uri)
    }

    /// Checks the request and says where it goes.
    fn route(&self, uri: &Uri) -> Result<Uri, Error> {
        if !is_own_address(uri) {
            if self.allows(uri) {
                return Ok(uri.clone());
            }
            eprintln!(
                "[{}] a request to {} was denied; to allow it, add it to allowed_outbound_hosts of [component.{}]",
                self.component,
                origin(uri),
                self.component
            );
            return Err(Error::HttpRequestDenied);
        }
        if !self.allows(uri) {
            return Err(Error::HttpRequestDenied);
        }
        let address = self.clients.own_address.get().ok_or(Error::HttpRequestUriInvalid)?;
        Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(address.to_string())
            .path_and_query(uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/")))
            .build()
            .map_err(|_| Error::HttpRequestUriInvalid)
    }
}

/// A request without an authority is for the application itself; `self.alt` is for libraries that need one.
fn is_own_address(uri: &Uri) -> bool {
    matches!(uri.host(), None | Some("" | "self.alt"))
}

/// Whether these entries allow a request there.
pub(super) fn allows(hosts: &AllowedHosts, uri: &Uri) -> bool {
    if is_own_address(uri) { hosts.allows_own_address() } else { hosts.allows(&uri.to_string()) }
}

/// Scheme, host and port: what of an address is no secret.
pub(super) fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("https");
    let host = uri.host().unwrap_or("self");
    uri.port().map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"))
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let uri = match self.route(request.uri()) {
            Ok(uri) => uri,
            Err(error) => return Box::new(async { Err(error) }),
        };
        *request.uri_mut() = uri;
        // The client writes the header where the protocol has one.
        request.headers_mut().remove(HOST);
        let client = self.clients.client.clone();
        Box::new(send(client, request, options.unwrap_or_default()))
    }
}

async fn send(
    client: Client<Connector, WasiBody>,
    request: Request<WasiBody>,
    options: RequestOptions,
) -> Sent {
    let connect = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let first_byte = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let between_bytes = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let response = CONNECT_TIMEOUT.scope(connect, client.request(request));
    let response = tokio::time::timeout(first_byte, response)
        .await
        .map_err(|_| Error::ConnectionReadTimeout)?
        .map_err(|error| connect::error_of(&error))?;
    let response = response.map(|body| TimedBody::new(body, between_bytes).boxed_unsync());
    Ok((response, Box::new(async { Ok(()) })))
}
