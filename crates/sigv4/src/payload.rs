/// SHA-256 of nothing, in hex.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What the signature says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// There is none.
    Empty,
    /// Bytes at hand, to be hashed here.
    Bytes(&'a [u8]),
    /// The SHA-256 of the body, in lower-case hex.
    Sha256(&'a str),
    /// Nothing: the body is not covered. Only over TLS, with a checksum of its own.
    Unsigned,
    /// Signed chunks follow, made by a [`ChunkSigner`](crate::ChunkSigner).
    SignedChunks,
    /// Signed chunks and a signed trailer follow.
    SignedChunksWithTrailer,
    /// Chunks without signatures and a trailer follow. Only over TLS.
    UnsignedChunksWithTrailer,
}

impl Payload<'_> {
    /// The value of `x-amz-content-sha256`, written into `hash` when it must be computed.
    pub(crate) fn header<'b>(&'b self, hash: &'b mut [u8; 64]) -> &'b str {
        match self {
            Self::Empty => EMPTY_SHA256,
            Self::Bytes(bytes) => crate::key::hex_sha256(bytes, hash),
            Self::Sha256(hex) => hex,
            Self::Unsigned => "UNSIGNED-PAYLOAD",
            Self::SignedChunks => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedChunksWithTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedChunksWithTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }
}
