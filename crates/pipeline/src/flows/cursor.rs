//! How far a walk in pages has come, as text that clients carry from one page to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longer than the cursors of any two stores, which positions hold.
pub(super) const MAX_CURSOR_BYTES: usize = 16 << 10;

/// A position as a cursor.
pub(super) fn encode(position: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).unwrap_or_default())
}

/// The position that a cursor names; `None` when it names none.
pub(super) fn decode<Position: DeserializeOwned>(cursor: &str) -> Option<Position> {
    let bytes = Some(cursor)
        .filter(|cursor| cursor.len() <= MAX_CURSOR_BYTES)
        .and_then(|cursor| URL_SAFE_NO_PAD.decode(cursor).ok())?;
    serde_json::from_slice(&bytes).ok()
}
