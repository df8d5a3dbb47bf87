//! A key's row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{BodyDigest, KeyedRequest};
use crate::ledger::{millis, row};
use crate::stages::{Filter, Row};
use crate::{Error, Result};

pub(super) const TABLE: &str = "idempotency_keys";

/// The answer to a request, as it is given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case to values.
    pub headers: BTreeMap<String, String>,
    /// At most [`MAX_ANSWER_BYTES`](super::MAX_ANSWER_BYTES), without U+0000.
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KeyRow {
    /// A hash of the caller, the relationship and the key.
    pub(super) id: String,
    relationship_id: String,
    pub(super) target_sha256: String,
    seed: String,
    /// Names the claim: whoever does the request, or did it.
    #[serde(default)]
    pub(super) holder: Option<String>,
    pub(super) claimed_at: String,
    #[serde(default)]
    body_sha256: Option<String>,
    #[serde(default)]
    body_size: Option<u64>,
    /// With an answer only.
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    body: Option<String>,
    pub(super) expires_at: String,
}

/// How far a key's request has come.
pub(super) enum State {
    /// Somebody does it, since then, in milliseconds since 1970.
    Claimed(u64),
    /// Nobody does it.
    Open,
    /// It is done.
    Answered(BodyDigest, KeptAnswer),
}

impl KeyRow {
    /// The row of a key that is new, to be claimed.
    pub(super) fn new(request: &KeyedRequest<'_>, seed: u128) -> Self {
        let KeyedRequest { caller, relationship, key, target } = request;
        Self {
            // No caller's name and no id of a relationship holds a line break.
            id: hash(&format!("{caller}\n{relationship}\n{key}")),
            relationship_id: relationship.to_string(),
            target_sha256: hash(target),
            seed: format!("{seed:032x}"),
            holder: None,
            claimed_at: String::new(),
            body_sha256: None,
            body_size: None,
            status: None,
            headers: None,
            body: None,
            expires_at: String::new(),
        }
    }

    pub(super) fn from_row(row: Row) -> Result<Self> {
        serde_json::from_value(Value::Object(row)).map_err(|error| unreadable(&error.to_string()))
    }

    pub(super) fn to_row(&self) -> Row {
        row(serde_json::to_value(self).unwrap_or_default())
    }

    /// Everything but the id, which stays.
    pub(super) fn to_changes(&self) -> Row {
        let mut changes = self.to_row();
        changes.remove("id");
        changes
    }

    /// The row, while it is as it is here: a claim has a name of its own, and is answered once.
    pub(super) fn as_seen(&self) -> Vec<Filter> {
        let holder = match &self.holder {
            Some(holder) => Filter::eq("holder", holder.as_str()),
            None => Filter::is_null("holder"),
        };
        let status = match self.status {
            Some(status) => Filter::eq("status", status),
            None => Filter::is_null("status"),
        };
        vec![Filter::eq("id", self.id.as_str()), holder, status]
    }

    pub(super) fn is_expired(&self, now_ms: u64) -> bool {
        millis(&self.expires_at).is_none_or(|expires| expires <= now_ms)
    }

    pub(super) fn state(&self) -> Result<State> {
        match (&self.body_sha256, self.body_size, self.status) {
            (Some(sha256), Some(size), Some(status)) => {
                let body = BodyDigest { sha256: sha256.clone(), size };
                let headers = self.headers.clone().unwrap_or_default();
                let answer = KeptAnswer { status, headers, body: self.body.clone().unwrap_or_default() };
                Ok(State::Answered(body, answer))
            }
            (_, _, Some(_)) => Err(unreadable("an answer without its request's body")),
            _ if self.holder.is_none() => Ok(State::Open),
            _ => Ok(State::Claimed(millis(&self.claimed_at).unwrap_or_default())),
        }
    }

    pub(super) fn seed(&self) -> Result<u128> {
        u128::from_str_radix(&self.seed, 16).map_err(|_| unreadable("its seed is no number"))
    }
}

fn unreadable(why: &str) -> Error {
    Error::failed(format!("A row of the table {TABLE} cannot be read: {why}."))
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
