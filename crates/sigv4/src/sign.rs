use std::fmt::Write as _;
use std::sync::Mutex;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::canonical::{self, SignedHeaders};
use crate::key::{Key, Signature, hex_sha256};
use crate::time::Stamp;
use crate::{ChunkSigner, Credentials, Payload};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// How a path becomes canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// S3: encoded once, never normalised; `x-amz-content-sha256` is sent.
    S3,
    /// Every other service: encoded twice.
    General {
        /// Whether dot segments and double slashes are resolved first.
        normalise: bool,
    },
}

/// A request that cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The URI has no host.
    #[error("the URI must be absolute: a signature covers the host")]
    NoHost,
    /// A region, key id or token with characters that no header can carry.
    #[error("the {0} holds characters that no header can carry")]
    NotAHeader(&'static str),
    /// The life of a presigned URL.
    #[error("a presigned URL lives 1 to 604800 seconds, not {0}")]
    Expires(u32),
}

/// Signs requests with one key for one region and service.
#[derive(Debug)]
pub struct Signer {
    credentials: Credentials,
    region: String,
    service: String,
    rules: Rules,
    today: Mutex<Option<([u8; 8], Key)>>,
}

impl Signer {
    /// For S3.
    pub fn s3(credentials: Credentials, region: impl Into<String>) -> Self {
        Self::new(credentials, region, "s3", Rules::S3)
    }

    /// For any service.
    pub fn new(
        credentials: Credentials,
        region: impl Into<String>,
        service: impl Into<String>,
        rules: Rules,
    ) -> Self {
        Self { credentials, region: region.into(), service: service.into(), rules, today: Mutex::new(None) }
    }

    /// The region it signs for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whose key it signs with.
    #[must_use]
    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) const fn rules(&self) -> Rules {
        self.rules
    }

    /// Signs a request in its headers: sets `x-amz-date`, `x-amz-content-sha256` (S3), `x-amz-security-token` (sessions) and `authorization`, and
    /// covers every header but those that transports change. The host is the URI's; a default port does not count.
    ///
    /// # Errors
    /// [`SignError::NoHost`], [`SignError::NotAHeader`].
    pub fn sign(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        payload: Payload<'_>,
        unix_seconds: u64,
    ) -> Result<(), SignError> {
        self.seal(method, uri, headers, payload, unix_seconds).map(drop)
    }

    /// Signs a request as [`Signer::sign`] does and returns what signs the chunks of its body, for
    /// [`Payload::SignedChunks`] and [`Payload::SignedChunksWithTrailer`].
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn sign_chunked(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        payload: Payload<'_>,
        unix_seconds: u64,
    ) -> Result<ChunkSigner, SignError> {
        let (stamp, key, seed) = self.seal(method, uri, headers, payload, unix_seconds)?;
        Ok(ChunkSigner::new(key, stamp, &self.scope(&stamp), seed))
    }

    fn seal(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        payload: Payload<'_>,
        unix_seconds: u64,
    ) -> Result<(Stamp, Key, Signature), SignError> {
        let host = host(uri)?;
        let stamp = Stamp::new(unix_seconds);
        let mut hash = [0; 64];
        let payload = payload.header(&mut hash);
        headers.remove(AUTHORIZATION);
        headers.insert(X_AMZ_DATE, value(stamp.as_str(), "time")?);
        if self.rules == Rules::S3 {
            headers.insert(X_AMZ_CONTENT_SHA256, value(payload, "payload hash")?);
        }
        if let Some(token) = self.credentials.session_token() {
            let mut token = value(token, "session token")?;
            token.set_sensitive(true);
            headers.insert(X_AMZ_SECURITY_TOKEN, token);
        }
        let signed = SignedHeaders::new(headers, host);
        let names = signed.names();
        let request = canonical::request(
            self.rules,
            method,
            uri.path(),
            uri.query().unwrap_or_default(),
            &signed,
            &names,
            payload,
        );
        let key = self.key(&stamp);
        let signature = self.signature(&key, &stamp, &request);
        let mut authorization = String::with_capacity(256 + names.len());
        // Writing to a string does not fail.
        let _ = write!(
            authorization,
            "{ALGORITHM} Credential={}/{}/{}/{}/aws4_request, SignedHeaders={names}, Signature={}",
            self.credentials.access_key_id(),
            stamp.date(),
            self.region,
            self.service,
            signature.as_str()
        );
        let mut authorization = value(&authorization, "access key id or region")?;
        authorization.set_sensitive(true);
        headers.insert(AUTHORIZATION, authorization);
        Ok((stamp, key, signature))
    }

    /// The signature of a canonical request.
    pub(crate) fn signature(&self, key: &Key, stamp: &Stamp, canonical_request: &[u8]) -> Signature {
        let mut hash = [0; 64];
        let hash = hex_sha256(canonical_request, &mut hash);
        key.sign(&[
            ALGORITHM.as_bytes(),
            b"\n",
            stamp.as_str().as_bytes(),
            b"\n",
            stamp.date().as_bytes(),
            b"/",
            self.region.as_bytes(),
            b"/",
            self.service.as_bytes(),
            b"/aws4_request\n",
            hash.as_bytes(),
        ])
    }

    /// `YYYYMMDD/region/service/aws4_request`
    pub(crate) fn scope(&self, stamp: &Stamp) -> String {
        format!("{}/{}/{}/aws4_request", stamp.date(), self.region, self.service)
    }

    /// The key of a day, derived once a day.
    pub(crate) fn key(&self, stamp: &Stamp) -> Key {
        let mut today = self.today.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let date = stamp.date().as_bytes();
        if let Some((day, key)) = &*today
            && day == date
        {
            return key.clone();
        }
        let secret = self.credentials.secret_access_key();
        let key = Key::derive(secret, stamp.date(), &self.region, &self.service);
        let mut day = [0; 8];
        day.copy_from_slice(date);
        *today = Some((day, key.clone()));
        key
    }
}

fn value(text: &str, what: &'static str) -> Result<HeaderValue, SignError> {
    HeaderValue::from_str(text).map_err(|_| SignError::NotAHeader(what))
}

/// The host as the transport will send it: without the scheme's own port, and without a user.
pub(crate) fn host(uri: &Uri) -> Result<&str, SignError> {
    let authority = uri.authority().ok_or(SignError::NoHost)?;
    let full = authority.as_str();
    let full = full.rsplit_once('@').map_or(full, |(_, host)| host);
    let default = match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    };
    Ok(if authority.port_u16().is_some() && authority.port_u16() == default {
        authority.host()
    } else {
        full
    })
}
