//! The data plane of one index.

use std::sync::Arc;

use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::errors::Refusal;
use super::index::Index;
use super::version::Version;
use super::{LsnHeaders, namespaces, query, read, write};
use crate::server::reply::{self, Reply};
use crate::server::{Credential, Request, Service};

/// Two megabytes; whether Pinecone means powers of ten or of two is not known, so the fewer.
const MAX_BODY_BYTES: usize = 2_000_000;

pub(super) struct DataPlane {
    pub(super) key: String,
    pub(super) lsn_headers: LsnHeaders,
    pub(super) index: Arc<Index>,
}

/// An answer with the LSNs of what was written and of what was read.
#[derive(Default)]
struct Done {
    body: Value,
    written: Option<u64>,
    read: Option<u64>,
}

impl Service for DataPlane {
    fn credential(&self, headers: &HeaderMap) -> Credential {
        super::credential(headers, &self.key)
    }

    fn max_body_bytes(&self) -> usize {
        MAX_BODY_BYTES
    }

    fn too_large(&self) -> Reply {
        let message = format!("Error, message length too large: the limit is: {MAX_BODY_BYTES} bytes");
        Refusal { status: 413, code: 11, message }.reply()
    }

    async fn answer(&self, request: Request) -> Reply {
        match self.route(&request) {
            Ok(done) => {
                let mut reply = reply::json(200, &done.body);
                if let Some((written, read)) = self.lsn_headers.names() {
                    let mut set = |name, lsn: Option<u64>| {
                        lsn.into_iter().for_each(|lsn| reply::set(&mut reply, name, &lsn.to_string()));
                    };
                    set(written, done.written);
                    set(read, done.read);
                }
                super::identify(&mut reply);
                reply
            }
            Err(refusal) => refusal.reply(),
        }
    }
}

impl DataPlane {
    fn route(&self, request: &Request) -> Result<Done, Refusal> {
        if self.credential(&request.headers) != Credential::Right {
            let message = "Invalid API Key".to_owned();
            return Err(Refusal { status: 401, code: 16, message });
        }
        let version = Version::of(request).map_err(Refusal::invalid)?;
        let index = &*self.index;
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let written = |(body, written)| Done { body, written, ..Done::default() };
        let seen = |(body, read)| Done { body, read, ..Done::default() };
        let plain = |body| Done { body, ..Done::default() };
        Ok(match (&request.method, path.as_slice()) {
            (&Method::POST, ["vectors", "upsert"]) => written(write::upsert(index, body(request)?)?),
            (&Method::POST, ["vectors", "update"]) => written(write::update(index, body(request)?)?),
            (&Method::POST, ["vectors", "delete"]) => written(write::delete(index, body(request)?)?),
            (&Method::POST, ["query"]) => {
                let (body, lsn) = query::query(index, body(request)?)?;
                seen((body, Some(lsn).filter(|lsn| *lsn > 0)))
            }
            (&Method::GET, ["vectors", "fetch"]) => seen(read::fetch(index, request)?),
            (&Method::GET, ["vectors", "list"]) => seen(read::list(index, request)?),
            (&Method::POST, ["vectors", "fetch_by_metadata"]) if version >= Version::BY_METADATA => {
                seen(read::fetch_by_metadata(index, body(request)?)?)
            }
            (&Method::POST, ["describe_index_stats"]) => plain(read::stats(index, &body(request)?)?),
            (&Method::GET, ["describe_index_stats"]) => plain(read::stats(index, &json!({}))?),
            (&Method::GET, ["namespaces"]) if version >= Version::NAMESPACES => {
                plain(namespaces::list(index, request)?)
            }
            (&Method::POST, ["namespaces"]) if version >= Version::BY_METADATA => {
                plain(namespaces::create(index, body(request)?)?)
            }
            (&Method::GET, ["namespaces", name]) if version >= Version::NAMESPACES => {
                plain(namespaces::describe(index, name)?)
            }
            (&Method::DELETE, ["namespaces", name]) if version >= Version::NAMESPACES => {
                written((json!({}), Some(namespaces::delete(index, name)?)))
            }
            _ => return Err(Refusal::not_found("Not found")),
        })
    }
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    if !request.says_json() {
        let message = "Content-Type must be application/json".to_owned();
        return Err(Refusal { status: 415, code: 3, message });
    }
    serde_json::from_slice(&request.body).map_err(|error| Refusal::invalid(error.to_string()))
}
