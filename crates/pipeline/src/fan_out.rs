//! One stream read once and handed to two readers at the speed of the slower one, its hash taken on the way.

use bytes::Bytes;
use futures::channel::{mpsc, oneshot};
use futures::{SinkExt, StreamExt};
use sha2::{Digest, Sha256};

use crate::{ByteStream, Error, Result};

/// How many chunks may wait for each reader.
const CHUNKS_IN_FLIGHT: usize = 2;

/// Marks the error of a body whose keeper did not leave because of what it was given, but while it waited for more.
const KEPT_WAITING: &str = "kept-waiting";

/// Whether the keeper left while it waited, for the examiner most likely.
pub(crate) fn was_kept_waiting(error: &Error) -> bool {
    error.extra(KEPT_WAITING).is_some()
}

/// What went by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) sha256: String,
    pub(crate) size: u64,
    /// The bytes are those known already: both readers were told to stop.
    pub(crate) unchanged: bool,
}

/// A source with two readers: the `keeper`, whose stream ends only when the verdict on the content is in, and the `examiner`, who gives it.
pub(crate) struct FanOut {
    source: ByteStream,
    limit: u64,
    known_sha256: Option<String>,
    keeper: mpsc::Sender<Result<Bytes>>,
    examiner: mpsc::Sender<Result<Bytes>>,
    verdict: oneshot::Receiver<Result<()>>,
}

/// The ends that [`FanOut::new`] gives out.
pub(crate) struct Readers {
    pub(crate) keeper: ByteStream,
    pub(crate) examiner: ByteStream,
    pub(crate) verdict: oneshot::Sender<Result<()>>,
}

impl FanOut {
    pub(crate) fn new(source: ByteStream, limit: u64, known_sha256: Option<String>) -> (Self, Readers) {
        let (keeper, keeper_end) = mpsc::channel(CHUNKS_IN_FLIGHT);
        let (examiner, examiner_end) = mpsc::channel(CHUNKS_IN_FLIGHT);
        let (verdict_end, verdict) = oneshot::channel();
        let fan_out = Self { source, limit, known_sha256, keeper, examiner, verdict };
        let readers =
            Readers { keeper: Box::pin(keeper_end), examiner: Box::pin(examiner_end), verdict: verdict_end };
        (fan_out, readers)
    }

    /// Moves the bytes. The keeper's stream ends well only when everything was read, it is new, and the examiner's verdict is good.
    pub(crate) async fn run(mut self) -> Result<Receipt> {
        let mut hasher = Sha256::new();
        let mut size = 0_u64;
        let mut examined = true;
        while let Some(chunk) = self.source.next().await {
            let chunk = match chunk {
                Ok(chunk) if size + chunk.len() as u64 > self.limit => {
                    return self.stop(Error::too_large("The file, in bytes,", self.limit, None)).await;
                }
                Ok(chunk) => chunk,
                Err(error) => return self.stop(error).await,
            };
            size += chunk.len() as u64;
            hasher.update(&chunk);
            let had_left = self.keeper.is_closed();
            if self.keeper.send(Ok(chunk.clone())).await.is_err() {
                // The keeper failed; its own error says why.
                let error = Error::failed("The file could not be stored.");
                return self.stop(if had_left { error.with(KEPT_WAITING, "true") } else { error }).await;
            }
            // An examiner that has seen enough may leave.
            examined = examined && self.examiner.send(Ok(chunk)).await.is_ok();
        }
        let sha256 = hex::encode(hasher.finalize());
        if self.known_sha256.as_ref() == Some(&sha256) {
            // Told before the examiner's stream ends, so that no billable work begins.
            let unchanged = Error::conflict("These bytes are stored already.").with("reason", "unchanged");
            let _ = self.stop(unchanged).await;
            return Ok(Receipt { sha256, size, unchanged: true });
        }
        drop(self.examiner);
        match self.verdict.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => _ = self.keeper.send(Err(error)).await,
            Err(oneshot::Canceled) => {
                _ = self.keeper.send(Err(Error::failed("The file was not examined to the end."))).await;
            }
        }
        Ok(Receipt { sha256, size, unchanged: false })
    }

    async fn stop(&mut self, error: Error) -> Result<Receipt> {
        // A reader that has left already needs no telling.
        let _ = self.keeper.send(Err(error.clone())).await;
        let _ = self.examiner.send(Err(error.clone())).await;
        Err(error)
    }
}
