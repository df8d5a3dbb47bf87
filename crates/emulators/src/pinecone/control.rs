//! The control plane: indexes come and go, each with a server of its own.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::json;

use super::create::{self, Declared};
use super::data::DataPlane;
use super::describe::{self, State};
use super::errors::control as refusal;
use super::index::Index;
use super::version::Version;
use super::{HostForm, LsnHeaders};
use crate::server::reply::{self, Reply};
use crate::server::{Calls, Credential, Faults, Request, Server, Service, serve};

const MAX_BODY_BYTES: usize = 1 << 20;

pub(super) struct ControlPlane {
    pub(super) key: String,
    pub(super) lag: u32,
    pub(super) lsn_headers: LsnHeaders,
    pub(super) host_form: HostForm,
    pub(super) initializing: u32,
    pub(super) max_indexes: usize,
    pub(super) first_port: u16,
    pub(super) calls: Calls,
    pub(super) faults: Faults,
    pub(super) indexes: Mutex<BTreeMap<String, Entry>>,
}

pub(super) struct Entry {
    declared: Declared,
    server: Server,
    host: String,
    /// So many times it will still be shown as initializing.
    initializing: u32,
}

impl Service for ControlPlane {
    fn credential(&self, headers: &HeaderMap) -> Credential {
        super::credential(headers, &self.key)
    }

    fn max_body_bytes(&self) -> usize {
        MAX_BODY_BYTES
    }

    fn too_large(&self) -> Reply {
        refusal(413, "INVALID_ARGUMENT", "The request is too large")
    }

    async fn answer(&self, request: Request) -> Reply {
        let mut reply = self.route(&request).await.unwrap_or_else(|refusal| *refusal);
        super::identify(&mut reply);
        reply
    }
}

impl ControlPlane {
    async fn route(&self, request: &Request) -> Result<Reply, Box<Reply>> {
        if self.credential(&request.headers) != Credential::Right {
            return Err(Box::new(refusal(401, "UNAUTHENTICATED", "Invalid API Key")));
        }
        let version =
            Version::of(request).map_err(|message| Box::new(refusal(400, "INVALID_ARGUMENT", &message)))?;
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (&request.method, path.as_slice()) {
            (&Method::GET, ["indexes"]) => {
                let mut indexes = self.lock();
                let shown: Vec<_> = indexes.values_mut().map(|entry| entry.shown(version)).collect();
                Ok(reply::json(200, &json!({ "indexes": shown })))
            }
            (&Method::POST, ["indexes"]) => {
                let declared = if version >= Version::SCHEMA {
                    create::with_schema(request)?
                } else {
                    create::classic(request)?
                };
                self.create(declared, version).await
            }
            (&Method::GET, ["indexes", name]) => {
                self.with(name, |entry| Ok(reply::json(200, &entry.shown(version))))
            }
            (&Method::PATCH, ["indexes", name]) => self.with(name, |entry| {
                create::change(request, &mut entry.declared)?;
                let status = if version >= Version::SCHEMA { 200 } else { 202 };
                Ok(reply::json(status, &entry.shown(version)))
            }),
            (&Method::DELETE, ["indexes", name]) => {
                self.with(name, |entry| {
                    if entry.declared.is_protected {
                        let message = "Deletion protection is enabled for this index. Disable deletion protection before retrying.";
                        return Err(Box::new(refusal(403, "FORBIDDEN", message)));
                    }
                    Ok(())
                })?;
                self.lock().remove(*name);
                Ok(reply::with_type(202, "text/plain", Bytes::new()))
            }
            _ => Err(Box::new(refusal(404, "NOT_FOUND", "Not found"))),
        }
    }

    /// Makes an index and starts its server.
    pub(super) async fn create(&self, declared: Declared, version: Version) -> Result<Reply, Box<Reply>> {
        let name = declared.name.clone();
        let count = {
            let indexes = self.lock();
            if indexes.contains_key(&name) {
                return Err(Box::new(refusal(409, "ALREADY_EXISTS", "Resource already exists")));
            }
            indexes.len()
        };
        if count >= self.max_indexes {
            let message = format!(
                "Request failed. You've reached the max number of serverless indexes allowed: {}",
                self.max_indexes
            );
            return Err(Box::new(refusal(403, "FORBIDDEN", &message)));
        }
        let service = DataPlane {
            key: self.key.clone(),
            lsn_headers: self.lsn_headers,
            index: Arc::new(Index::new(declared.shape, self.lag)),
        };
        let server = self.listen(Arc::new(service)).await.map_err(|error| {
            Box::new(refusal(500, "INTERNAL", &format!("the emulator cannot serve another index: {error}")))
        })?;
        let host = match self.host_form {
            HostForm::Bare => server.address().to_string(),
            HostForm::WithScheme => server.url().to_owned(),
        };
        let mut entry = Entry { declared, server, host, initializing: self.initializing };
        let shown = entry.shown(version);
        self.lock().entry(name).or_insert(entry);
        Ok(reply::json(201, &shown))
    }

    /// On the first free port from the first one on, or on any where there is no first one.
    async fn listen(&self, service: Arc<DataPlane>) -> std::io::Result<Server> {
        let taken: Vec<u16> = self.lock().values().map(|entry| entry.server.address().port()).collect();
        let ports =
            (self.first_port..self.first_port.saturating_add(100)).filter(|port| !taken.contains(port));
        let port = if self.first_port == 0 { 0 } else { ports.into_iter().next().unwrap_or(0) };
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        serve(service, address, self.calls.clone(), self.faults.clone()).await
    }

    /// The origin of an index's data plane.
    pub(super) fn index_url(&self, name: &str) -> Option<String> {
        self.lock().get(name).map(|entry| entry.server.url().to_owned())
    }

    /// Lets an index be ready at once.
    pub(super) fn finish(&self, name: &str) {
        if let Some(entry) = self.lock().get_mut(name) {
            entry.initializing = 0;
        }
    }

    fn with<T>(
        &self,
        name: &str,
        f: impl FnOnce(&mut Entry) -> Result<T, Box<Reply>>,
    ) -> Result<T, Box<Reply>> {
        let mut indexes = self.lock();
        let missing = || Box::new(refusal(404, "NOT_FOUND", &format!("Resource {name} not found")));
        f(indexes.get_mut(name).ok_or_else(missing)?)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn shown(&mut self, version: Version) -> serde_json::Value {
        let is_ready = self.initializing == 0;
        self.initializing = self.initializing.saturating_sub(1);
        let state = State { is_ready, host: is_ready.then_some(self.host.as_str()) };
        describe::index(&self.declared, &state, version)
    }
}
