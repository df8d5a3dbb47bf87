//! Under which name a vector is remembered.

use sha2::{Digest as _, Sha256};

/// SHA-256 of all that a vector depends on.
pub(crate) type Key = [u8; 32];

/// What vectors of one kind have in common: they can be compared with each other and with no others.
pub(crate) struct Space<'a> {
    /// The embedder's name.
    pub(crate) stage: &'a str,
    /// Its version.
    pub(crate) version: &'a str,
    /// The model that answers.
    pub(crate) model: &'a str,
    /// `document` or `query`: a model may treat the same text differently.
    pub(crate) purpose: &'a str,
}

impl Space<'_> {
    /// The name of a text's vector.
    pub(crate) fn key(&self, text: &str) -> Key {
        let mut hash = Sha256::new();
        for part in [self.stage, self.version, self.model, self.purpose, text] {
            // With its length, so that no two lists of parts run together into the same bytes.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}
