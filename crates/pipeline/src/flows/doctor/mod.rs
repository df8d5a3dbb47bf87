//! Doctor: a real round trip through every stage, and what to do about what is wrong.
//!
//! Safe beside traffic: what it writes has a random id of its own under a relationship of its own, and it removes what it wrote.

mod stores;
mod texts;

use futures::join;

use crate::stages::{Call, Stages};
use crate::{Environment, Error, Pipeline, Result, Stage};

/// Whose the doctor's objects, rows and vectors are.
pub(crate) const RELATIONSHIP: &str = "serene-doctor";
/// A page that says [`PAGE_TEXT`].
const PAGE: &[u8] = include_bytes!("page.pdf");
/// A word of the page.
const PAGE_TEXT: &str = "Serene";

/// One thing the doctor tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The stage it tried.
    pub stage: Stage,
    /// What it tried, such as `put` or `read-back`.
    pub name: &'static str,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// What it found, in a few words, or what is wrong.
    pub finding: Result<String>,
}

/// Every check, stage by stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkup {
    /// In the order of [`Stage::ALL`], and of their doing within a stage.
    pub checks: Vec<Check>,
}

impl Checkup {
    /// Whether everything works.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.finding.is_ok())
    }
}

/// Reads the first bytes of a URL that a store signed, from where the flows run.
#[allow(async_fn_in_trait)]
pub trait Fetch {
    /// The body that an absolute URL answers a `GET` with.
    ///
    /// # Errors
    /// When it cannot be reached or its status is no success. The message does not hold the URL, which is a secret.
    async fn fetch(&self, url: &str, limit: usize) -> Result<Vec<u8>>;
}

/// Notes what the checks of one stage find.
struct Notes<'a, E> {
    stage: Stage,
    environment: &'a E,
    checks: Vec<Check>,
}

impl<'a, E: Environment> Notes<'a, E> {
    const fn new(stage: Stage, environment: &'a E) -> Self {
        Self { stage, environment, checks: Vec::new() }
    }

    /// Does a check and notes what it finds; hands on what it gave, when it went well.
    async fn check<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<(T, String)>>,
    ) -> Option<T> {
        let before = self.environment.now_ms();
        let result = work.await;
        let millis = self.environment.now_ms().saturating_sub(before);
        let (value, finding) = match result {
            Ok((value, finding)) => (Some(value), Ok(finding)),
            Err(error) => {
                let stage = error.stage.unwrap_or(self.stage);
                (None, Err(error.at(stage)))
            }
        };
        self.checks.push(Check { stage: self.stage, name, millis, finding });
        value
    }
}

/// An error of a stage that answers, but not as it must.
fn wrong(message: impl Into<String>) -> Error {
    Error::failed(message)
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Tries every stage once. May be billed by the providers: one short text embedded, one page extracted, one short answer generated.
    pub async fn doctor(&self, call: &Call, fetch: &impl Fetch) -> Checkup {
        let id = format!("{:032x}", self.environment.random());
        let call = &Call { relationship: Some(RELATIONSHIP.to_owned()), ..call.clone() };
        let (objects, records, (embedder, vectors), texts) = join!(
            self.check_objects_and_extractor(call, &id, fetch),
            self.check_records(call, &id),
            async {
                let (embedder, vector) = self.check_embedder(call).await;
                (embedder, self.check_vectors(call, &id, vector).await)
            },
            self.check_texts(call),
        );
        let mut checks: Vec<Check> =
            [objects, records, embedder, vectors, texts].into_iter().flatten().collect();
        let place = |check: &Check| Stage::ALL.iter().position(|stage| *stage == check.stage);
        checks.sort_by_key(place);
        Checkup { checks }
    }
}
