//! When something last moved: how a request that takes long is told from one that is stuck.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::SetOnce;
use wasmtime_wasi_http::{Error, WasiBody};

use super::busy::Busy;
use super::ending::Ending;

/// The moment at which something last moved, set by many and read by many.
#[derive(Debug)]
pub(super) struct Activity {
    since: Instant,
    last_ms: AtomicU64,
}

impl Default for Activity {
    fn default() -> Self {
        Self { since: Instant::now(), last_ms: AtomicU64::new(0) }
    }
}

impl Activity {
    fn touch(&self) {
        let elapsed = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.fetch_max(elapsed, Ordering::Relaxed);
    }

    /// The last moment; that of its making at first.
    pub(super) fn last(&self) -> Instant {
        self.since + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }

    /// Resolves once nothing has moved for `limit`.
    pub(super) async fn idle(&self, limit: Duration) {
        loop {
            let seen = self.last();
            let Some(deadline) = seen.checked_add(limit) else { return std::future::pending().await };
            tokio::time::sleep_until(deadline.into()).await;
            if self.last() == seen {
                return;
            }
        }
    }
}

/// What the requests in an instance see of it.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// When something of any of them last moved.
    pub(super) activity: Activity,
    /// How long it has computed without a pause.
    pub(super) busy: Arc<Busy>,
    /// How the instance ended; `None` when it had done its work.
    pub(super) ending: SetOnce<Option<Ending>>,
}

impl Pulse {
    fn touch(&self) {
        self.activity.touch();
        self.busy.moved();
    }
}

/// A request's way through an instance: what moves on it keeps both from counting as stuck.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    request: Arc<Activity>,
    /// Set once an instance has taken the request.
    instance: Arc<OnceLock<Arc<Pulse>>>,
}

impl Progress {
    /// The request's own activity.
    pub(super) fn request(&self) -> &Activity {
        &self.request
    }

    /// Says which instance took the request.
    pub(super) fn taken_by(&self, instance: Arc<Pulse>) {
        instance.touch();
        let _ = self.instance.set(instance);
    }

    fn touch(&self) {
        self.request.touch();
        if let Some(instance) = self.instance.get() {
            instance.touch();
        }
    }

    /// The instance that took the request.
    pub(super) fn instance(&self) -> Option<&Pulse> {
        self.instance.get().map(|instance| &**instance)
    }

    fn failed(&self) -> bool {
        self.instance().is_some_and(|instance| matches!(instance.ending.get(), Some(Some(_))))
    }

    /// The body of the request or of its response, noted part by part.
    pub(super) fn watch(&self, body: WasiBody) -> WasiBody {
        Watched { body, progress: self.clone() }.boxed_unsync()
    }
}

struct Watched {
    body: WasiBody,
    progress: Progress,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.progress.touch();
        if frame.is_none() && self.progress.failed() {
            // The end of an instance ends its bodies, too: a part must not pass for the whole.
            return Poll::Ready(Some(Err(Error::HttpResponseIncomplete)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
