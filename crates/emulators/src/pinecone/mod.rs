//! Pinecone: the control plane, and a data plane for each index at an address of its own, with exact answers.
//!
//! API versions 2024-07 to 2026-04 in the classic form, and 2026-07 with `schema` and `deployment` for indexes of the fields `_values` and
//! `_sparse_values`. A write is seen after a number of reads of its namespace that can be set; its LSN tells.
//!
//! What Pinecone's documents leave open is decided so: counts of `/namespaces` are strings, as its SDK says they come; unknown fields of a request
//! are refused; a request has at most 2,000,000 bytes, and a larger one gets 413; deleting from a namespace that does not exist gets 404, reading
//! from it an empty answer; an update of an unknown id changes nothing; of two records of one id in a request, the last one stays; null in metadata
//! is refused, though Pinecone may drop it without a word.
//!
//! Not emulated: the Documents API, integrated embedding and search by text, pods, collections, backups, imports, read capacity, rate limits (use
//! [`Fault`](crate::Fault)), approximate search.

mod control;
mod create;
mod data;
mod describe;
mod errors;
mod filter;
mod index;
mod namespace;
mod namespaces;
mod query;
mod read;
mod record;
mod version;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use http::HeaderMap;

use crate::server::{Calls, Credential, Faults, Reply, Server, reply, serve};
use control::ControlPlane;
use create::Declared;
use index::{Shape, VectorType};
use version::Version;

pub use index::Metric;

/// How Pinecone is emulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the control plane listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The port of the first index, the next one for the second, and so on; 0 takes free ones.
    pub first_index_port: u16,
    /// The key that is right.
    pub key: String,
    /// Indexes that are there from the start, and ready.
    pub indexes: Vec<NewIndex>,
    /// So many reads of a namespace do not see a write to it.
    pub lag: u32,
    /// Under which names LSNs are told.
    pub lsn_headers: LsnHeaders,
    /// How an index's `host` is told.
    pub host_form: HostForm,
    /// So many times a new index is shown as initializing, without a host.
    pub initializing: u32,
    /// The most indexes.
    pub max_indexes: usize,
}

/// An index to begin with; dense, in `us-east-1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIndex {
    /// Its name.
    pub name: String,
    /// The size of its vectors.
    pub dimension: usize,
    /// How near two vectors are.
    pub metric: Metric,
}

/// The names of the headers that tell LSNs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LsnHeaders {
    /// `x-pinecone-request-lsn` and `x-pinecone-max-indexed-lsn`.
    #[default]
    Current,
    /// `x-pinecone-lsn-committed` and `x-pinecone-lsn-reconciled`.
    Old,
    /// They are not told.
    None,
}

impl LsnHeaders {
    fn names(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Current => Some(("x-pinecone-request-lsn", "x-pinecone-max-indexed-lsn")),
            Self::Old => Some(("x-pinecone-lsn-committed", "x-pinecone-lsn-reconciled")),
            Self::None => None,
        }
    }
}

/// How an index's `host` is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostForm {
    /// As Pinecone does: host and port, no scheme. Clients then put `https://` before it, unless told better.
    #[default]
    Bare,
    /// With `http://`, for clients that cannot be told better.
    WithScheme,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            first_index_port: 0,
            key: "pcsk_emulated".to_owned(),
            indexes: Vec::new(),
            lag: 0,
            lsn_headers: LsnHeaders::default(),
            host_form: HostForm::default(),
            initializing: 1,
            max_indexes: 20,
        }
    }
}

/// Pinecone, running.
pub struct Pinecone {
    server: Server,
    control: Arc<ControlPlane>,
}

impl Pinecone {
    /// The control plane's origin.
    #[must_use]
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The origin of an index's data plane.
    #[must_use]
    pub fn index_url(&self, name: &str) -> Option<String> {
        self.control.index_url(name)
    }

    /// What both planes were sent.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        self.server.calls()
    }

    /// What is to go wrong on both planes.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        self.server.faults()
    }
}

/// Starts Pinecone.
///
/// # Errors
/// An address that is not loopback or is taken, and indexes that Pinecone would refuse.
pub async fn start(options: Options) -> io::Result<Pinecone> {
    let control = Arc::new(ControlPlane {
        key: options.key,
        lag: options.lag,
        lsn_headers: options.lsn_headers,
        host_form: options.host_form,
        initializing: options.initializing,
        max_indexes: options.max_indexes,
        first_port: options.first_index_port,
        calls: Calls::default(),
        faults: Faults::default(),
        indexes: Mutex::default(),
    });
    for index in options.indexes {
        let name = index.name.clone();
        let shape = Shape {
            dimension: index.dimension,
            metric: index.metric,
            vector_type: VectorType::Dense,
            sparse_field: None,
        };
        let declared = Declared {
            name: index.name,
            shape,
            cloud: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            is_protected: false,
            tags: BTreeMap::new(),
        };
        let made = match create::checked(declared) {
            Ok(declared) => control.create(declared, Version::SCHEMA).await,
            Err(refusal) => Err(refusal),
        };
        made.map_err(|refusal| {
            let message = format!("the index {name:?}: {}", String::from_utf8_lossy(refusal.body()));
            io::Error::new(io::ErrorKind::InvalidInput, message)
        })?;
        control.finish(&name);
    }
    let (calls, faults) = (control.calls.clone(), control.faults.clone());
    let server = serve(control.clone(), options.address, calls, faults).await?;
    Ok(Pinecone { server, control })
}

fn credential(headers: &HeaderMap, key: &str) -> Credential {
    match headers.get("api-key") {
        None => Credential::Missing,
        Some(value) if value.as_bytes() == key.as_bytes() => Credential::Right,
        Some(_) => Credential::Wrong,
    }
}

/// Gives an answer an id, for support.
fn identify(reply: &mut Reply) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    reply::set(reply, "x-pinecone-request-id", &format!("{id:016x}"));
}
