//! Supabase's gateway: `/rest/v1` in front of a real PostgREST, `/storage/v1` (see [`storage`]), and the rules for keys of both generations.
//!
//! `apikey` is always required, but for Storage, which everyone may read public buckets and signed URLs of. It is a publishable or secret key, or one of the two legacy keys. Without `Authorization`, or with the key itself in it, a
//! key of the new kind is replaced by a token of its role that lives for a minute, as PostgREST reads nothing but tokens. Any other bearer
//! is handed on for PostgREST to judge. Secret keys are refused where a browser sends them.
//!
//! Rows are cut at 1,000 and statements ended by PostgREST and PostgreSQL, set up as `peers` does it; the gateway ends requests. Bodies are held in memory,
//! of requests up to 50 MiB.
//!
//! The project signs with HS256, so `/auth/v1/.well-known/jwks.json` is empty, unless it is given keys to publish. Not emulated: the rest of Auth, Realtime, Functions.

mod jwt;
mod keys;
pub mod storage;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::proxy::Onward;
use crate::server::{Calls, Credential, Faults, Reply, Request, Server, Service, reply, serve};
pub use jwt::{ISSUER, user_token};
pub use keys::Keys;
use keys::Refusal;
use storage::{Bucket, MAX_OBJECT_BYTES, Storage};

/// An object of the largest size, and room for the form around it.
const MAX_BODY_BYTES: usize = MAX_OBJECT_BYTES + 65_536;
const REST: &str = "/rest/v1";
const STORAGE: &str = "/storage/v1";

/// How Supabase's gateway is emulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The PostgREST behind it, such as `http://127.0.0.1:40000`.
    pub postgrest: String,
    /// What PostgREST checks tokens with; 32 bytes or more.
    pub jwt_secret: String,
    /// The public keys that the project publishes, as JSON Web Keys; none unless set.
    pub published_keys: Vec<Value>,
    /// The buckets that Storage begins with.
    pub buckets: Vec<Bucket>,
    /// How long a request may take before it is answered 504; 60 seconds unless set.
    pub deadline: Duration,
}

impl Options {
    /// A gateway on a free port.
    pub fn new(postgrest: impl Into<String>, jwt_secret: impl Into<String>) -> Self {
        let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        let deadline = Duration::from_mins(1);
        let (postgrest, jwt_secret) = (postgrest.into(), jwt_secret.into());
        Self { address, postgrest, jwt_secret, published_keys: Vec::new(), buckets: Vec::new(), deadline }
    }

    /// The keys that are right.
    #[must_use]
    pub fn keys(&self) -> Keys {
        Keys::new(&self.jwt_secret)
    }
}

/// Starts the gateway. A project's address, as clients take it, is [`Server::url`].
///
/// # Errors
/// An address that is not loopback or is taken; a PostgREST that has no address.
pub async fn start(options: Options) -> io::Result<Server> {
    let gateway = Gateway {
        keys: options.keys(),
        postgrest: Onward::new(&options.postgrest)?,
        storage: Storage::new(options.buckets, &options.jwt_secret),
        jwt_secret: options.jwt_secret,
        published_keys: options.published_keys,
        deadline: options.deadline,
    };
    serve(Arc::new(gateway), options.address, Calls::default(), Faults::default()).await
}

struct Gateway {
    keys: Keys,
    postgrest: Onward<Full<Bytes>>,
    storage: Storage,
    jwt_secret: String,
    published_keys: Vec<Value>,
    deadline: Duration,
}

impl Service for Gateway {
    fn credential(&self, headers: &HeaderMap) -> Credential {
        match self.keys.authorise(headers, &self.jwt_secret) {
            Ok(_) => Credential::Right,
            Err(Refusal::Missing) => Credential::Missing,
            Err(_) => Credential::Wrong,
        }
    }

    fn max_body_bytes(&self) -> usize {
        MAX_BODY_BYTES
    }

    fn too_large(&self) -> Reply {
        reply::json(413, &json!({ "message": "Payload too large" }))
    }

    async fn answer(&self, request: Request) -> Reply {
        if request.path == "/auth/v1/.well-known/jwks.json" {
            return match request.method {
                Method::GET => reply::json(200, &json!({ "keys": self.published_keys })),
                _ => reply::json(405, &json!({ "message": "Method not allowed" })),
            };
        }
        let below = |base: &str| {
            request.path.strip_prefix(base).filter(|path| path.is_empty() || path.starts_with('/'))
        };
        if let Some(path) = below(STORAGE) {
            return match self.keys.authorise_storage(&request.headers, &self.jwt_secret) {
                Err(refusal) => refusal.reply(),
                Ok(bearer) => self.storage.answer(path, &request, bearer.as_deref()).await,
            };
        }
        let Some(path) = below(REST) else {
            return reply::json(404, &json!({ "message": "no Route matched with those values" }));
        };
        match self.keys.authorise(&request.headers, &self.jwt_secret) {
            Err(refusal) => refusal.reply(),
            Ok(bearer) => match timeout(self.deadline, self.hand_on(path, &request, &bearer)).await {
                Ok(reply) => reply,
                Err(_) => reply::json(504, &json!({ "message": "The upstream server is timing out" })),
            },
        }
    }
}

impl Gateway {
    /// Sends a request on to PostgREST, as the bearer of a token.
    async fn hand_on(&self, path: &str, request: &Request, bearer: &str) -> Reply {
        match self.exchange(path, request, bearer).await {
            Some(reply) => reply,
            None => reply::json(503, &json!({ "message": "name resolution failed" })),
        }
    }

    async fn exchange(&self, path: &str, request: &Request, bearer: &str) -> Option<Reply> {
        let path = if path.is_empty() { "/" } else { path };
        let mark = if request.query.is_empty() { "" } else { "?" };
        let mut onward = http::Request::new(Full::new(request.body.clone()));
        *onward.method_mut() = request.method.clone();
        *onward.uri_mut() = format!("{path}{mark}{}", request.query).parse().ok()?;
        *onward.headers_mut() = request.headers.clone();
        for name in [HOST, CONTENT_LENGTH, HeaderName::from_static("apikey")] {
            onward.headers_mut().remove(name);
        }
        onward.headers_mut().insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {bearer}")).ok()?);
        let (mut head, body) = self.postgrest.send(onward).await.ok()?.into_parts();
        head.headers.remove(CONTENT_LENGTH);
        Some(Response::from_parts(head, body.collect().await.ok()?.to_bytes()))
    }
}
