//! Request bodies that carry a document: a beginning, the document as it comes in, an end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::unfold;
use upstream::{Error, RequestBody};

use crate::content::Content;

/// How the document's bytes appear in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Base64,
}

impl Encoding {
    const fn length(self, bytes: u64) -> u64 {
        match self {
            Self::Plain => bytes,
            Self::Base64 => bytes.div_ceil(3) * 4,
        }
    }
}

/// A document between a beginning and an end, which is sent only when the document is known to be whole.
pub(crate) fn framed(start: Vec<u8>, content: Content, encoding: Encoding, end: Vec<u8>) -> RequestBody {
    let length = start.len() as u64 + encoding.length(content.size()) + end.len() as u64;
    let mut encoder = Encoder { encoding, carry: Vec::new() };
    if content.is_held() {
        let mut whole = start;
        whole.reserve_exact(usize::try_from(length).unwrap_or_default().saturating_sub(whole.len()));
        for bytes in content.held() {
            whole.extend_from_slice(&encoder.push(bytes.clone()));
        }
        whole.extend_from_slice(&encoder.finish());
        whole.extend_from_slice(&end);
        return RequestBody::Bytes(whole.into());
    }
    let pieces = Pieces { start: Some(start), content, encoder, end: Some(end) };
    let bytes = unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        match pieces.next().await {
            Ok(bytes) => bytes.map(|bytes| (Ok(bytes), Some(pieces))),
            Err(error) => Some((Err(error), None)),
        }
    });
    RequestBody::Stream { length, bytes: Box::pin(bytes) }
}

struct Pieces {
    start: Option<Vec<u8>>,
    content: Content,
    encoder: Encoder,
    end: Option<Vec<u8>>,
}

impl Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(start) = self.start.take() {
            return Ok(Some(start.into()));
        }
        while let Some(bytes) = self.content.next().await? {
            let bytes = self.encoder.push(bytes);
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
        Ok(self.end.take().map(|end| {
            let mut last = self.encoder.finish().to_vec();
            last.extend_from_slice(&end);
            last.into()
        }))
    }
}

/// Encodes piece by piece; what does not fill a group of three bytes waits for the next piece.
struct Encoder {
    encoding: Encoding,
    carry: Vec<u8>,
}

impl Encoder {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        if self.encoding == Encoding::Plain {
            return bytes;
        }
        let missing = (3 - self.carry.len()) % 3;
        if bytes.len() < missing {
            self.carry.extend_from_slice(&bytes);
            return Bytes::new();
        }
        let (first, rest) = bytes.split_at(missing);
        self.carry.extend_from_slice(first);
        let mut text = STANDARD.encode(&self.carry);
        let (whole, carry) = rest.split_at(rest.len() - rest.len() % 3);
        STANDARD.encode_string(whole, &mut text);
        self.carry = carry.to_vec();
        text.into()
    }

    fn finish(&mut self) -> Bytes {
        STANDARD.encode(std::mem::take(&mut self.carry)).into()
    }
}
