//! Requests that come with an idempotency key: each is done once, and answered the same way again.
//!
//! A key has a row in the table `idempotency_keys`. Whoever does its request has claimed the row before, under a name that is used once, as the ledger's rows are
//! claimed: of two at once one works. The row goes through three states: claimed; open, when the request came to no lasting answer; answered. A claim whose
//! holder died is taken over after [`Settings::key_takeover_ms`](crate::Settings); what is older than [`Settings::key_keep_ms`](crate::Settings) is no longer known.
//!
//! The row knows the key and its caller only by a hash of both. It never holds the request's body, and of the answer what its caller was given.

mod row;

use layout::RelationshipId;

use self::row::{KeyRow, State, TABLE};
use crate::ledger::row as json_row;
use crate::stages::{Call, Filter, OnConflict, Order, Predicate, RecordStore, RowQuery, Stages};
use crate::{Environment, Error, Pipeline, Result};

pub use self::row::KeptAnswer;

/// A request that came with a key.
#[derive(Clone, Copy, Debug)]
pub struct KeyedRequest<'a> {
    /// Who sends it: the same key of another caller is another key.
    pub caller: &'a str,
    /// In which relationship.
    pub relationship: &'a RelationshipId,
    /// The key.
    pub key: &'a str,
    /// What it asks for, its body aside: the same key for another target is a mistake of the client's.
    pub target: &'a str,
}

/// What a request's body was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyDigest {
    /// Of its bytes, or of what of them counts, in lower-case hex.
    pub sha256: String,
    /// How many bytes that were.
    pub size: u64,
}

/// What a key says of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Keyed {
    /// The request is this one's to do.
    Claimed(KeyClaim),
    /// It was done. The answer is for whoever sends the same body.
    Answered {
        /// What the body was.
        body: BodyDigest,
        /// The answer that was given.
        answer: KeptAnswer,
    },
    /// Another is at it.
    InProgress {
        /// When to ask again, in milliseconds.
        retry_after_ms: u64,
    },
    /// The key was used for something else.
    Reused,
}

/// The right to do a key's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyClaim {
    id: String,
    holder: String,
    seed: u128,
}

impl KeyClaim {
    /// A number of the key's own, the same for whoever takes it over: what the request creates is named by it, so that doing it again creates nothing else.
    #[must_use]
    pub const fn seed(&self) -> u128 {
        self.seed
    }

    fn of(row: &KeyRow, holder: String) -> Result<Self> {
        Ok(Self { id: row.id.clone(), holder, seed: row.seed()? })
    }

    fn filters(&self) -> Vec<Filter> {
        vec![Filter::eq("id", self.id.as_str()), Filter::eq("holder", self.holder.as_str())]
    }
}

