use std::fmt;
use std::str::FromStr;

use crate::ApiKey;

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Somebody on this machine, where mode is `none`: the operator.
    Local,
    /// Somebody without credentials.
    Anonymous,
    /// A service with a key.
    Service(ApiKey),
    /// A user of Supabase.
    User(User),
}

impl Caller {
    /// A text that names the caller among all callers, the same whenever they come. A service is known by its key's name, so that a key which replaces another is the
    /// same caller.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Local => "local".to_owned(),
            Self::Anonymous => "anonymous".to_owned(),
            Self::Service(key) => format!("service:{}", key.name),
            Self::User(user) => format!("user:{}", user.id.as_str()),
        }
    }
}

/// A user of Supabase whose token was verified.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// The token itself, for row-level security. A secret.
    pub token: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A user's id: a UUID in lower case, as the column `user_id` of `relationship_members` has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserId(String);

/// A string that is no user's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUuid;

impl UserId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = NotUuid;

    fn from_str(id: &str) -> Result<Self, NotUuid> {
        let fits = id.len() == 36
            && id.bytes().enumerate().all(|(at, b)| match at {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_hexdigit(),
            });
        if fits { Ok(Self(id.to_ascii_lowercase())) } else { Err(NotUuid) }
    }
}
