use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use crate::place::Place;
use crate::timing::within;
use crate::{Error, ErrorKind, Platform, ResponseBody};

/// An answer's bytes on their way in, each pause bounded by the policy's idle timeout and all of them by the call's time.
pub struct Download<P: Platform> {
    pub(crate) platform: Rc<P>,
    pub(crate) body: P::Body,
    pub(crate) place: Place,
    pub(crate) idle_timeout: Duration,
    pub(crate) deadline: Duration,
}

impl<P: Platform> Download<P> {
    /// The next bytes; `None` at the end of a whole answer.
    ///
    /// # Errors
    /// `unavailable` when the connection broke, `timed-out` when the provider paused for too long or the call's time is over.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let left = self.deadline.saturating_sub(self.platform.monotonic());
        let limit = self.idle_timeout.min(left);
        match within(&*self.platform, limit, self.body.chunk()).await {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(error)) => Err(self.place.fault(error.fault)),
            None => Err(Error::new(
                ErrorKind::TimedOut,
                format!(
                    "{} paused for more than {} s in the middle of an answer.",
                    self.place.provider(),
                    limit.as_secs()
                ),
            )),
        }
    }
}
