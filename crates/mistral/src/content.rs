//! A document's bytes, looked at before they are sent.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::LocalBoxStream;
use upstream::Error;

/// Bytes on their way in. Its end is the end of a whole document; a sender that gives up ends it with an error.
pub type ByteStream = LocalBoxStream<'static, Result<Bytes, Error>>;

/// The largest document that Mistral reads. Whether it counts 50 MB in base64 or before is not said: what goes in base64 stays under it either way.
pub(crate) const MAX_BYTES: u64 = 50_000_000;
/// The most that is held so that a failed try can be repeated.
pub(crate) const MAX_HELD_BYTES: u64 = 4 * 1024 * 1024;
/// The most that is held of a document whose size is not known.
const MAX_UNSIZED_BYTES: u64 = 16 * 1024 * 1024;
/// How far into a file a PDF may begin.
const SIGNATURE_BYTES: u64 = 1024;

/// A document of known size, its beginning at hand.
pub(crate) struct Content {
    ahead: VecDeque<Bytes>,
    rest: Option<ByteStream>,
    size: u64,
    passed: u64,
}

impl Content {
    /// Reads as much of a document as it takes to know its size and its beginning; all of it, when it is small.
    pub(crate) async fn open(stream: ByteStream, size: Option<u64>) -> Result<Self, Error> {
        let enough = match size {
            Some(size) if size > MAX_HELD_BYTES => SIGNATURE_BYTES,
            // One more: the end must be seen.
            Some(size) => size + 1,
            None => MAX_UNSIZED_BYTES + 1,
        };
        let mut content =
            Self { ahead: VecDeque::new(), rest: Some(stream), size: size.unwrap_or(u64::MAX), passed: 0 };
        let mut held = 0;
        while held < enough {
            let Some(bytes) = content.receive().await? else { break };
            held += bytes.len() as u64;
            content.ahead.push_back(bytes);
        }
        match (size, &content.rest) {
            (None, Some(_)) => {
                let mut error =
                    Error::too_large("A document whose size is not said, in bytes,", MAX_UNSIZED_BYTES, held);
                error.message.push_str(" Give its size.");
                return Err(error);
            }
            (None, None) => content.size = held,
            (Some(_), _) => {}
        }
        content.passed = 0;
        Ok(content)
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Whether all of it is here, and little enough to be copied.
    pub(crate) const fn is_held(&self) -> bool {
        self.rest.is_none() && self.size <= MAX_HELD_BYTES
    }

    /// Whether a PDF begins in the first 1,024 bytes.
    pub(crate) fn is_pdf(&self) -> bool {
        let start: Vec<u8> = self.ahead.iter().flatten().copied().take(SIGNATURE_BYTES as usize).collect();
        start.windows(5).any(|window| window == b"%PDF-")
    }

    /// The pieces that are here.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Bytes> {
        self.ahead.iter()
    }

    /// The next bytes; `None` at the end of a document that had the size it said.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match self.ahead.pop_front() {
            Some(bytes) => {
                self.passed += bytes.len() as u64;
                Ok(Some(bytes))
            }
            None => self.receive().await,
        }
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(rest) = &mut self.rest else { return Ok(None) };
        let Some(bytes) = rest.next().await.transpose()? else {
            self.rest = None;
            return if self.size == u64::MAX || self.passed == self.size {
                Ok(None)
            } else {
                Err(self.wrong_size())
            };
        };
        self.passed += bytes.len() as u64;
        if self.passed > self.size { Err(self.wrong_size()) } else { Ok(Some(bytes)) }
    }

    fn wrong_size(&self) -> Error {
        let more = if self.passed > self.size { "more have" } else { "only part of them has" };
        Error::invalid(format!(
            "The document's size was given as {} bytes, but {more} come. Give its true size or none.",
            self.size
        ))
        .with("limit", self.size.to_string())
        .with("actual", self.passed.to_string())
    }
}
