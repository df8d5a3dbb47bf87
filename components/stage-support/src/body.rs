use bytes::Bytes;
use futures_util::stream::{LocalBoxStream, unfold};
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use crate::error::received;
use crate::files::Body;
use crate::types::Error;

/// Bytes asked for at once.
const READ_BYTES: usize = 64 * 1024;

/// A body being received, in pieces of up to 64 KiB. Its end is the end of a whole body: one whose sender gave up ends with the sender's error.
pub type Incoming = LocalBoxStream<'static, Result<Bytes, upstream::Error>>;

struct Reader {
    bytes: StreamReader<u8>,
    outcome: Option<FutureReader<Result<(), Error>>>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, upstream::Error> {
        loop {
            let (result, bytes) = self.bytes.read(Vec::with_capacity(READ_BYTES)).await;
            if !bytes.is_empty() {
                return Ok(Some(bytes.into()));
            }
            if !matches!(result, StreamResult::Complete(_)) {
                break;
            }
        }
        // The end of the bytes alone says nothing: a sender that gave up ends them, too.
        match self.outcome.take() {
            Some(outcome) => outcome.await.map(|()| None).map_err(received),
            None => Ok(None),
        }
    }
}

/// A body's bytes on their way in.
#[must_use]
pub fn incoming(body: Body) -> Incoming {
    let reader = Reader { bytes: body.bytes, outcome: Some(body.outcome) };
    Box::pin(unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        match reader.next().await {
            Ok(bytes) => bytes.map(|bytes| (Ok(bytes), Some(reader))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}
