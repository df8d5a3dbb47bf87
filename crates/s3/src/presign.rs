//! Signed URLs.

use http::{HeaderMap, Method};
use upstream::{Error, Platform};

use crate::object::check_key;
use crate::{S3, SignedMethod, SignedUrl};

impl<P: Platform> S3<P> {
    /// A URL that grants one method on a key for 1 to 604,800 seconds. It dies with the session token, where there is one.
    ///
    /// # Errors
    /// `invalid` for another life or a key that is none.
    pub fn presign(&self, method: SignedMethod, key: &str, seconds: u32) -> Result<SignedUrl, Error> {
        check_key(key)?;
        let method = match method {
            SignedMethod::Get => Method::GET,
            SignedMethod::Head => Method::HEAD,
            SignedMethod::Put => Method::PUT,
            SignedMethod::Delete => Method::DELETE,
        };
        let signer = self.signer();
        let uri = self.config.uri(signer.region(), Some(key), &[])?;
        let now_ms = self.now_ms();
        let url = signer
            .presign(&method, &uri, &HeaderMap::new(), seconds, now_ms / 1000)
            .map_err(|error| Error::invalid(format!("The URL cannot be signed: {error}.")))?;
        Ok(SignedUrl { url, expires_ms: (now_ms / 1000 + u64::from(seconds)) * 1000 })
    }
}
