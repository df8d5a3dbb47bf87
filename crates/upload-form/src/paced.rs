//! A body that is read no faster than it is understood.
//!
//! multer reads all that its source has ready before it looks at any of it, and keeps a form's head until it has found the head's end. Here it gets one
//! chunk at a time, and only so many bytes while it looks for a head.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use futures::{StreamExt, stream};
use pipeline::{ByteStream, Error};

/// How many more bytes may be asked for, shared by the stream and whoever knows what is being looked for.
#[derive(Clone)]
pub(crate) struct Allowance {
    most: u64,
    left: Arc<AtomicU64>,
}

impl Allowance {
    pub(crate) fn of(most: u64) -> Self {
        Self { most, left: Arc::new(AtomicU64::new(most)) }
    }

    pub(crate) fn set(&self, bytes: u64) {
        self.left.store(bytes, Ordering::Relaxed);
    }

    /// No bound: what comes is handed on, not kept.
    pub(crate) fn lift(&self) {
        self.set(u64::MAX);
    }

    /// Counts bytes down. The chunk that goes over is still handed out, as a file may begin in it; no further one is.
    fn spend(&self, bytes: usize) {
        let left = self.left.load(Ordering::Relaxed);
        if left != u64::MAX {
            self.set(left.saturating_sub(bytes as u64));
        }
    }

    fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

/// The body, which is never ready twice in a row, and ends in an error when more is asked for than is allowed.
pub(crate) fn paced(mut body: ByteStream, allowance: Allowance) -> ByteStream {
    let mut has_just_given = false;
    Box::pin(stream::poll_fn(move |cx| {
        if std::mem::take(&mut has_just_given) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if allowance.is_spent() {
            let what = "What a form holds beside its file, in bytes,";
            return Poll::Ready(Some(Err(Error::too_large(what, allowance.most, None))));
        }
        let polled = body.poll_next_unpin(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            has_just_given = true;
            allowance.spend(chunk.len());
        }
        polled
    }))
}
