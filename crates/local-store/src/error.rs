use std::fmt;

use crate::DatabaseError;

/// The case of an [`Error`], as in `serene:types/error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input breaks a rule. Never retry unchanged.
    Invalid,
    /// What was asked for does not exist.
    NotFound,
    /// The state found is not the state required.
    Conflict,
    /// Not allowed.
    Denied,
    /// Over a limit.
    TooLarge,
    /// Cannot work now; retry with back-off.
    Unavailable,
    /// An operator must set something.
    Misconfigured,
    /// Something broke that is not the caller's doing.
    Failed,
}

/// How a local store fails. Holds no secret and nothing of what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The case.
    pub kind: ErrorKind,
    /// What was wrong, where, and what to do about it.
    pub message: String,
    /// Facts for programs, as in the contract's `fault.extras`.
    pub extras: Vec<(String, String)>,
}

/// The result of a store's call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), extras: Vec::new() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    pub(crate) fn too_large(what: &str, limit: u64, actual: u64) -> Self {
        Self::new(ErrorKind::TooLarge, format!("{what}: {actual} is over the limit of {limit}."))
            .with("limit", limit)
            .with("actual", actual)
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.extras.push((name.to_owned(), value.to_string()));
        self
    }

    /// The value of a fact.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.extras.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Error {}

/// How much of SQLite's own words an error repeats.
const MAX_DETAIL: usize = 300;

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        let grant = |what: &str| {
            Self::new(
                ErrorKind::Misconfigured,
                format!(
                    "{what} In spin.toml, give the component that uses this stage `sqlite_databases = [\"{label}\"]`, and the stage's \
                     dependency `inherit_configuration = [\"sqlite_databases\"]`.",
                    label = crate::database::LABEL,
                ),
            )
            .with("grant", "sqlite_databases")
            .with("database", crate::database::LABEL)
        };
        match error {
            DatabaseError::AccessDenied => grant("The SQLite database may not be used by this stage."),
            DatabaseError::NoSuchDatabase => grant("The host has no SQLite database of this name."),
            DatabaseError::Full => Self::new(
                ErrorKind::Unavailable,
                "The database or its disk is full. Make room, then try again.",
            )
            .with("reason", "database-full"),
            DatabaseError::Other(message) => from_message(&message),
        }
    }
}

/// SQLite's result codes reach a guest as words alone.
fn from_message(message: &str) -> Error {
    let lower = message.to_ascii_lowercase();
    let has = |words: &str| lower.contains(words);
    let detail: String = message.chars().take(MAX_DETAIL).collect();
    if has("is locked") || has("database is busy") || has("too many connections") {
        Error::new(
            ErrorKind::Unavailable,
            "Others are using the database; it did not become free in time. Try again.",
        )
        .with("reason", "database-busy")
    } else if has("disk is full") {
        DatabaseError::Full.into()
    } else if has("readonly database") || has("unable to open database") {
        let message = format!(
            "The database file cannot be used: {detail}. Check the file's place, owner and permissions."
        );
        Error::new(ErrorKind::Misconfigured, message).with("database", crate::database::LABEL)
    } else if has("unique constraint failed") {
        Error::conflict("A row with this key is stored already.")
    } else if has("not null constraint failed") || has("check constraint failed") {
        Error::invalid(format!("A row breaks a rule of its table: {detail}."))
    } else {
        Error::failed(format!("The database failed: {detail}."))
    }
}
