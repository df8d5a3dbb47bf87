//! What the gateway hands on.

use std::io;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::{Authority, Scheme, Uri};
use http::{HeaderValue, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use crate::server::{Reply, Request, reply};

/// The way to PostgREST.
pub(super) struct Proxy {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: Authority,
}

impl Proxy {
    pub(super) fn new(postgrest: &str) -> io::Result<Self> {
        let authority = postgrest.parse::<Uri>().ok().and_then(|uri| uri.into_parts().authority);
        let authority = authority.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{postgrest} is no PostgREST's address"))
        })?;
        Ok(Self { client: Client::builder(TokioExecutor::new()).build_http(), authority })
    }

    /// Sends a request on, as the bearer of a token.
    pub(super) async fn send(&self, path: &str, request: &Request, bearer: &str) -> Reply {
        match self.exchange(path, request, bearer).await {
            Some(reply) => reply,
            None => reply::json(503, &json!({ "message": "name resolution failed" })),
        }
    }

    async fn exchange(&self, path: &str, request: &Request, bearer: &str) -> Option<Reply> {
        let path = if path.is_empty() { "/" } else { path };
        let mark = if request.query.is_empty() { "" } else { "?" };
        let uri = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.authority.clone())
            .path_and_query(format!("{path}{mark}{}", request.query))
            .build()
            .ok()?;
        let mut onward = http::Request::new(Full::new(request.body.clone()));
        *onward.method_mut() = request.method.clone();
        *onward.uri_mut() = uri;
        *onward.headers_mut() = request.headers.clone();
        for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            onward.headers_mut().remove(name);
        }
        onward.headers_mut().remove("apikey");
        onward.headers_mut().insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {bearer}")).ok()?);
        let (mut head, body) = self.client.request(onward).await.ok()?.into_parts();
        for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
            head.headers.remove(name);
        }
        Some(Response::from_parts(head, body.collect().await.ok()?.to_bytes()))
    }
}
