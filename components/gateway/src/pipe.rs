//! Bytes on the move: between the flows' streams, the stages' bodies and HTTP.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use futures::future::{Either, ready, select};
use futures::{Stream, StreamExt, stream};
use http_api::idempotency::BodyHasher;
use http_body::Frame;
use http_body_util::{BodyDataStream, StreamBody};
use pipeline::{BodyDigest, ByteStream, Error, Stage};
use spin_sdk::http::{BoxBody, box_body};
use spin_sdk::wasip3::clocks::monotonic_clock;
use spin_sdk::wasip3::http::types::ErrorCode;

use crate::bindings::serene::types::files::Body;
use crate::bindings::serene::types::types::Error as WitError;
use crate::bindings::{wit_future, wit_stream};
use crate::stages::{Deadline, from_reader, from_wit_error, to_wit_error};

/// Bytes moved at once.
const CHUNK: usize = 64 * 1024;
/// The most bytes of a refused request that are read all the same.
pub const DRAINED: u64 = 64 * 1024;
/// The longest it is waited for, in nanoseconds.
const DRAIN_NS: u64 = 1_000_000_000;

/// Gives a stream to a stage as a body, and returns the stage's answer. What moves the bytes ends with the call: a stage that has answered
/// reads no more. A failure of the stream comes back as what it was, whatever the stage makes of it.
pub async fn send<T, F: Future<Output = Result<T, WitError>>>(
    source: ByteStream,
    stage: Stage,
    call: impl FnOnce(Body) -> F,
) -> pipeline::Result<T> {
    let (bytes_end, bytes) = wit_stream::new::<u8>();
    let dropped = || Err(to_wit_error(Error::failed("The body broke off.")));
    let (outcome_end, outcome) = wit_future::new::<Result<(), WitError>>(dropped);
    let broken = RefCell::new(None);
    let pump = Box::pin(async {
        let outcome = pump(source, bytes_end).await.map_err(|error| {
            broken.replace(Some(error.clone()));
            to_wit_error(error)
        });
        // A stage that has stopped listening does not need to know.
        let _ = outcome_end.write(outcome).await;
    });
    let call = Box::pin(call(Body { bytes, outcome }));
    let answer = match select(call, pump).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), call)) => call.await,
    };
    answer.map_err(|error| from_reader(error, stage, broken.take()))
}

async fn pump(mut source: ByteStream, mut sink: wit_bindgen::StreamWriter<u8>) -> pipeline::Result<()> {
    while let Some(chunk) = source.next().await {
        let unread = sink.write_all(Vec::from(chunk?)).await;
        if !unread.is_empty() {
            return Err(Error::failed("The stage stopped reading."));
        }
    }
    Ok(())
}

