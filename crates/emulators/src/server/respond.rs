//! One request through faults, record and service.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::faults::{Effect, Faults};
use super::reply::Reply;
use super::{Call, Calls, Request, Service, calls, control};

/// Starts as no text and no JSON does.
const GARBAGE: &[u8] = b"\xff\xfe\x00\x80\xc3\x28garbage\xa0\xa1\x00";

pub(super) struct Responder<S> {
    pub(super) service: Arc<S>,
    pub(super) calls: Calls,
    pub(super) faults: Faults,
}

impl<S> Clone for Responder<S> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), calls: self.calls.clone(), faults: self.faults.clone() }
    }
}

impl<S: Service> Responder<S> {
    pub(super) async fn respond(
        &self,
        request: http::Request<Incoming>,
        reset: Arc<AtomicBool>,
    ) -> io::Result<Response<Outgoing>> {
        let (head, body) = request.into_parts();
        let limit = self.service.max_body_bytes();
        let path = head.uri.path();
        let body = match Limited::new(body, limit).collect().await {
            Ok(body) => Some(body.to_bytes()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => None,
            Err(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        if path.starts_with(control::PREFIX) {
            let body = body.unwrap_or_default();
            let reply = control::answer(&*self.service, &self.faults, &self.calls, &head.method, path, &body);
            return Ok(reply.map(Outgoing::whole));
        }
        let effect = self.faults.take(&head.method, path);
        let call = Call {
            number: 0,
            method: head.method.to_string(),
            path: path.to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: calls::headers(&head.headers),
            credential: self.service.credential(&head.headers),
            bytes: body.as_ref().map_or(limit, Bytes::len),
            body: None,
            status: None,
            fault: effect.as_ref().map(Effect::name),
        };
        let number = self.calls.begin(call, body.as_deref().unwrap_or_default());
        let request = body.map(|body| Request {
            method: head.method,
            path: path.to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
            act: match &effect {
                Some(Effect::Act(name)) => Some(name.clone()),
                _ => None,
            },
        });
        let response = self.play(effect, request, &reset).await?;
        self.calls.end(number, response.status().as_u16());
        Ok(response)
    }

    async fn play(
        &self,
        effect: Option<Effect>,
        request: Option<Request>,
        reset: &AtomicBool,
    ) -> io::Result<Response<Outgoing>> {
        match effect {
            Some(Effect::Answer(answer)) => return Ok(answer.reply().map(Outgoing::whole)),
            Some(Effect::DelayMs(delay)) => tokio::time::sleep(Duration::from_millis(delay)).await,
            Some(Effect::Stall) => future::pending().await,
            Some(Effect::Reset) => return Err(broken(reset)),
            _ => {}
        }
        let reply = match request {
            Some(request) => self.service.answer(request).await,
            None => self.service.too_large(),
        };
        Ok(match effect {
            Some(Effect::LoseAnswer) => return Err(broken(reset)),
            Some(Effect::Garbage) => reply.map(|_| Outgoing::whole(Bytes::from_static(GARBAGE))),
            Some(Effect::Truncate) => half(reply, End::Broken),
            Some(Effect::StallBody) => half(reply, End::Never),
            _ => reply.map(Outgoing::whole),
        })
    }
}

fn broken(reset: &AtomicBool) -> io::Error {
    reset.store(true, Ordering::Relaxed);
    io::ErrorKind::ConnectionReset.into()
}

/// The first half of a body under the length of the whole.
fn half(reply: Reply, end: End) -> Response<Outgoing> {
    let length = reply.body().len();
    let mut response =
        reply.map(|body| Outgoing { data: Some(body.slice(..body.len() / 2)), end, flushed: false });
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length.max(1)));
    response
}

/// A body on its way out.
pub(super) struct Outgoing {
    data: Option<Bytes>,
    end: End,
    flushed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
    Never,
}

impl Outgoing {
    fn whole(body: Bytes) -> Self {
        Self { data: Some(body).filter(|body| !body.is_empty()), end: End::Whole, flushed: false }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            // What was given so far is sent while a body has nothing new, and only then.
            End::Broken if !self.flushed => {
                self.flushed = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            End::Broken => Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into()))),
            // The connection ends the wait when its client goes away.
            End::Never => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.end == End::Whole && self.data.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            End::Whole => SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64)),
            _ => SizeHint::default(),
        }
    }
}
