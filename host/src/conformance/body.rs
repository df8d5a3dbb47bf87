//! Files on their way to a stage and back.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use tokio::sync::oneshot;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Destination, FutureConsumer, FutureReader, Source, StreamConsumer, StreamProducer, StreamReader,
    StreamResult, VecBuffer,
};

use super::bindings::files::Body;
use super::bindings::types::{Error, Fault};
use super::lab::Session;

/// The most bytes that a file gives at once.
const PIECE: usize = 64 * 1024;
/// The bytes of a row.
const ROW: usize = 256;

/// What files are made of: 256 rows, in each of which every byte occurs.
static ROWS: LazyLock<Vec<[u8; ROW]>> =
    LazyLock::new(|| (0..=u8::MAX).map(|row| std::array::from_fn(|place| place as u8 ^ row)).collect());

/// Bytes to send: what stands before, and then as many more as are left, the same in every run.
#[derive(Clone)]
pub(crate) struct File {
    head: Arc<[u8]>,
    size: u64,
    /// The most bytes given at once.
    piece: usize,
    /// How many were taken, of whichever body was made last.
    taken: Arc<AtomicU64>,
}

impl File {
    /// A file of these bytes.
    pub(crate) fn of(bytes: impl Into<Vec<u8>>) -> Self {
        let head: Arc<[u8]> = bytes.into().into();
        let size = head.len() as u64;
        Self { head, ..Self::of_size(size) }
    }

    /// A file of this size in which every byte occurs.
    pub(crate) fn of_size(size: u64) -> Self {
        Self { head: Arc::default(), size, piece: PIECE, taken: Arc::default() }
    }

    /// The same with these bytes at its beginning.
    pub(crate) fn beginning(self, head: &[u8]) -> Self {
        Self { head: head.into(), ..self }
    }

    /// The same, sent in pieces of at most this many bytes.
    pub(crate) fn in_pieces(self, piece: usize) -> Self {
        Self { piece, ..self }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes of its body were read.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// The bytes of a part.
    pub(crate) fn bytes(&self, from: u64, to: u64) -> Vec<u8> {
        let (from, to) = (from.min(self.size) as usize, to.min(self.size) as usize);
        let mut bytes = self.head.get(from..to.min(self.head.len())).unwrap_or_default().to_vec();
        while from + bytes.len() < to {
            let place = from + bytes.len();
            // Rows that follow one another differ, and so do those 256 further.
            let row = &ROWS[usize::from(((place >> 8) ^ (place >> 16)) as u8)][place % ROW..];
            bytes.extend_from_slice(&row[..row.len().min(to - place)]);
        }
        bytes
    }

    /// All bytes.
    pub(crate) fn whole(&self) -> Vec<u8> {
        self.bytes(0, self.size)
    }

    /// A body that sends it all.
    pub(crate) fn body<S>(&self, session: &Session<'_, S>) -> Result<Body> {
        send(session, self.clone(), Ok(()))
    }

    /// A body that ends before its last byte, and says in its outcome that it did.
    pub(crate) fn cut_short<S>(&self, session: &Session<'_, S>) -> Result<Body> {
        let gave_up =
            Fault { message: "The sender gave up.".to_owned(), provider_status: None, extras: Vec::new() };
        let part = Self { size: self.size / 2, ..self.clone() };
        send(session, part, Err(Error::Failed(gave_up)))
    }
}

fn send<S>(session: &Session<'_, S>, file: File, outcome: Result<(), Error>) -> Result<Body> {
    let body = session.accessor.with(|mut access| -> wasmtime::Result<Body> {
        let sender = Sender { file, sent: 0 };
        Ok(Body {
            bytes: StreamReader::new(&mut access, sender)?,
            outcome: FutureReader::new(&mut access, async move { Ok::<_, wasmtime::Error>(outcome) })?,
        })
    });
    body.map_err(anyhow::Error::from).context("no stream could be made")
}

struct Sender {
    file: File,
    sent: u64,
}

impl<D> StreamProducer<D> for Sender {
    type Item = u8;
    type Buffer = VecBuffer<u8>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, u8, VecBuffer<u8>>,
        _: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let this = self.get_mut();
        let Sender { file, sent } = this;
        if *sent == file.size {
            return Poll::Ready(Ok(StreamResult::Dropped));
        }
        let room = destination.remaining(store).unwrap_or(file.piece).min(file.piece);
        let end = file.size.min(*sent + room as u64);
        destination.set_buffer(file.bytes(*sent, end).into());
        *sent = end;
        file.taken.store(end, Ordering::Relaxed);
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

/// Reads a body to its end: its bytes, and how it says that it ended; `None` when it says nothing.
pub(crate) async fn read<S>(
    session: &Session<'_, S>,
    body: Body,
) -> Result<(Vec<u8>, Option<Result<(), Error>>)> {
    let (all, bytes) = oneshot::channel();
    let (verdict, outcome) = oneshot::channel();
    let piped = session.accessor.with(|mut access| -> wasmtime::Result<()> {
        body.bytes.pipe(&mut access, Collector { bytes: Vec::new(), all: Some(all) })?;
        body.outcome.pipe(&mut access, Outcome(Some(verdict)))
    });
    piped.map_err(anyhow::Error::from).context("the body cannot be read")?;
    let bytes = bytes.await.context("the body's bytes were dropped")?;
    Ok((bytes, outcome.await.ok()))
}

/// Keeps every byte, and gives them away at the end of the stream.
struct Collector {
    bytes: Vec<u8>,
    all: Option<oneshot::Sender<Vec<u8>>>,
}

impl<D: 'static> StreamConsumer<D> for Collector {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<'_, D>,
        source: Source<'_, u8>,
        _: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut source = source.as_direct(store);
        let count = source.remaining().len();
        self.bytes.extend_from_slice(source.remaining());
        source.mark_read(count);
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(all) = self.all.take() {
            // Nobody reads it when the case has ended.
            let _ = all.send(std::mem::take(&mut self.bytes));
        }
    }
}

struct Outcome(Option<oneshot::Sender<Result<(), Error>>>);

impl<D: 'static> FutureConsumer<D> for Outcome {
    type Item = Result<(), Error>;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<'_, D>,
        mut source: Source<'_, Self::Item>,
        _: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut outcome = None;
        source.read(store, &mut outcome)?;
        if let (Some(outcome), Some(sender)) = (outcome, self.0.take()) {
            let _ = sender.send(outcome);
        }
        Poll::Ready(Ok(()))
    }
}
