//! How a flow or a stage fails: the cases of `serene:types/error`, with the stage that failed.

use std::fmt;

/// Which part of the pipeline a failure or a figure belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Keeps files.
    ObjectStore,
    /// Keeps rows.
    RecordStore,
    /// Finds near vectors.
    VectorIndex,
    /// Turns documents into text.
    Extractor,
    /// Changes text on its way.
    Transformer,
    /// Cuts text into passages.
    Chunker,
    /// Turns text into vectors.
    Embedder,
    /// Writes structured text.
    Generator,
    /// Orders found passages.
    Reranker,
}

impl Stage {
    /// Every stage, in the order a document meets them.
    pub const ALL: [Self; 9] = [
        Self::ObjectStore,
        Self::Extractor,
        Self::Transformer,
        Self::Chunker,
        Self::Embedder,
        Self::Generator,
        Self::RecordStore,
        Self::VectorIndex,
        Self::Reranker,
    ];

    /// The stage's name in the contract, such as `object-store`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ObjectStore => "object-store",
            Self::RecordStore => "record-store",
            Self::VectorIndex => "vector-index",
            Self::Extractor => "extractor",
            Self::Transformer => "transformer",
            Self::Chunker => "chunker",
            Self::Embedder => "embedder",
            Self::Generator => "generator",
            Self::Reranker => "reranker",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The case of an [`Error`]: one retry rule and one HTTP meaning each, as in the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input breaks a rule. Never retry unchanged.
    Invalid,
    /// What was asked for does not exist.
    NotFound,
    /// The state found is not the state required.
    Conflict,
    /// The credentials do not allow this.
    Denied,
    /// The input is over a limit.
    TooLarge,
    /// Fewer calls, please.
    RateLimited {
        /// How long to wait, in milliseconds, when known.
        retry_after_ms: Option<u64>,
    },
    /// Cannot work now.
    Unavailable {
        /// How long to wait, in milliseconds, when known.
        retry_after_ms: Option<u64>,
    },
    /// Time ran out.
    TimedOut,
    /// An operator must set something.
    Misconfigured,
    /// Something broke that is not the caller's doing.
    Failed,
    /// A kind of failure newer than this program.
    Other {
        /// A stable kebab-case name.
        code: String,
        /// Whether the same call can succeed later.
        retryable: bool,
        /// 400 to 599.
        http_status: u16,
    },
}

/// A failure: what failed, where, and whether to try again. Holds no secret and no text of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The case.
    pub kind: ErrorKind,
    /// The stage that failed; `None` when the flow itself refused.
    pub stage: Option<Stage>,
    /// What was wrong, where, and what to do about it.
    pub message: String,
    /// The HTTP status of the provider, when one answered.
    pub provider_status: Option<u16>,
    /// More facts, as in the contract's `fault.extras`.
    pub extras: Vec<(String, String)>,
}

/// The result of a stage call or a flow.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of the flow itself; [`Error::at`] says otherwise.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, stage: None, message: message.into(), provider_status: None, extras: Vec::new() }
    }

    /// Bad input.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Nothing there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// Not the state required.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// Something broke.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// What the ledger says of a document whose file is no longer there.
    pub(crate) fn file_is_gone() -> Self {
        let message = "The document's file is gone from the object store. Put it back, store the document anew, or delete it.";
        Self::not_found(message).at(Stage::ObjectStore)
    }

    /// Over a limit; both figures go into the extras.
    pub fn too_large(what: &str, limit: u64, actual: Option<u64>) -> Self {
        let actual_text = actual.map_or_else(String::new, |n| format!(" (this one: {n})"));
        let error =
            Self::new(ErrorKind::TooLarge, format!("{what} is over the limit of {limit}{actual_text}."))
                .with("limit", limit.to_string());
        match actual {
            Some(actual) => error.with("actual", actual.to_string()),
            None => error,
        }
    }

    /// The same error, of this stage.
    #[must_use]
    pub fn at(mut self, stage: Stage) -> Self {
        self.stage = Some(stage);
        self
    }

    /// The same error with one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.extras.push((name.to_owned(), value.into()));
        self
    }

    /// The value of a fact.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extras.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether the same call can succeed later without a change.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match &self.kind {
            ErrorKind::RateLimited { .. }
            | ErrorKind::Unavailable { .. }
            | ErrorKind::TimedOut
            | ErrorKind::Failed => true,
            ErrorKind::Other { retryable, .. } => *retryable,
            _ => false,
        }
    }

    /// Whether the document or request itself is at fault, so that no retry and no other time will help.
    #[must_use]
    pub const fn blames_input(&self) -> bool {
        matches!(self.kind, ErrorKind::Invalid | ErrorKind::TooLarge)
    }

    /// How long to wait before the next try, in milliseconds, when the provider said so.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<u64> {
        match &self.kind {
            ErrorKind::RateLimited { retry_after_ms } | ErrorKind::Unavailable { retry_after_ms } => {
                *retry_after_ms
            }
            _ => None,
        }
    }

    /// The case's name in the contract.
    #[must_use]
    pub fn code(&self) -> &str {
        match &self.kind {
            ErrorKind::Invalid => "invalid",
            ErrorKind::NotFound => "not-found",
            ErrorKind::Conflict => "conflict",
            ErrorKind::Denied => "denied",
            ErrorKind::TooLarge => "too-large",
            ErrorKind::RateLimited { .. } => "rate-limited",
            ErrorKind::Unavailable { .. } => "unavailable",
            ErrorKind::TimedOut => "timed-out",
            ErrorKind::Misconfigured => "misconfigured",
            ErrorKind::Failed => "failed",
            ErrorKind::Other { code, .. } => code,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(stage) = self.stage {
            write!(f, "{stage}: ")?;
        }
        write!(f, "{}: {}", self.code(), self.message)
    }
}

impl std::error::Error for Error {}
