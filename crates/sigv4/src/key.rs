//! Hashes and the day's key.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// An HMAC that has taken its key in: cloning it is cheaper than keying another.
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    fn new(key: &[u8]) -> Self {
        // HMAC takes a key of any length.
        Self(Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default())))
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    /// The key of a day, a region and a service.
    pub(crate) fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let mut first = Vec::with_capacity(4 + secret.len());
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.as_bytes());
        let day = Self::new(&first).mac(&[date.as_bytes()]);
        let region = Self::new(&day).mac(&[region.as_bytes()]);
        let service = Self::new(&region).mac(&[service.as_bytes()]);
        Self::new(&Self::new(&service).mac(&[b"aws4_request"]))
    }

    /// The signature of a text given in parts.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Signature {
        let mut hex = [0; 64];
        write_hex(&self.mac(parts), &mut hex);
        Signature(hex)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// A signature: 64 hex digits.
#[derive(Clone, Copy)]
pub(crate) struct Signature([u8; 64]);

impl Signature {
    pub(crate) fn as_str(&self) -> &str {
        // Only hex digits were written.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn write_hex(bytes: &[u8; 32], out: &mut [u8; 64]) {
    // The slices fit each other, so this does not fail.
    let _ = hex::encode_to_slice(bytes, out);
}

/// The SHA-256 of bytes, in hex.
pub(crate) fn hex_sha256<'a>(bytes: &[u8], out: &'a mut [u8; 64]) -> &'a str {
    write_hex(&Sha256::digest(bytes).into(), out);
    std::str::from_utf8(out).unwrap_or_default()
}
