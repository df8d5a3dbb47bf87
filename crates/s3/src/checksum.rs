//! Checksums as S3 keeps them with objects.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc, Digest, Table};
use http::HeaderMap;
use sha2::{Digest as _, Sha256};

static CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
static CRC64NVME: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_NVME);

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// CRC-64/NVME over the pieces of an object.
pub(crate) struct Crc64(Digest<'static, u64, Table<16>>);

impl Crc64 {
    pub(crate) fn new() -> Self {
        Self(CRC64NVME.digest())
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// As the header has it.
    pub(crate) fn finish(self) -> String {
        base64(&self.0.finalize().to_be_bytes())
    }

    pub(crate) fn of(bytes: &[u8]) -> String {
        base64(&CRC64NVME.checksum(bytes).to_be_bytes())
    }
}

/// The SHA-256 of a whole object in hex, where the server says it.
pub(crate) fn sha256(headers: &HeaderMap) -> Option<String> {
    let bytes = STANDARD.decode(whole(headers, "x-amz-checksum-sha256")?).ok()?;
    (bytes.len() == 32).then(|| hex::encode(bytes))
}

/// A checksum of the whole object. Those of parts end in `-` and their count, or are said to be composite.
fn whole<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    if headers.get("x-amz-checksum-type").is_some_and(|kind| kind == "COMPOSITE") {
        return None;
    }
    headers.get(name)?.to_str().ok().filter(|value| !value.contains('-'))
}

/// Holds an object that is being read to the checksum that the server has of it.
pub(crate) struct Verifier {
    expected: String,
    state: State,
}

enum State {
    Sha256(Sha256),
    Crc64(Crc64),
    Crc32(Digest<'static, u32, Table<16>>),
}

impl Verifier {
    /// By the best of the checksums in the answer's headers; `None` when there is none of the whole object.
    pub(crate) fn new(headers: &HeaderMap) -> Option<Self> {
        type Kind = (&'static str, fn() -> State);
        let kinds: [Kind; 4] = [
            ("x-amz-checksum-sha256", || State::Sha256(Sha256::new())),
            ("x-amz-checksum-crc64nvme", || State::Crc64(Crc64::new())),
            ("x-amz-checksum-crc32c", || State::Crc32(CRC32C.digest())),
            ("x-amz-checksum-crc32", || State::Crc32(CRC32.digest())),
        ];
        kinds.into_iter().find_map(|(name, state)| {
            Some(Self { expected: whole(headers, name)?.to_owned(), state: state() })
        })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Sha256(digest) => digest.update(bytes),
            State::Crc64(digest) => digest.update(bytes),
            State::Crc32(digest) => digest.update(bytes),
        }
    }

    /// Whether the bytes were those.
    pub(crate) fn finish(self) -> bool {
        let actual = match self.state {
            State::Sha256(digest) => base64(&digest.finalize()),
            State::Crc64(digest) => digest.finish(),
            State::Crc32(digest) => base64(&digest.finalize().to_be_bytes()),
        };
        actual == self.expected
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The check values of the CRC catalogue, over `123456789`.
    const KNOWN: [(&str, &str); 3] = [
        ("x-amz-checksum-crc32", "y/Q5Jg=="),
        ("x-amz-checksum-crc32c", "4waSgw=="),
        ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
    ];

    fn verify(name: &'static str, value: &'static str, bytes: &[u8]) -> Option<bool> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        Verifier::new(&headers).map(|mut verifier| {
            bytes.chunks(4).for_each(|piece| verifier.update(piece));
            verifier.finish()
        })
    }

    #[test]
    fn right_bytes_pass_and_wrong_ones_do_not() {
        for (name, value) in KNOWN {
            assert_eq!(verify(name, value, b"123456789"), Some(true), "{name}");
            assert_eq!(verify(name, value, b"123456780"), Some(false), "{name}");
        }
        let hash = base64(&Sha256::digest(b"123456789")).leak();
        assert_eq!(verify("x-amz-checksum-sha256", hash, b"123456789"), Some(true));
        assert_eq!(verify("x-amz-checksum-sha256", hash, b""), Some(false));
    }

    #[test]
    fn checksums_of_parts_say_nothing_of_the_whole() {
        assert_eq!(verify("x-amz-checksum-crc32", "y/Q5Jg==-2", b"123456789"), None);
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-checksum-sha256", HeaderValue::from_static("AAAA-1"));
        assert_eq!(sha256(&headers), None);
        // Some say the kind, and leave the suffix out.
        let hash = base64(&Sha256::digest(b"123456789"));
        for (name, value) in KNOWN.into_iter().chain([("x-amz-checksum-sha256", hash.as_str())]) {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
            headers.insert("x-amz-checksum-type", HeaderValue::from_static("COMPOSITE"));
            assert!(Verifier::new(&headers).is_none(), "{name}");
            assert_eq!(sha256(&headers), None, "{name}");
        }
    }
}
