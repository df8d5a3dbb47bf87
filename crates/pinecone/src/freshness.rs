//! Waiting until a query sees what was written or removed.

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
    pub(crate) async fn wait_until_found(
        &self,
        call: &Call,
        index: &Index,
        namespace: &str,
        written: &Written<'_>,
    ) -> Result<(), Error> {
        let question = Question { namespace, vector: &written.last.1, top_k: NEAR, ..Question::default() };
        let is_seen = |answer: &Received| {
            let found: Vec<String> = json::<Answer>(answer)?.matches.into_iter().map(|m| m.id).collect();
            Ok(written.is_seen(Lsn::of_read(answer), &found))
        };
        // A namespace that is not there yet is one whose first write is not seen yet.
        if self.wait_until(call, index, &question, is_seen, false).await? {
            return Ok(());
        }
        let message =
            "Pinecone has stored the vectors and does not find them yet. Repeat the call with more time.";
        Err(Error::new(ErrorKind::TimedOut, message).with("reason", "not-visible-yet"))
    }

    /// Returns when a query no longer finds what was removed, as far as the numbers tell: absence proves nothing.
    pub(crate) async fn wait_until_removed(
        &self,
        call: &Call,
        index: &Index,
        namespace: &str,
        removed: Lsn,
    ) -> Result<(), Error> {
        let Some(dimension) = index.dimension else { return Ok(()) };
        let vector = vec![1.0; dimension as usize];
        let question = Question { namespace, vector: &vector, top_k: 1, ..Question::default() };
        let is_seen = |answer: &Received| Ok(Lsn::of_read(answer).is_none_or(|indexed| indexed >= removed));
        if self.wait_until(call, index, &question, is_seen, true).await? {
            return Ok(());
        }
        let message =
            "Pinecone has removed the vectors and may find them still. Repeat the call with more time.";
        Err(Error::new(ErrorKind::TimedOut, message).with("reason", "not-visible-yet"))
    }

    /// Asks until the answer shows what is waited for, or, with `false`, the longest wait is over. `absent` says whether a namespace that is not there shows it.
    async fn wait_until(
        &self,
        call: &Call,
        index: &Index,
        question: &Question<'_>,
        is_seen: impl Fn(&Received) -> Result<bool, Error>,
        absent: bool,
    ) -> Result<bool, Error> {
        let question = body(question)?;
        let platform = &**self.upstream.platform();
        let until = platform.monotonic() + MAX_LAG.min(call.time_left(platform));
        let mut pause = FIRST_PAUSE;
        loop {
            let seen = self.post(call, index, "/query", question.clone(), &is_seen).await?;
            if seen.unwrap_or(absent) {
                return Ok(true);
            }
            if platform.monotonic() + pause >= until {
                return Ok(false);
            }
            platform.sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }
}
