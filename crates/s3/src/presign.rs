//! Signed URLs.

use http::HeaderMap;
use sigv4::MAX_EXPIRES_SECONDS;
use upstream::{Error, Platform};

use crate::client::Client;
use crate::{Operation, check};

/// What a signed URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedMethod {
    /// To read the object.
    Get,
    /// To read what is known of it.
    Head,
    /// To write it.
    Put,
    /// To remove it.
    Delete,
}

/// A URL that grants one request on one key until it expires. A secret: its `Debug` shows no URL.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
    /// Milliseconds since 1970. A session's URL dies with the session, whatever stands here.
    pub expires_ms: u64,
    /// Headers that the request must carry as they stand here.
    pub headers: Vec<(String, String)>,
}

impl std::fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedUrl")
            .field("expires_ms", &self.expires_ms)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

impl<P: Platform> Client<P> {
    /// A URL that grants `method` on a key for 1 to 604,800 seconds. Asks nobody: the region is the one set, or the one that an earlier answer named.
    ///
    /// # Errors
    /// `invalid` for a key or a life out of bounds.
    pub fn presign(&self, method: SignedMethod, key: &str, seconds: u32) -> Result<SignedUrl, Error> {
        check::key(key)?;
        if !(1..=MAX_EXPIRES_SECONDS).contains(&seconds) {
            return Err(Error::invalid(format!(
                "A signed URL lives 1 to {MAX_EXPIRES_SECONDS} seconds, not {seconds}."
            ))
            .with("limit", MAX_EXPIRES_SECONDS.to_string())
            .with("actual", seconds.to_string()));
        }
        let operation = match method {
            SignedMethod::Get => Operation::GetObject,
            SignedMethod::Head => Operation::HeadObject,
            SignedMethod::Put => Operation::PutObject,
            SignedMethod::Delete => Operation::DeleteObject,
        };
        let mut headers = HeaderMap::new();
        if method == SignedMethod::Put {
            self.config().encrypt(&mut headers);
        }
        let signer = self.signer();
        let uri = self.uri(&signer, Some(key), &[])?;
        let now = self.now();
        let url = signer
            .presign(&operation.method(), &uri, &headers, seconds, now)
            .map_err(|error| Error::failed(format!("The URL cannot be signed: {error}.")))?;
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
        let expires_ms = now.saturating_add(u64::from(seconds)).saturating_mul(1000);
        Ok(SignedUrl { url, expires_ms, headers: headers.collect() })
    }
}
