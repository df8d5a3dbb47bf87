//! Waiting until a query sees what was written.

use std::time::Duration;

use upstream::{Call, Error, ErrorKind, Platform, Received};

use crate::VectorIndex;
use crate::client::{body, json};
use crate::index::Index;
use crate::query::{Answer, Question};

/// The longest wait. Pinecone gives no figure; seconds are usual.
const MAX_LAG: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(1);
/// Enough that a vector is among the nearest to itself, even among its equals.
const NEAR: u32 = 100;

/// The number of a write to a namespace, or of the last write that its reads see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lsn(u64);

impl Lsn {
    pub(crate) fn of_write(answer: &Received) -> Option<Self> {
        Self::read(answer, ["x-pinecone-request-lsn", "x-pinecone-lsn-committed"])
    }

    fn of_read(answer: &Received) -> Option<Self> {
        Self::read(answer, ["x-pinecone-max-indexed-lsn", "x-pinecone-lsn-reconciled"])
    }

    /// The newer name goes before the older.
    fn read(answer: &Received, names: [&str; 2]) -> Option<Self> {
        names.iter().find_map(|name| answer.header(name)?.trim().parse().ok()).map(Self)
    }
}

/// What an upsert wrote.
#[derive(Default)]
pub(crate) struct Written<'a> {
    /// The id and values of the last vector.
    pub(crate) last: (&'a str, Vec<f32>),
    newest: Option<Lsn>,
    unnumbered: bool,
}

impl Written<'_> {
    /// Takes note of a request's number.
    pub(crate) fn add(&mut self, lsn: Option<Lsn>) {
        self.unnumbered |= lsn.is_none();
        self.newest = self.newest.max(lsn);
    }

    /// Whether a query that answered so sees the write: by the numbers, or, where one is missing, by finding the last vector.
    fn is_seen(&self, indexed: Option<Lsn>, found: &[String]) -> bool {
        match (self.newest, indexed) {
            (Some(written), Some(indexed)) if !self.unnumbered => indexed >= written,
            _ => found.iter().any(|id| id == self.last.0),
        }
    }
}

impl<P: Platform> VectorIndex<P> {
    /// Returns when a query sees what was written.
    pub(crate) async fn wait_until_visible(
        &self,
        call: &Call,
        index: &Index,
        namespace: &str,
        written: &Written<'_>,
    ) -> Result<(), Error> {
        let question = Question { namespace, vector: &written.last.1, top_k: NEAR, ..Question::default() };
        let question = body(&question)?;
        let platform = &**self.upstream.platform();
        let until = platform.monotonic() + MAX_LAG.min(call.time_left(platform));
        let mut pause = FIRST_PAUSE;
        loop {
            // A namespace that is not there yet is one whose first write is not seen yet.
            let seen = self.post(call, index, "/query", question.clone(), |answer| {
                let found: Vec<String> = json::<Answer>(answer)?.matches.into_iter().map(|m| m.id).collect();
                Ok(written.is_seen(Lsn::of_read(answer), &found))
            });
            if seen.await?.unwrap_or(false) {
                return Ok(());
            }
            if platform.monotonic() + pause >= until {
                return Err(Error::new(
                    ErrorKind::TimedOut,
                    "Pinecone has stored the vectors and does not find them yet. Repeat the call with more time.",
                )
                .with("reason", "not-visible-yet"));
            }
            platform.sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }
}
