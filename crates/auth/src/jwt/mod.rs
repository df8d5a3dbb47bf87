//! Access tokens of a Supabase project's users: JSON Web Tokens (RFC 7519), verified by the rules of RFC 8725.
//!
//! A project signs with a shared secret (HS256) or with keys whose public halves it publishes (ES256, RS256). The algorithm is the key's, never
//! the token's: a token is checked with a key only when it names that key's algorithm, so a public key can never be taken for a
//! secret. What a token says of keys beside their id (`jwk`, `jku`, `x5c`, `x5u`) is not looked at.

mod cache;
mod key;
mod token;

pub use cache::{KeyCache, Lookup};
pub use key::{Algorithm, Key, KeySet, MAX_KEY_SET_BYTES, NotKeySet};
pub use token::{Rules, Unverified};
