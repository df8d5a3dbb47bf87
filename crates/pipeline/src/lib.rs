//! Serene's flows: a document's way through the stages.
//!
//! Nothing here knows of HTTP, WIT or a provider: stages are traits ([`stages`]), time and randomness come from an [`Environment`], and file bytes are
//! [`ByteStream`]s that pass in constant memory.
//!
//! Every flow that stores follows one rule: **compute first, commit last**. An intent row goes first, then effects that are idempotent by key
//! (the object, the row, vectors whose ids are made of document, revision and place), and the ledger's commit comes last. Whoever stores a document does so in an attempt,
//! whose name is used once; the attempt that is committed gives the revision its name. A search shows a passage only when its revision is the one the ledger has committed, so a
//! reader sees the old document or the new one and never a mixture.

#![forbid(unsafe_code)]

mod body;
mod error;
mod fan_out;
mod flows;
mod idempotency;
mod indexing;
mod json;
mod ledger;
mod promises;
mod prompts;
mod rows;
pub mod schemas;
mod settings;
pub mod stages;
mod transcript;

pub use body::{ByteStream, collect, from_bytes};
pub use error::{Error, ErrorKind, Result, Stage};
pub use flows::doctor::{Check, Checkup, Fetch};
pub use flows::documents::{DocumentPage, DocumentQuery};
pub use flows::files::{FilePut, FileRead};
pub use flows::migrate::{
    LegacyFile, LegacyFiles, LegacyInfo, MigratedRow, MigrationCounts, MigrationOutcome, MigrationPage,
    MigrationRequest,
};
pub use flows::pdf::PdfUpload;
pub use flows::reconcile::{
    Action, Drift, Finding, LookedAt, ReconcilePage, ReconcileRequest, Resolution, Subject,
};
pub use flows::search::{FoundPassage, SearchRequest, SearchResult};
pub use flows::{Durability, Outcome};
pub use idempotency::{BodyDigest, KeptAnswer, KeyClaim, Keyed, KeyedRequest, MAX_ANSWER_BYTES};
pub use ledger::{Document, Status};
pub use settings::Settings;

/// The end of the year 9999, in milliseconds since 1970: RFC 3339 has no later times.
const LATEST_MS: u64 = 253_402_300_799_999;

/// How long the end of a request may take to be written down, also when its own time is over.
const SETTLE_MS: u64 = 10_000;

/// Where the flows get time and randomness from.
pub trait Environment {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> u64;
    /// 128 unpredictable bits.
    fn random(&self) -> u128;
}

/// The flows over one set of stages.
pub struct Pipeline<S, E> {
    stages: S,
    environment: E,
    settings: Settings,
    observer: Option<Box<dyn Fn(Stage)>>,
}

impl<S: stages::Stages, E: Environment> Pipeline<S, E> {
    /// The flows over these stages.
    pub const fn new(stages: S, environment: E, settings: Settings) -> Self {
        Self { stages, environment, settings, observer: None }
    }

    /// The same flows, which tell `observer` of each stage of a document's way as soon as that stage is done: what is stored, read, cut, embedded,
    /// written and indexed. A stage that fails, or has nothing to do, is not told.
    #[must_use]
    pub fn observed(mut self, observer: impl Fn(Stage) + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    fn finished(&self, stage: Stage) {
        if let Some(observer) = &self.observer {
            observer(stage);
        }
    }

    /// The stages.
    pub const fn stages(&self) -> &S {
        &self.stages
    }

    /// The limits in force.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The call by which the end of a request is written down.
    fn settling(&self, call: &stages::Call) -> stages::Call {
        let deadline_ms = call.deadline_ms.max(self.environment.now_ms().saturating_add(SETTLE_MS));
        stages::Call { deadline_ms, ..call.clone() }
    }

    fn timestamp(&self) -> String {
        self.after(0)
    }

    /// The time in so many milliseconds, in RFC 3339.
    fn after(&self, ms: u64) -> String {
        let since = self.environment.now_ms().saturating_add(ms).min(LATEST_MS);
        humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + std::time::Duration::from_millis(since))
            .to_string()
    }
}