/// A stage's body of `length` bytes as a stream. Each piece of it may take until the deadline, from when it is asked for.
pub fn receive(body: Body, length: u64, stage: Stage, deadline: Deadline) -> ByteStream {
    Box::pin(stream::unfold(Some((body, length)), move |body| async move {
        let (body, left) = body?;
        match deadline.hold(stage, piece(body, left, stage)).await.flatten() {
            Ok(Some((bytes, body, left))) => Some((Ok(bytes), Some((body, left)))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// The next bytes of a body of which `left` are to come, and what is to come then; `None` at its end.
async fn piece(mut body: Body, left: u64, stage: Stage) -> pipeline::Result<Option<(Bytes, Body, u64)>> {
    let (_, bytes) = body.bytes.read(Vec::with_capacity(CHUNK)).await;
    if bytes.is_empty() {
        body.outcome.await.map_err(|error| from_wit_error(error, stage))?;
        if left > 0 {
            return Err(Error::failed(format!("The body ended {left} bytes before its length.")).at(stage));
        }
        return Ok(None);
    }
    match left.checked_sub(bytes.len() as u64) {
        Some(left) => Ok(Some((Bytes::from(bytes), body, left))),
        None => Err(Error::failed("The body went on after its length.").at(stage)),
    }
}

/// The hash of a body that is being read.
pub struct PassingBody(Arc<Mutex<Passing>>);

struct Passing {
    hasher: Option<BodyHasher>,
    digest: Option<BodyDigest>,
}

impl PassingBody {
    /// What the body was; `None` unless it was read to its end.
    pub fn digest(&self) -> Option<BodyDigest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).digest.clone()
    }
}

impl Passing {
    fn pass(&mut self, next: Option<&pipeline::Result<Bytes>>) {
        match next {
            Some(Ok(chunk)) => {
                if let Some(hasher) = &mut self.hasher {
                    hasher.update(chunk);
                }
            }
            // What came before is a fragment.
            Some(Err(_)) => self.hasher = None,
            None => {
                if let Some(hasher) = self.hasher.take() {
                    let (sha256, size) = hasher.finish();
                    self.digest = Some(BodyDigest { sha256, size });
                }
            }
        }
    }
}

/// A request's body: a flow reads it, and what a refusal leaves of a small one is read here.
#[derive(Clone)]
pub struct Incoming(Arc<Mutex<ByteStream>>);

impl Incoming {
    /// Of a request.
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error = ErrorCode> + Send + Unpin + 'static,
    {
        let chunks = BodyDataStream::new(body).map(|chunk| chunk.map_err(|error| broken(&error)));
        Self(Arc::new(Mutex::new(Box::pin(chunks.fuse()))))
    }

    /// The same body, of whose bytes the hash is taken as they are read.
    pub fn hashed(&self, hasher: BodyHasher) -> (Self, PassingBody) {
        let Self(body) = self.clone();
        let passing = Arc::new(Mutex::new(Passing { hasher: Some(hasher), digest: None }));
        let read = passing.clone();
        let chunks = stream::poll_fn(move |cx| {
            let next = body.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(cx);
            if let Poll::Ready(next) = &next {
                read.lock().unwrap_or_else(PoisonError::into_inner).pass(next.as_ref());
            }
            next
        });
        (Self(Arc::new(Mutex::new(Box::pin(chunks)))), PassingBody(passing))
    }

    /// What is still to come, at most `limit` bytes of it.
    pub fn stream(&self, limit: u64) -> ByteStream {
        let Self(body) = self.clone();
        let mut total = 0_u64;
        let chunks = stream::poll_fn(move |cx| {
            body.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(cx)
        });
        Box::pin(chunks.map(move |chunk| {
            let chunk = chunk?;
            total += chunk.len() as u64;
            if total > limit {
                return Err(Error::too_large("The body, in bytes,", limit, None));
            }
            Ok(chunk)
        }))
    }

    /// Reads up to [`DRAINED`] bytes, for up to [`DRAIN_NS`], and drops them: a client that is still sending when the connection closes never
    /// sees the answer, and one that has stopped sending must not hold it back.
    pub async fn drain(&self) {
        let rest = self.stream(DRAINED).take_while(|chunk| ready(chunk.is_ok())).for_each(|_| ready(()));
        select(rest, pin!(monotonic_clock::wait_for(DRAIN_NS))).await;
    }
}

fn broken(error: &ErrorCode) -> Error {
    Error::invalid(format!("The body ended before it was complete ({error:?}). Send it again."))
        .with("reason", "incomplete-body")
}

/// A stream as a response's body, once it has begun: until then an error can be the whole answer. A later one cuts the response short, so that
/// the client sees that it is not whole.
///
/// # Errors
/// Those of the stream before the first bytes that go out.
pub async fn outgoing(stream: ByteStream) -> pipeline::Result<BoxBody> {
    // Of an empty file, the end is looked for twice.
    let mut pieces = Box::pin(held_back(stream).fuse());
    let first = pieces.next().await.transpose()?;
    let pieces = stream::iter(first.map(Ok)).chain(pieces);
    Ok(box_body(StreamBody::new(pieces.map(|chunk| chunk.map(Frame::data)))))
}

/// The same pieces, each once it is known that the next is no error. Whether bytes are those that were stored is known
/// after the last of them, and a response of which nothing is missing cannot be cut short any more.
fn held_back(stream: ByteStream) -> impl Stream<Item = pipeline::Result<Bytes>> + Send {
    stream::unfold((stream.fuse(), None), |(mut stream, mut held)| async move {
        loop {
            let next = match stream.next().await.transpose() {
                Ok(next) => next,
                Err(error) => return Some((Err(error), (stream, None))),
            };
            let is_over = next.is_none();
            match std::mem::replace(&mut held, next) {
                Some(ready) => return Some((Ok(ready), (stream, held))),
                None if is_over => return None,
                None => {}
            }
        }
    })
}
