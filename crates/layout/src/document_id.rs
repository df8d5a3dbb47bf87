use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::{DocumentRef, IdError, IdName, IdProblem};

/// A document's id in the ledger and the prefix of its vectors' ids: a UUID in lower-case hex, 36 ASCII characters. Reading takes upper
/// case too, as UUIDs have it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId(String);

impl DocumentId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&DocumentRef> for DocumentId {
    /// Version 8 of RFC 9562 over the first 128 bits of the SHA-256 of the document's key, so that every program that knows the document
    /// knows its id.
    fn from(document: &DocumentRef) -> Self {
        let hash = Sha256::digest(document.key().as_str());
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&hash[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = format!("{:032x}", u128::from_be_bytes(bytes));
        Self([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
    }
}

impl FromStr for DocumentId {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        let fits = |(at, byte): (usize, u8)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        if id.len() != 36 || !id.bytes().enumerate().all(fits) {
            return Err(IdError { name: IdName::Document, problem: IdProblem::NotUuid });
        }
        Ok(Self(id.to_ascii_lowercase()))
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
