use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{DecodingKey, DecodingKeyKind};
use serde::Deserialize;
use serde_json::Value;

/// The largest set of keys that is read, in bytes.
pub const MAX_KEY_SET_BYTES: usize = 64 * 1024;
const MAX_KEYS: usize = 32;
const MAX_KID_BYTES: usize = 256;
/// RFC 7518, section 3.3, asks for 2,048 bits or more; more than 4,096 only cost time.
const RSA_MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC with SHA-256 and a shared secret.
    Hs256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    pub(super) fn read(algorithm: jsonwebtoken::Algorithm) -> Option<Self> {
        match algorithm {
            jsonwebtoken::Algorithm::HS256 => Some(Self::Hs256),
            jsonwebtoken::Algorithm::ES256 => Some(Self::Es256),
            jsonwebtoken::Algorithm::RS256 => Some(Self::Rs256),
            _ => None,
        }
    }

    pub(super) const fn library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }
}

/// A key to verify tokens with, for one algorithm.
#[derive(Clone)]
pub struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) material: DecodingKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Key {
    /// A shared secret.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        Self { algorithm: Algorithm::Hs256, material: DecodingKey::from_secret(secret) }
    }

    /// A published key. The algorithm follows from the type of the key; one of any other type or for any other use is none. A shared secret has no
    /// business among published keys.
    fn published(jwk: &Jwk) -> Option<Self> {
        let (algorithm, named) = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                (Algorithm::Es256, KeyAlgorithm::ES256)
            }
            AlgorithmParameters::RSA(_) => (Algorithm::Rs256, KeyAlgorithm::RS256),
            _ => return None,
        };
        let common = &jwk.common;
        let verifies = common.key_algorithm.is_none_or(|given| given == named)
            && common.public_key_use.as_ref().is_none_or(|given| *given == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|given| given.contains(&KeyOperations::Verify));
        let material = DecodingKey::from_jwk(jwk).ok().filter(|_| verifies)?;
        if let DecodingKeyKind::RsaModulusExponent { n, .. } = material.kind() {
            let leading = n.iter().take_while(|byte| **byte == 0).count();
            if !RSA_MODULUS_BYTES.contains(&(n.len() - leading)) {
                return None;
            }
        }
        Some(Self { algorithm, material })
    }
}

/// A project's published keys (RFC 7517).
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<(String, Key)>);

/// What is no set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotKeySet;

impl KeySet {
    /// Reads a set. Keys that cannot be used here are left out, as RFC 7517 (section 5) has it; so is a key whose id another had before.
    ///
    /// # Errors
    /// When it is no set, or too large.
    pub fn read(json: &[u8]) -> Result<Self, NotKeySet> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        if json.len() > MAX_KEY_SET_BYTES {
            return Err(NotKeySet);
        }
        let set: Set = serde_json::from_slice(json).map_err(|_| NotKeySet)?;
        if set.keys.len() > MAX_KEYS {
            return Err(NotKeySet);
        }
        let mut keys: Vec<(String, Key)> = Vec::new();
        for value in set.keys {
            let Ok(jwk) = serde_json::from_value::<Jwk>(value) else { continue };
            let Some(kid) = jwk.common.key_id.clone().filter(|kid| is_kid(kid)) else { continue };
            if let Some(key) = Key::published(&jwk)
                && !keys.iter().any(|(other, _)| *other == kid)
            {
                keys.push((kid, key));
            }
        }
        Ok(Self(keys))
    }

    /// The key with this id, when it is for this algorithm.
    #[must_use]
    pub fn find(&self, kid: &str, algorithm: Algorithm) -> Option<&Key> {
        let (_, key) = self.0.iter().find(|(other, _)| other == kid)?;
        (key.algorithm == algorithm).then_some(key)
    }
}

pub(super) fn is_kid(kid: &str) -> bool {
    !kid.is_empty() && kid.len() <= MAX_KID_BYTES
}
