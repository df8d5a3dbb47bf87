use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

use crate::{Error, Result};

/// The bytes of a file on the move. An error ends it and says that what came before is a fragment.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// A stream of bytes that are all here.
pub fn from_bytes(bytes: impl Into<Bytes>) -> ByteStream {
    let bytes = bytes.into();
    if bytes.is_empty() { Box::pin(stream::empty()) } else { Box::pin(stream::iter([Ok(bytes)])) }
}

/// Reads a stream to its end.
///
/// # Errors
/// `too-large` past `limit` bytes, naming `what`; and the stream's own error.
pub async fn collect(mut stream: ByteStream, limit: u64, what: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        if bytes.len() as u64 + chunk.len() as u64 > limit {
            return Err(Error::too_large(&format!("{what}, in bytes,"), limit, None));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The first `count` bytes (or all of a shorter stream), and the stream from its beginning.
pub(crate) async fn peek(mut source: ByteStream, count: usize) -> Result<(Vec<u8>, ByteStream)> {
    let mut head = Vec::new();
    let mut chunks = Vec::new();
    while head.len() < count {
        let Some(chunk) = source.next().await else { break };
        let chunk = chunk?;
        head.extend_from_slice(&chunk[..chunk.len().min(count - head.len())]);
        chunks.push(Ok(chunk));
    }
    Ok((head, Box::pin(stream::iter(chunks).chain(source))))
}
