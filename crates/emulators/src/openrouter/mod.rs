//! OpenRouter: chat completions, plain and streamed, with structured output; `/api/v1/key`, `/api/v1/generation`, `/api/v1/models`.
//!
//! A model answers with sentences of the messages, chosen by [`lexical::generation`]; with a JSON Schema, by filling it. It says where each
//! request's tokens (estimated) and cost went. What real models do wrong, it does on demand: [`acts`].
//!
//! What OpenRouter's documents leave open is decided so: models of OpenAI's take no fewer than 16 `max_tokens`; a schema that the generator cannot fill is
//! the provider's error, 400.
//!
//! Not emulated: tools, reasoning, plugins, pictures, embeddings, choice of providers by name, data policies, rate limits (use
//! [`Fault`](crate::Fault)).

pub mod acts;
mod ask;
mod chat;
mod errors;
mod generate;
mod ledger;
mod models;
mod stream;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::server::reply::{self, Reply};
use crate::server::{Calls, Credential, Faults, Request, Server, Service, bearer, serve};
use errors::Refusal;
use ledger::Ledger;

pub use models::Model;

const MAX_BODY_BYTES: usize = 32 << 20;

/// How OpenRouter is emulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The key that is right.
    pub key: String,
    /// The models there are.
    pub models: Vec<Model>,
    /// The one that answers where none is named.
    pub default_model: String,
    /// The key's limit in US dollars; past it, requests get 402.
    pub limit: Option<f64>,
    /// So many times a generation's statistics are not there yet.
    pub stats_after: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            key: "sk-or-v1-emulated".to_owned(),
            models: models::usual(),
            default_model: "openai/gpt-4o-mini".to_owned(),
            limit: None,
            stats_after: 0,
        }
    }
}

/// Starts OpenRouter. Its base address, as clients take it, is [`Server::url`] and `/api/v1`.
///
/// # Errors
/// An address that is not loopback or is taken.
pub async fn start(options: Options) -> io::Result<Server> {
    let service = OpenRouter {
        key: options.key,
        models: options.models,
        default_model: options.default_model,
        limit: options.limit,
        ledger: Ledger::new(options.stats_after),
    };
    serve(Arc::new(service), options.address, Calls::default(), Faults::default()).await
}

struct OpenRouter {
    key: String,
    models: Vec<Model>,
    default_model: String,
    limit: Option<f64>,
    ledger: Ledger,
}

impl Service for OpenRouter {
    fn credential(&self, headers: &HeaderMap) -> Credential {
        bearer(headers, &self.key)
    }

    fn max_body_bytes(&self) -> usize {
        MAX_BODY_BYTES
    }

    fn too_large(&self) -> Reply {
        let metadata = json!({ "error_type": "payload_too_large" });
        Refusal::new(413, "Request payload too large").with(metadata).reply()
    }

    fn acts(&self) -> &'static [&'static str] {
        &acts::ALL
    }

    async fn answer(&self, request: Request) -> Reply {
        self.route(&request).unwrap_or_else(|refusal| refusal.reply())
    }
}

impl OpenRouter {
    fn route(&self, request: &Request) -> Result<Reply, Refusal> {
        let path = request.path.trim_end_matches('/');
        if (path, &request.method) == ("/api/v1/models", &Method::GET) {
            return Ok(reply::json(200, &self.list()));
        }
        match self.credential(&request.headers) {
            Credential::Right => {}
            Credential::Missing => return Err(Refusal::new(401, "No auth credentials found")),
            Credential::Wrong | Credential::Brought => return Err(Refusal::new(401, "User not found.")),
        }
        match (path, &request.method) {
            ("/api/v1/chat/completions", &Method::POST) => {
                if self.limit.is_some_and(|limit| self.ledger.spent() >= limit) {
                    return Err(acts::refusal(acts::KEY_LIMIT).unwrap_or_else(|| Refusal::new(402, "")));
                }
                self.chat(request)
            }
            ("/api/v1/key", &Method::GET) => Ok(reply::json(200, &self.key_info())),
            ("/api/v1/generation", &Method::GET) => {
                let id = request.parameter("id").ok_or_else(|| Refusal::bad("id is required"))?;
                let missing = || Refusal::new(404, &format!("Generation {id} not found"));
                let stats = self.ledger.stats(&id).ok_or_else(missing)?;
                Ok(reply::json(200, &json!({ "data": stats })))
            }
            _ => Err(Refusal::new(404, "Not Found")),
        }
    }

    fn key_info(&self) -> Value {
        let spent = self.ledger.spent();
        json!({ "data": {
            "label": "sk-or-v1-emu...ted",
            "limit": self.limit,
            "limit_remaining": self.limit.map(|limit| (limit - spent).max(0.0)),
            "limit_reset": null,
            "usage": spent,
            "usage_daily": spent,
            "usage_weekly": spent,
            "usage_monthly": spent,
            "byok_usage": 0,
            "byok_usage_daily": 0,
            "byok_usage_weekly": 0,
            "byok_usage_monthly": 0,
            "include_byok_in_limit": false,
            "creator_user_id": null,
            "is_free_tier": false,
            "is_management_key": false,
            "is_provisioning_key": false,
            "rate_limit": { "requests": -1, "interval": "10s", "note": "Deprecated." },
        }})
    }

    fn list(&self) -> Value {
        let shown: Vec<_> = self.models.iter().map(Model::shown).collect();
        json!({ "total_count": shown.len(), "links": { "next": null }, "data": shown })
    }
}
