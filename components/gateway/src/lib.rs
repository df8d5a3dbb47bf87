//! The gateway: Serene's HTTP API over one of each stage.
//!
//! It decides nothing about documents: `http-api` knows the routes and HTTP's rules, `pipeline` the flows. Here a request is handed to a
//! flow, and a flow's outcome to a response.

mod access;
mod config;
mod events;
mod idempotency;
mod pipe;
mod request;
mod respond;
mod routes;
mod stages;
mod supabase_storage;

#[allow(unsafe_code, missing_docs, clippy::all, unused_qualifications)]
mod bindings {
    wit_bindgen::generate!({
        path: [
            "../../wit/types",
            "../../wit/object-store",
            "../../wit/record-store",
            "../../wit/vector-index",
            "../../wit/extractor",
            "../../wit/transformer",
            "../../wit/chunker",
            "../../wit/embedder",
            "../../wit/generator",
            "../../wit/reranker",
            "../../wit/gateway",
        ],
        world: "serene:gateway/gateway",
        generate_all,
        async: true,
    });
}

use std::convert::Infallible;
use std::time::{SystemTime, UNIX_EPOCH};

use spin_sdk::http::{BoxBody, Request, Response};
use spin_sdk::http_service;

/// Time and randomness from WASI.
struct Wasi;

impl pipeline::Environment for Wasi {
    fn now_ms(&self) -> u64 {
        now_ms()
    }

    fn random(&self) -> u128 {
        u128::from_ne_bytes(random())
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // WASI's random source does not fail; were it to, ids made of zeros would collide, so stop there.
    getrandom::fill(&mut bytes).expect("WASI gives random bytes");
    bytes
}

#[http_service]
async fn handle(request: Request) -> Result<Response<BoxBody>, Infallible> {
    Ok(request::serve(request).await)
}
