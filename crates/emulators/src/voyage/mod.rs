//! Voyage AI: `POST /v1/embeddings` and `POST /v1/rerank`.
//!
//! Vectors are those of [`lexical`], brought to the model's size: texts that share words are near to one another. All models share one space. Tokens
//! are estimated by `chunking::estimate_tokens`, as the models' tokenisers are not at hand.
//!
//! What Voyage's documents leave open is decided so: `voyage-3` has 1,024 dimensions and `voyage-3-lite` 512, and neither they nor the `-2` models give
//! anything but floats; every list may have 1,000 texts; fields that Voyage does not know get 400; vectors have length 1.
//!
//! Not emulated: `POST /v1/contextualizedembeddings`, multimodal embeddings, rate limits (use [`Fault`](crate::Fault)), MongoDB's own address.

mod embeddings;
mod errors;
mod fields;
mod models;
mod rerank;
mod vectors;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, Method};

use crate::server::{Calls, Credential, Faults, Reply, Request, Server, Service, bearer, reply, serve};
use errors::Refusal;

const MAX_BODY_BYTES: usize = 64 << 20;

/// How Voyage is emulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The key that is right.
    pub key: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0), key: "pa-emulated".to_owned() }
    }
}

/// Starts Voyage. Its base address, as clients take it, is [`Server::url`] and `/v1`.
///
/// # Errors
/// An address that is not loopback or is taken.
pub async fn start(options: Options) -> io::Result<Server> {
    let service = Voyage { key: options.key };
    serve(Arc::new(service), options.address, Calls::default(), Faults::default()).await
}

struct Voyage {
    key: String,
}

impl Service for Voyage {
    fn credential(&self, headers: &HeaderMap) -> Credential {
        bearer(headers, &self.key)
    }

    fn max_body_bytes(&self) -> usize {
        MAX_BODY_BYTES
    }

    fn too_large(&self) -> Reply {
        Refusal::with_status(413, "Request entity too large").reply()
    }

    async fn answer(&self, request: Request) -> Reply {
        let refuse = |status, detail| Refusal::with_status(status, detail).reply();
        if self.credential(&request.headers) != Credential::Right {
            return refuse(401, "Provided API key is invalid.");
        }
        let answer = match (request.path.as_str(), &request.method) {
            ("/v1/embeddings", &Method::POST) => embeddings::answer(&request),
            ("/v1/rerank", &Method::POST) => rerank::answer(&request),
            ("/v1/embeddings" | "/v1/rerank", _) => return refuse(405, "Method Not Allowed"),
            _ => return refuse(404, "Not Found"),
        };
        answer.map_or_else(|refusal| refusal.reply(), |body| reply::json(200, &body))
    }
}
