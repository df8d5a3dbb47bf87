//! A body on its way out, which may break off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, SizeHint};

/// How a body ends that does not end as it should.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The connection breaks.
    Broken,
    /// Nothing more comes, and the connection stays open.
    Never,
}

/// An answer's body.
pub(crate) struct Outgoing {
    source: UnsyncBoxBody<Bytes, io::Error>,
    cut: Option<(u64, Cut)>,
    flushed: bool,
}

impl Outgoing {
    /// Bytes at hand.
    pub(crate) fn whole(body: Bytes) -> Self {
        Self::from(Full::new(body).map_err(|never| match never {}).boxed_unsync())
    }

    /// The first half of a body, under the length of the whole; nothing of one whose length is not known.
    pub(super) fn half(response: Response<Self>, cut: Cut) -> Response<Self> {
        let (mut head, body) = response.into_parts();
        let length = body.source.size_hint().exact();
        if let Some(length) = length {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(length.max(1)));
        }
        let left = length.unwrap_or_default() / 2;
        Response::from_parts(head, Self { cut: Some((left, cut)), ..body })
    }
}

impl From<UnsyncBoxBody<Bytes, io::Error>> for Outgoing {
    fn from(source: UnsyncBoxBody<Bytes, io::Error>) -> Self {
        Self { source, cut: None, flushed: false }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Self { source, cut, flushed } = self.get_mut();
        let source = Pin::new(source);
        match cut {
            None => source.poll_frame(cx),
            Some((0, Cut::Broken)) if *flushed => Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into()))),
            // What was given so far is sent while a body has nothing new, and only then.
            Some((0, Cut::Broken)) => {
                *flushed = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            // The connection ends the wait when its client goes away.
            Some((0, Cut::Never)) => Poll::Pending,
            Some((left, _)) => {
                let frame = ready!(source.poll_frame(cx)).transpose()?;
                let data = frame.and_then(|frame| frame.into_data().ok()).unwrap_or_default();
                let data = data.slice(..data.len().min(usize::try_from(*left).unwrap_or(usize::MAX)));
                *left = if data.is_empty() { 0 } else { *left - data.len() as u64 };
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.cut {
            None => self.source.size_hint(),
            Some(_) => SizeHint::default(),
        }
    }
}
