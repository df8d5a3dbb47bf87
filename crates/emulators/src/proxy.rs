//! A proxy in front of a real server, such as an S3, by which it fails on demand and its calls are recorded, as an emulator's are.
//!
//! Requests go on as they came, `Host` included, since signatures cover it: only what concerns a single connection is left out. Bodies stream both ways, in
//! constant memory whatever their length.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use http::header::{AUTHORIZATION, CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::server::{Arriving, Calls, Credential, Faults, Handler, Outgoing, Server, listen, reply};

/// Headers of a connection, not of the message on it (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// What is put a proxy in front of.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The server behind it, such as `http://127.0.0.1:40000`.
    pub origin: String,
}

impl Options {
    /// A proxy on a free port.
    pub fn new(origin: impl Into<String>) -> Self {
        Self { address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0), origin: origin.into() }
    }
}

/// Starts a proxy. When the server behind it does not answer, it answers 502.
///
/// # Errors
/// An address that is not loopback or is taken; an origin that has no address.
pub async fn start(options: Options) -> io::Result<Server> {
    let proxy = Proxy(Onward::new(&options.origin)?);
    listen(proxy, options.address, Calls::default(), Faults::default()).await
}

struct Proxy(Onward<Arriving>);

impl Handler for Proxy {
    fn credential(&self, head: &Parts) -> Credential {
        let is_signed = head.uri.query().is_some_and(|query| query.contains("X-Amz-Signature="));
        match head.headers.contains_key(AUTHORIZATION) || is_signed {
            true => Credential::Brought,
            false => Credential::Missing,
        }
    }

    async fn handle(&self, head: Parts, body: Arriving, _: Option<String>) -> io::Result<Response<Outgoing>> {
        Ok(match self.0.send(Request::from_parts(head, body)).await {
            Ok(response) => response.map(|body| body.map_err(io::Error::other).boxed_unsync().into()),
            Err(error) => {
                let message = format!("the server behind the proxy does not answer: {error}");
                reply::text(502, &message).map(Outgoing::whole)
            }
        })
    }
}

/// The way to the server behind.
pub(crate) struct Onward<B> {
    client: Client<HttpConnector, B>,
    authority: Authority,
}

impl<B> Onward<B>
where
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + Unpin + 'static,
{
    /// To a server at this origin.
    pub(crate) fn new(origin: &str) -> io::Result<Self> {
        let authority = origin.parse::<Uri>().ok().and_then(|uri| uri.into_parts().authority);
        let authority = authority.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{origin} is no server's address"))
        })?;
        Ok(Self { client: Client::builder(TokioExecutor::new()).build_http(), authority })
    }

    /// Sends a request on, with its own `Host` where it has one.
    pub(crate) async fn send(&self, mut request: Request<B>) -> io::Result<Response<Incoming>> {
        let mut uri = std::mem::take(request.uri_mut()).into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(self.authority.clone());
        *request.uri_mut() = Uri::from_parts(uri).map_err(io::Error::other)?;
        drop_connections(request.headers_mut());
        let mut response = self.client.request(request).await.map_err(io::Error::other)?;
        drop_connections(response.headers_mut());
        Ok(response)
    }
}

fn drop_connections(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}
