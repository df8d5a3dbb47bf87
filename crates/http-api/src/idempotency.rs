//! The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): a client that does not know what became of a request sends it again with the
//! same key, and it is done once.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, StatusCode};
use memchr::memmem::Finder;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::problem::{Problem, ProblemKind};

/// The header with the key.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The header, with the value `true`, of an answer that was given before.
pub const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";
/// The longest key, in characters.
pub const MAX_KEY_CHARS: usize = 255;

/// A header that holds no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the header Idempotency-Key must hold one key of 1 to {MAX_KEY_CHARS} visible ASCII characters without spaces, such as a UUID"
)]
pub struct KeyError;

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let problem = Self::new(ProblemKind::Invalid, format!("Not a key: {error}."));
        problem.with_extension("header", "Idempotency-Key")
    }
}

/// A request's key; `None` when it has none. What it holds counts as it is, quotation marks included.
///
/// # Errors
/// [`KeyError`] for anything but 1 to [`MAX_KEY_CHARS`] visible characters of ASCII, and for more than one.
pub fn key(headers: &HeaderMap) -> Result<Option<&str>, KeyError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| {
        (1..=MAX_KEY_CHARS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    });
    // Two keys are none.
    key.filter(|_| values.next().is_none()).map(Some).ok_or(KeyError)
}

/// Whether an answer is given again to the same request: it was done, or refused for what its body is. Any other refusal has changed nothing and may be another the
/// next time.
#[must_use]
pub fn is_kept(status: StatusCode) -> bool {
    status.is_success()
        || matches!(
            status,
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY
        )
}

/// The headers of an answer that are kept with it. The others are of the exchange that they were sent in.
#[must_use]
pub const fn kept_headers() -> [HeaderName; 5] {
    [CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER]
}

/// Takes the hash of a request's body as it passes. What comes of a form does not depend on its boundary, which a client makes up anew for each try: the hash is
/// taken without it.
pub struct BodyHasher {
    boundary: Option<Finder<'static>>,
    /// The end of what has passed, as far as a boundary may begin in it.
    held: Vec<u8>,
    sha256: Sha256,
    size: u64,
}

impl BodyHasher {
    /// Of a body; `boundary` when it is a form.
    #[must_use]
    pub fn new(boundary: Option<&str>) -> Self {
        let boundary = boundary.map(|boundary| Finder::new(&format!("--{boundary}")).into_owned());
        Self { boundary, held: Vec::new(), sha256: Sha256::new(), size: 0 }
    }

    /// The next bytes.
    pub fn update(&mut self, chunk: &[u8]) {
        let Some(boundary) = &self.boundary else { return self.count(chunk) };
        let length = boundary.needle().len();
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(chunk);
        let mut rest = 0;
        let found: Vec<usize> = boundary.find_iter(&bytes).collect();
        for at in found {
            self.count(&bytes[rest..at]);
            rest = at + length;
        }
        let keep = (bytes.len() - rest).min(length - 1);
        self.count(&bytes[rest..bytes.len() - keep]);
        bytes.drain(..bytes.len() - keep);
        self.held = bytes;
    }

    /// How many bytes have counted so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the bytes that count, in lower-case hex, and how many those were.
    #[must_use]
    pub fn finish(mut self) -> (String, u64) {
        let held = std::mem::take(&mut self.held);
        self.count(&held);
        (hex::encode(self.sha256.finalize()), self.size)
    }

    fn count(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.size += bytes.len() as u64;
    }
}
