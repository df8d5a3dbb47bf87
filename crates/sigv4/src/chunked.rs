use std::fmt;

use crate::EMPTY_SHA256;
use crate::key::{Key, Signature, hex_sha256};
use crate::time::Stamp;

/// Signs the chunks of a body, each over the one before. A chunk on the wire is what [`ChunkSigner::chunk`] returns, then the data, then
/// `\r\n`. S3 takes chunks from 8 KiB; only the last may be smaller.
pub struct ChunkSigner {
    key: Key,
    /// Time and scope, as they stand in every string to sign.
    place: String,
    previous: Signature,
}

impl ChunkSigner {
    pub(crate) fn new(key: Key, stamp: Stamp, scope: &str, seed: Signature) -> Self {
        Self { key, place: format!("{}\n{scope}\n", stamp.as_str()), previous: seed }
    }

    /// The line before a chunk's data: `<length in hex>;chunk-signature=<signature>\r\n`. An empty chunk would end the body: leave it to
    /// [`ChunkSigner::finish`].
    pub fn chunk(&mut self, data: &[u8]) -> String {
        let mut hash = [0; 64];
        let hash = hex_sha256(data, &mut hash);
        self.previous = self.key.sign(&[
            b"AWS4-HMAC-SHA256-PAYLOAD\n",
            self.place.as_bytes(),
            self.previous.as_str().as_bytes(),
            b"\n",
            EMPTY_SHA256.as_bytes(),
            b"\n",
            hash.as_bytes(),
        ]);
        format!("{:x};chunk-signature={}\r\n", data.len(), self.previous.as_str())
    }

    /// The end of a body without a trailer: the empty chunk.
    #[must_use]
    pub fn finish(mut self) -> String {
        let mut end = self.chunk(&[]);
        end.push_str("\r\n");
        end
    }

    /// The end of a body with a trailer: the empty chunk, the trailer's headers, and their signature. Names are lower-case.
    #[must_use]
    pub fn finish_with_trailer(mut self, trailer: &[(&str, &str)]) -> String {
        let mut end = self.chunk(&[]);
        write_lines(&mut end, trailer, "\r\n");
        let mut signed = String::new();
        // What is hashed has other line ends than what is sent.
        write_lines(&mut signed, trailer, "\n");
        let mut hash = [0; 64];
        let hash = hex_sha256(signed.as_bytes(), &mut hash);
        let signature = self.key.sign(&[
            b"AWS4-HMAC-SHA256-TRAILER\n",
            self.place.as_bytes(),
            self.previous.as_str().as_bytes(),
            b"\n",
            hash.as_bytes(),
        ]);
        end.push_str("x-amz-trailer-signature:");
        end.push_str(signature.as_str());
        end.push_str("\r\n\r\n");
        end
    }
}

impl fmt::Debug for ChunkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChunkSigner")
    }
}

/// The line before a chunk's data in a body of [`Payload::UnsignedChunksWithTrailer`](crate::Payload): `<length in hex>\r\n`. The data and
/// `\r\n` follow. A length of 0 would end the body: leave that to [`finish_unsigned`].
#[must_use]
pub fn unsigned_chunk(length: usize) -> String {
    format!("{length:x}\r\n")
}

/// The end of such a body: the empty chunk and the trailer's headers, such as `x-amz-checksum-sha256`. Names are lower-case.
#[must_use]
pub fn finish_unsigned(trailer: &[(&str, &str)]) -> String {
    let mut end = unsigned_chunk(0);
    write_lines(&mut end, trailer, "\r\n");
    end.push_str("\r\n");
    end
}

fn write_lines(out: &mut String, trailer: &[(&str, &str)], line_end: &str) {
    for (name, value) in trailer {
        for piece in [name, ":", value, line_end] {
            out.push_str(piece);
        }
    }
}
