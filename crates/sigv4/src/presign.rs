use http::{HeaderMap, Method, Uri};

use crate::canonical::{self, SignedHeaders};
use crate::encode::encode_query;
use crate::sign::{ALGORITHM, host};
use crate::time::Stamp;
use crate::{MAX_EXPIRES_SECONDS, SignError, Signer};

impl Signer {
    /// A URL that grants one request until it expires. `headers` are those that the request must carry as they stand here. The URL is a
    /// secret: whoever holds it may use it.
    ///
    /// # Errors
    /// [`SignError::Expires`] unless `expires_seconds` is 1 to 604,800; [`SignError::NoHost`].
    pub fn presign(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        expires_seconds: u32,
        unix_seconds: u64,
    ) -> Result<String, SignError> {
        if !(1..=MAX_EXPIRES_SECONDS).contains(&expires_seconds) {
            return Err(SignError::Expires(expires_seconds));
        }
        let host = host(uri)?;
        let stamp = Stamp::new(unix_seconds);
        let signed = SignedHeaders::new(headers, host);
        let names = signed.names();
        let credential = format!("{}/{}", self.credentials().access_key_id(), self.scope(&stamp));
        let expires = expires_seconds.to_string();
        let mut added = vec![
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", credential.as_str()),
            ("X-Amz-Date", stamp.as_str()),
            ("X-Amz-Expires", expires.as_str()),
            ("X-Amz-SignedHeaders", names.as_str()),
        ];
        if let Some(token) = self.credentials().session_token() {
            added.push(("X-Amz-Security-Token", token));
        }
        let mut query = uri.query().map(ToOwned::to_owned).unwrap_or_default();
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&encode_query(added));
        let request =
            canonical::request(self.rules(), method, uri.path(), &query, &signed, &names, "UNSIGNED-PAYLOAD");
        let signature = self.signature(&self.key(&stamp), &stamp, &request);
        let scheme = uri.scheme_str().unwrap_or("https");
        Ok(format!("{scheme}://{host}{}?{query}&X-Amz-Signature={}", uri.path(), signature.as_str()))
    }
}
