//! Cursors: opaque to callers, checked when they come back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Error, Result};

/// Longer than any cursor this crate makes of a limited row; bounds the work on a made-up one.
const MAX_BYTES: usize = 512 * 1024;

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(cursor: &str) -> Result<Vec<u8>> {
    if cursor.len() > MAX_BYTES {
        return Err(wrong());
    }
    URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())
}

pub(crate) fn wrong() -> Error {
    Error::invalid("The cursor does not belong to this listing. Start again without one.")
}