/// The largest body of an answer that is kept, in bytes.
pub const MAX_ANSWER_BYTES: usize = 64 << 10;
/// How often a claim is tried while others change the row.
const TRIES: usize = 4;
/// The shortest time after which to ask again for what is in progress.
const MIN_RETRY_MS: u64 = 1000;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Claims a key for a request, or says why not. Before this nothing is done; after it [`Self::keep_answer`] or [`Self::open_key`] must follow.
    ///
    /// # Errors
    /// A store's error: the request must not go on, as nothing would hold back its twin. `conflict` when the row changes all the time.
    pub async fn claim_key(&self, call: &Call, request: &KeyedRequest<'_>) -> Result<Keyed> {
        let holder = format!("{:032x}", self.environment.random());
        let fresh = KeyRow::new(request, self.environment.random());
        // Most keys are new: that is tried before the row is looked up.
        let mut seen: Option<KeyRow> = None;
        for _ in 0..TRIES {
            let now = self.environment.now_ms();
            let mut next = match &seen {
                Some(row) if !row.is_expired(now) => match row.state()? {
                    _ if row.target_sha256 != fresh.target_sha256 => return Ok(Keyed::Reused),
                    State::Answered(body, answer) => return Ok(Keyed::Answered { body, answer }),
                    State::Claimed(since_ms) if let Some(retry_after_ms) = self.wait(since_ms, now) => {
                        return Ok(Keyed::InProgress { retry_after_ms });
                    }
                    State::Claimed(_) | State::Open => row.clone(),
                },
                _ => fresh.clone(),
            };
            next.holder = Some(holder.clone());
            next.claimed_at = self.timestamp();
            next.expires_at = self.after(self.key_life_ms());
            let records = self.stages.records();
            let claimed = match &seen {
                None => records.upsert(call, TABLE, &[next.to_row()], &["id"], OnConflict::Keep).await?,
                Some(row) => records.update(call, TABLE, next.to_changes(), row.as_seen()).await?,
            };
            if claimed > 0 {
                return Ok(Keyed::Claimed(KeyClaim::of(&next, holder)?));
            }
            seen = self.find_key(call, &fresh.id).await?;
            // A stage that had to ask its provider twice may have met its own first try.
            if let Some(row) = seen.as_ref().filter(|row| row.holder.as_ref() == Some(&holder)) {
                return Ok(Keyed::Claimed(KeyClaim::of(row, holder)?));
            }
        }
        Err(Error::conflict("Other requests use this key at the same time. Try again."))
    }

    /// Keeps the answer to a request, for those that send it again.
    ///
    /// # Errors
    /// A store's error. The request was done all the same; should it come again, it is done again once the claim has run out.
    pub async fn keep_answer(
        &self,
        call: &Call,
        claim: &KeyClaim,
        body: &BodyDigest,
        answer: &KeptAnswer,
    ) -> Result<()> {
        let changes = json_row(serde_json::json!({
            "body_sha256": body.sha256,
            "body_size": body.size,
            "status": answer.status,
            "headers": answer.headers,
            "body": answer.body,
            "expires_at": self.after(self.key_life_ms()),
        }));
        // Whoever took the key over has an answer of its own.
        self.stages.records().update(&self.settling(call), TABLE, changes, claim.filters()).await?;
        Ok(())
    }

    /// Gives a key back whose request came to no lasting answer: the next that sends it does it.
    ///
    /// # Errors
    /// A store's error. The claim then runs out by itself.
    pub async fn open_key(&self, call: &Call, claim: &KeyClaim) -> Result<()> {
        let changes = json_row(serde_json::json!({ "holder": null }));
        self.stages.records().update(&self.settling(call), TABLE, changes, claim.filters()).await?;
        Ok(())
    }

    /// Removes the oldest keys that are no longer known: about `limit` of them, in one statement. Returns how many.
    pub(crate) async fn forget_expired_keys(&self, call: &Call, limit: u32) -> Result<u32> {
        let expired =
            |bound: &str| Filter { field: "expires_at".to_owned(), predicate: Predicate::Lte(bound.into()) };
        let query = RowQuery {
            columns: vec!["expires_at".to_owned()],
            filters: vec![expired(&self.timestamp())],
            order: vec![Order { column: "expires_at".to_owned(), descending: false }],
            limit,
            cursor: None,
        };
        let page = self.stages.records().select(call, TABLE, query).await?;
        let Some(last) = page.rows.last().and_then(|row| row.get("expires_at")?.as_str()) else {
            return Ok(0);
        };
        self.stages.records().delete(call, TABLE, vec![expired(last)]).await
    }

    async fn find_key(&self, call: &Call, id: &str) -> Result<Option<KeyRow>> {
        let query = RowQuery { filters: vec![Filter::eq("id", id)], limit: 1, ..RowQuery::default() };
        let page = self.stages.records().select(call, TABLE, query).await?;
        page.rows.into_iter().next().map(KeyRow::from_row).transpose()
    }

    /// How long to wait for the holder of a claim: as long again as it has worked so far, and no longer than it may. `None` once its time is over.
    fn wait(&self, since_ms: u64, now_ms: u64) -> Option<u64> {
        let worked = now_ms.saturating_sub(since_ms);
        let left = self.settings.key_takeover_ms.checked_sub(worked).filter(|left| *left > 0)?;
        Some(worked.clamp(MIN_RETRY_MS, left.max(MIN_RETRY_MS)))
    }

    /// A key is known at least as long as its claim holds.
    fn key_life_ms(&self) -> u64 {
        self.settings.key_keep_ms.max(self.settings.key_takeover_ms)
    }
}
