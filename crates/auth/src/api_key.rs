//! Keys of services: random, told by their SHA-256, several at once.
//!
//! A key has 256 random bits, so a plain hash is enough to keep: nobody can search for what makes it. What cannot be such a key, because it is
//! too short, is refused unhashed, so that the hash of a password does not become one.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_api::routes::Permission;
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use thiserror::Error;

/// The most keys at once.
pub const MAX_API_KEYS: usize = 100;
const MAX_NAME_BYTES: usize = 64;
/// What a key begins with, so that scanners for leaked secrets know one.
const PREFIX: &str = "serene_";
const KEY_BYTES: std::ops::RangeInclusive<usize> = 32..=256;

/// What a key is for. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read and search every relationship.
    Read,
    /// Store, generate and remove, too.
    Write,
    /// Operate the service, too.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// Its name: `read`, `write` or `admin`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl From<Permission> for Scope {
    /// The least scope that has this permission.
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::Read => Self::Read,
            Permission::Write => Self::Write,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = ApiKeyError;

    fn from_str(name: &str) -> Result<Self, ApiKeyError> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name).ok_or(ApiKeyError::Scope)
    }
}

/// Why a list of keys cannot be read. No message repeats an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// Not `name:scope:hash`.
    #[error("an entry is not of the form name:scope:sha256, as `serene api-key new` prints it")]
    Form,
    /// Not a name.
    #[error("a name is not 1 to {MAX_NAME_BYTES} lower-case letters, digits and hyphens")]
    Name,
    /// Not a scope.
    #[error("a scope is not read, write or admin")]
    Scope,
    /// Not a hash.
    #[error("a hash is not the 64 lower-case hexadecimal digits of a SHA-256")]
    Hash,
    /// One key with two meanings.
    #[error("two entries have the same hash")]
    Twice,
    /// Over the limit.
    #[error("there are more than {MAX_API_KEYS} entries")]
    TooMany,
}

/// A key that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Who uses it. Several keys may share a name while one replaces the other.
    pub name: String,
    /// What it is for.
    pub scope: Scope,
    sha256: [u8; 32],
}

impl FromStr for ApiKey {
    type Err = ApiKeyError;

    /// Reads an entry, `name:scope:sha256`.
    fn from_str(entry: &str) -> Result<Self, ApiKeyError> {
        let parts: Vec<_> = entry.split(':').collect();
        let [name, scope, hash] = parts[..] else { return Err(ApiKeyError::Form) };
        check_name(name)?;
        let mut sha256 = [0; 32];
        let lower = !hash.bytes().any(|b| b.is_ascii_uppercase());
        if !lower || hex::decode_to_slice(hash, &mut sha256).is_err() {
            return Err(ApiKeyError::Hash);
        }
        Ok(Self { name: name.to_owned(), scope: scope.parse()?, sha256 })
    }
}

fn check_name(name: &str) -> Result<(), ApiKeyError> {
    let is_name = (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if is_name { Ok(()) } else { Err(ApiKeyError::Name) }
}

/// The keys that are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeys(Vec<ApiKey>);

impl ApiKeys {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key that this is. How long it takes does not depend on how much of a hash is right, nor on which key it is.
    #[must_use]
    pub fn find(&self, presented: &str) -> Option<&ApiKey> {
        if !is_key(presented) {
            return None;
        }
        let hash = Sha256::digest(presented);
        let mut found = 0_u32;
        for (number, key) in (1..).zip(&self.0) {
            found.conditional_assign(&number, hash.as_slice().ct_eq(&key.sha256));
        }
        self.0.get(usize::try_from(found).ok()?.checked_sub(1)?)
    }
}

/// Whether it has the form of a key; a JSON Web Token, which has dots, has not.
fn is_key(text: &str) -> bool {
    KEY_BYTES.contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

impl FromStr for ApiKeys {
    type Err = ApiKeyError;

    /// Reads entries with commas or white space between them.
    fn from_str(entries: &str) -> Result<Self, ApiKeyError> {
        let mut keys: Vec<ApiKey> = Vec::new();
        for entry in entries.split([',', ' ', '\t', '\r', '\n']).filter(|entry| !entry.is_empty()) {
            let key: ApiKey = entry.parse()?;
            if keys.len() == MAX_API_KEYS {
                return Err(ApiKeyError::TooMany);
            }
            if keys.iter().any(|other| other.sha256 == key.sha256) {
                return Err(ApiKeyError::Twice);
            }
            keys.push(key);
        }
        Ok(Self(keys))
    }
}

/// A key that was just made. The key itself is kept nowhere else.
pub struct NewApiKey {
    /// What the client sends. A secret.
    pub key: String,
    /// What goes into the variable `api_keys`.
    pub entry: String,
}

impl NewApiKey {
    /// Makes a key of random bytes.
    ///
    /// # Errors
    /// [`ApiKeyError::Name`].
    pub fn new(name: &str, scope: Scope, random: &[u8; 32]) -> Result<Self, ApiKeyError> {
        check_name(name)?;
        let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let entry = format!("{name}:{scope}:{}", hex::encode(Sha256::digest(&key)));
        Ok(Self { key, entry })
    }
}
