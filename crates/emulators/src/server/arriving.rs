//! A body on its way in, of which the record takes note.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::Calls;

/// Larger bodies are not remembered, only their size.
const MAX_REMEMBERED: usize = 8 << 20;

/// A request's body. What passes is counted; JSON is remembered.
pub(crate) struct Arriving {
    body: Incoming,
    calls: Calls,
    number: u64,
    /// What passed, as long as it may be JSON that is remembered.
    text: Option<Vec<u8>>,
}

impl Arriving {
    /// The body of the call of this number.
    pub(super) fn new(body: Incoming, calls: Calls, number: u64) -> Self {
        Self { body, calls, number, text: Some(Vec::new()) }
    }

    /// All of it; `None` when it has more bytes than the limit.
    pub(super) async fn whole(self, limit: usize) -> io::Result<Option<Bytes>> {
        match Limited::new(self, limit).collect().await {
            Ok(body) => Ok(Some(body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Ok(None),
            Err(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Reads it to its end, for nothing but the record.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        while let Some(frame) = self.frame().await {
            frame.map_err(io::Error::other)?;
        }
        Ok(())
    }

    fn note(&mut self, data: &[u8]) {
        self.calls.arrived(self.number, data.len());
        let Some(text) = &mut self.text else { return };
        text.extend_from_slice(data);
        // What is no object and no list is no JSON that anyone sends.
        if text.len() > MAX_REMEMBERED || !matches!(text.trim_ascii_start().first(), None | Some(b'{' | b'['))
        {
            self.text = None;
        }
    }

    fn finish(&mut self) {
        if let Some(body) = self.text.take().and_then(|text| serde_json::from_slice(&text).ok()) {
            self.calls.remember(self.number, body);
        }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            this.note(frame.data_ref().map_or(&[], |data| data));
        }
        // Who knows the length does not ask for more than the last byte.
        if frame.is_none() || this.body.is_end_stream() {
            this.finish();
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
