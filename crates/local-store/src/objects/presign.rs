//! URLs that the store signs and honours itself.

use hmac::{Hmac, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;

use crate::database::{Columns, Database, count, rows};
use crate::{Environment, Error, ErrorKind, Result};

use super::{MAX_SIGNED_URL_SECONDS, ObjectStore, check};

/// What a signed URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedMethod {
    /// Reading.
    Get,
    /// Reading what is known.
    Head,
    /// Storing.
    Put,
    /// Removing.
    Delete,
}

impl SignedMethod {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A URL that grants one request on one key until it expires. A secret, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// A reference beginning with `/`.
    pub url: String,
    /// Milliseconds since 1970.
    pub expires_ms: u64,
}

const PATH: &str = "/v1/presigned/";
/// The unreserved characters of RFC 3986 stay. `/` does not: a key may have empty or dot segments, which clients would resolve.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl<D: Database, E: Environment> ObjectStore<D, E> {
    /// Makes a signed URL for 1 to [`MAX_SIGNED_URL_SECONDS`] seconds.
    ///
    /// # Errors
    /// `invalid` for a key or a life out of bounds; and the database's own.
    pub async fn presign(&self, method: SignedMethod, key: &str, seconds: u32) -> Result<SignedUrl> {
        check::key(key)?;
        if matches!(key, "." | "..") {
            return Err(Error::invalid("The keys `.` and `..` cannot be part of a URL."));
        }
        if !(1..=MAX_SIGNED_URL_SECONDS).contains(&seconds) {
            let message = format!("A signed URL lives 1 to {MAX_SIGNED_URL_SECONDS} seconds.");
            return Err(Error::invalid(message)
                .with("limit", MAX_SIGNED_URL_SECONDS)
                .with("actual", seconds));
        }
        self.ready().await?;
        let secret = match self.signing_key().await? {
            Some(secret) => secret,
            None => self.create_signing_key().await?,
        };
        let expires_ms = self.env.now_ms() + u64::from(seconds) * 1000;
        let signature = hex::encode(mac(&secret, method, expires_ms, key)?.finalize().into_bytes());
        let (key, method) = (utf8_percent_encode(key, ESCAPED), method.as_str());
        let url = format!("{PATH}{key}?method={method}&expires={expires_ms}&signature={signature}");
        Ok(SignedUrl { url, expires_ms })
    }

    /// The key that a URL made by `presign` grants this method on; `url` is the path and query as requested.
    ///
    /// # Errors
    /// `denied`, whatever part is wrong; and the database's own.
    pub async fn redeem(&self, method: SignedMethod, url: &str) -> Result<String> {
        let denied =
            || Error::new(ErrorKind::Denied, "The signed URL is not valid, or no longer. Ask for a new one.");
        let claim = Claim::parse(url).filter(|claim| claim.method == method.as_str()).ok_or_else(denied)?;
        self.ready().await?;
        let secret = self.signing_key().await?.ok_or_else(denied)?;
        let mac = mac(&secret, method, claim.expires_ms, &claim.key)?;
        // `verify_slice` compares in constant time.
        mac.verify_slice(&claim.signature).map_err(|_| denied())?;
        if self.env.now_ms() >= claim.expires_ms {
            return Err(denied());
        }
        Ok(claim.key)
    }

    async fn signing_key(&self) -> Result<Option<Vec<u8>>> {
        let row = rows(&self.db, "SELECT key FROM serene_signing_key WHERE id = 1", Vec::new()).await?.pop();
        row.map(|row| Columns::new(row).blob()).transpose()
    }

    /// Several may create it at once; all of them use the first one's.
    async fn create_signing_key(&self) -> Result<Vec<u8>> {
        let new = [self.env.random(), self.env.random()].concat();
        count(
            &self.db,
            "INSERT OR IGNORE INTO serene_signing_key (id, key) VALUES (1, ?1)",
            vec![new.into()],
        )
        .await?;
        self.signing_key().await?.ok_or_else(|| Error::failed("The signing key was not kept."))
    }
}

/// The key comes last: it alone may hold a line break, so no two claims have the same text.
fn mac(secret: &[u8], method: SignedMethod, expires_ms: u64, key: &str) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)
        .map_err(|_| Error::failed("The signing key cannot be used."))?;
    mac.update(format!("serene-presigned-1\n{}\n{expires_ms}\n{key}", method.as_str()).as_bytes());
    Ok(mac)
}

/// What a URL says.
struct Claim {
    key: String,
    method: String,
    expires_ms: u64,
    signature: Vec<u8>,
}

impl Claim {
    /// Longest possible: a key of 1,024 bytes escaped, and the query.
    const MAX_BYTES: usize = 4096;

    fn parse(url: &str) -> Option<Self> {
        if url.len() > Self::MAX_BYTES {
            return None;
        }
        let (path, query) = url.strip_prefix(PATH)?.split_once('?')?;
        let key = percent_decode_str(path).decode_utf8().ok()?.into_owned();
        check::key(&key).ok()?;
        let (mut method, mut expires_ms, mut signature) = (None, None, None);
        for pair in query.split('&') {
            match pair.split_once('=')? {
                ("method", value) if method.is_none() => method = Some(value.to_owned()),
                ("expires", value) if expires_ms.is_none() => expires_ms = Some(value.parse().ok()?),
                ("signature", value) if signature.is_none() => signature = Some(hex::decode(value).ok()?),
                _ => return None,
            }
        }
        Some(Self { key, method: method?, expires_ms: expires_ms?, signature: signature? })
    }
}
