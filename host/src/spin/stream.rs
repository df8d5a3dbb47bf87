//! Streams and futures that a thread of the host feeds.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult, VecBuffer};

/// How many items wait between the thread that makes them and the guest that reads them.
pub(super) const IN_FLIGHT: usize = 64;

/// Gives a guest what arrives on a channel.
pub(super) struct Items<T>(pub mpsc::Receiver<T>);

impl<D, T: Send + Sync + Unpin + 'static> StreamProducer<D> for Items<T> {
    type Item = T;
    type Buffer = VecBuffer<T>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, T, VecBuffer<T>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let room = destination.remaining(store).unwrap_or(IN_FLIGHT).min(IN_FLIGHT);
        if room == 0 {
            // A look whether the stream is ready; taking an item for it could lose the item.
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let mut items = Vec::new();
        match self.get_mut().0.poll_recv_many(cx, &mut items, room) {
            Poll::Ready(0) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Ready(_) => {
                destination.set_buffer(items.into());
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}
