use http::StatusCode;

/// The kinds of problem the API itself knows, each with its status and whether the same request can succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The request breaks a rule: 400.
    Invalid,
    /// No or no valid credentials: 401.
    Unauthorized,
    /// The credentials do not allow it: 403.
    Denied,
    /// It does not exist: 404.
    NotFound,
    /// Not this method: 405.
    MethodNotAllowed,
    /// The state found is not the state required: 409.
    Conflict,
    /// The idempotency key's first request is not done yet: 409.
    IdempotencyKeyInUse,
    /// The idempotency key was used for another request: 422.
    IdempotencyKeyReused,
    /// The caller's own precondition does not hold: 412.
    PreconditionFailed,
    /// Over a limit: 413.
    TooLarge,
    /// Not this media type: 415.
    UnsupportedMediaType,
    /// No byte of the file is in the range: 416.
    RangeNotSatisfiable,
    /// Fewer requests, please: 429.
    RateLimited,
    /// A fault of this program: 500.
    Internal,
    /// An operator must set something: 500.
    Misconfigured,
    /// A stage or its provider broke: 502.
    Failed,
    /// A stage or its provider cannot work now: 503.
    Unavailable,
    /// Time ran out: 504.
    TimedOut,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Invalid,
        Self::Unauthorized,
        Self::Denied,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::IdempotencyKeyInUse,
        Self::IdempotencyKeyReused,
        Self::PreconditionFailed,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::RangeNotSatisfiable,
        Self::RateLimited,
        Self::Internal,
        Self::Misconfigured,
        Self::Failed,
        Self::Unavailable,
        Self::TimedOut,
    ];

    /// Slug, title, status, and whether to retry.
    const fn facts(self) -> (&'static str, &'static str, StatusCode, bool) {
        use StatusCode as S;
        match self {
            Self::Invalid => ("invalid", "The request breaks a rule", S::BAD_REQUEST, false),
            Self::Unauthorized => {
                ("unauthorized", "The request needs valid credentials", S::UNAUTHORIZED, false)
            }
            Self::Denied => ("denied", "The credentials do not allow this", S::FORBIDDEN, false),
            Self::NotFound => ("not-found", "It does not exist", S::NOT_FOUND, false),
            Self::MethodNotAllowed => {
                ("method-not-allowed", "The path does not take this method", S::METHOD_NOT_ALLOWED, false)
            }
            Self::Conflict => ("conflict", "The state found is not the state required", S::CONFLICT, false),
            Self::IdempotencyKeyInUse => (
                "idempotency-key-in-use",
                "The first request with this key is not done yet",
                S::CONFLICT,
                true,
            ),
            Self::IdempotencyKeyReused => (
                "idempotency-key-reused",
                "The key was used for another request",
                S::UNPROCESSABLE_ENTITY,
                false,
            ),
            Self::PreconditionFailed => {
                ("precondition-failed", "A precondition of the request fails", S::PRECONDITION_FAILED, false)
            }
            Self::TooLarge => ("too-large", "The request is over a limit", S::PAYLOAD_TOO_LARGE, false),
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                "This media type is not accepted here",
                S::UNSUPPORTED_MEDIA_TYPE,
                false,
            ),
            Self::RangeNotSatisfiable => {
                ("range-not-satisfiable", "The range lies outside the file", S::RANGE_NOT_SATISFIABLE, false)
            }
            Self::RateLimited => ("rate-limited", "Too many requests", S::TOO_MANY_REQUESTS, true),
            Self::Internal => ("internal", "A fault of this server", S::INTERNAL_SERVER_ERROR, false),
            Self::Misconfigured => {
                ("misconfigured", "This server lacks a setting", S::INTERNAL_SERVER_ERROR, false)
            }
            Self::Failed => ("failed", "A stage or its provider broke", S::BAD_GATEWAY, true),
            Self::Unavailable => {
                ("unavailable", "A stage or its provider cannot work now", S::SERVICE_UNAVAILABLE, true)
            }
            Self::TimedOut => ("timed-out", "Time ran out", S::GATEWAY_TIMEOUT, true),
        }
    }

    /// The last segment of its `type`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        self.facts().0
    }

    /// What it is, the same for every occurrence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.facts().1
    }

    /// Its HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.facts().2
    }

    /// Whether the same request can succeed later without a change.
    #[must_use]
    pub const fn retryable(self) -> bool {
        self.facts().3
    }
}
