//! Which keys open the gateway, and as which role.

use http::HeaderMap;
use http::header::{AUTHORIZATION, USER_AGENT};
use serde_json::json;

use super::jwt;
use crate::server::{Reply, reply};

/// How long a token lives that stands in for a key, in seconds.
const STAND_IN_SECONDS: u64 = 60;
/// When legacy keys were made, 2026-01-01: they are the same whenever they are asked for.
const LEGACY_FROM: u64 = 1_767_225_600;
/// How long legacy keys live, in seconds: ten years.
const LEGACY_SECONDS: u64 = 315_360_000;
const ANON: &str = "anon";
const SERVICE: &str = "service_role";

/// The four keys of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Of the new kind, for what everyone may do.
    pub publishable: String,
    /// Of the new kind, past row-level security.
    pub secret: String,
    /// The legacy key for what everyone may do: a token.
    pub anon: String,
    /// The legacy key past row-level security: a token.
    pub service_role: String,
}

/// Why a request does not come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Missing,
    Invalid,
    Browser,
}

impl Keys {
    pub(super) fn new(jwt_secret: &str) -> Self {
        Self {
            publishable: "sb_publishable_emulated".to_owned(),
            secret: "sb_secret_emulated".to_owned(),
            anon: jwt::of_role(jwt_secret, ANON, LEGACY_FROM, LEGACY_SECONDS),
            service_role: jwt::of_role(jwt_secret, SERVICE, LEGACY_FROM, LEGACY_SECONDS),
        }
    }

    /// The bearer token that Storage is to be sent, if any: it asks for none where a bucket or a signed URL lets everyone read.
    pub(super) fn authorise_storage(
        &self,
        headers: &HeaderMap,
        jwt_secret: &str,
    ) -> Result<Option<String>, Refusal> {
        match self.authorise(headers, jwt_secret) {
            Ok(bearer) => Ok(Some(bearer)),
            Err(Refusal::Missing) => {
                let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
                Ok(value.map(|value| value.strip_prefix("Bearer ").unwrap_or(value).to_owned()))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// The bearer token that PostgREST is to be sent.
    pub(super) fn authorise(&self, headers: &HeaderMap, jwt_secret: &str) -> Result<String, Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let key = text("apikey").filter(|key| !key.is_empty()).ok_or(Refusal::Missing)?;
        let (role, is_legacy) = match key {
            _ if key == self.publishable => (ANON, false),
            _ if key == self.secret => (SERVICE, false),
            _ if key == self.anon => (ANON, true),
            _ if key == self.service_role => (SERVICE, true),
            _ => return Err(Refusal::Invalid),
        };
        let from_browser = text(USER_AGENT.as_str()).is_some_and(|agent| agent.starts_with("Mozilla/"));
        if key == self.secret && from_browser {
            return Err(Refusal::Browser);
        }
        let bearer = text(AUTHORIZATION.as_str()).map(|value| value.strip_prefix("Bearer ").unwrap_or(value));
        match bearer {
            Some(token) if token != key => {
                if token.starts_with("sb_") {
                    return Err(Refusal::Invalid);
                }
                Ok(token.to_owned())
            }
            _ if is_legacy => Ok(key.to_owned()),
            _ => Ok(jwt::of_role(jwt_secret, role, jwt::now(), STAND_IN_SECONDS)),
        }
    }
}

impl Refusal {
    /// The gateway's answer, which is not shaped like PostgREST's.
    pub(super) fn reply(self) -> Reply {
        let (message, hint) = match self {
            Self::Missing => {
                ("No API key found in request", "No `apikey` request header or url param was found.")
            }
            Self::Invalid => {
                ("Invalid API key", "Double check your Supabase `anon` or `service_role` API key.")
            }
            Self::Browser => (
                "Forbidden use of secret API key in browser",
                "Secret API keys can only be used in a protected environment and should never be used in a browser.",
            ),
        };
        reply::json(401, &json!({ "message": message, "hint": hint }))
    }
}
