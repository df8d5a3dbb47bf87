//! One request through faults, record and handler.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future;
use http::Response;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;

use super::faults::{Effect, Faults};
use super::outgoing::{Cut, Outgoing};
use super::{Arriving, Call, Calls, Credential, Request, Service, control};

/// Starts as no text and no JSON does.
const GARBAGE: &[u8] = b"\xff\xfe\x00\x80\xc3\x28garbage\xa0\xa1\x00";
/// The most that is read of what is sent to `/_emulator/`.
const MAX_CONTROL_BYTES: usize = 1 << 20;

/// What carries requests out that no fault keeps from it.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Whether the request carries a key, for the record.
    fn credential(&self, head: &Parts) -> Credential;

    /// What [`Effect::Act`] may name.
    fn acts(&self) -> &'static [&'static str] {
        &[]
    }

    /// The answer; an error breaks the connection.
    fn handle(
        &self,
        head: Parts,
        body: Arriving,
        act: Option<String>,
    ) -> impl Future<Output = io::Result<Response<Outgoing>>> + Send;
}

/// A service, whose requests are read whole.
pub(super) struct Whole<S>(pub(super) Arc<S>);

impl<S: Service> Handler for Whole<S> {
    fn credential(&self, head: &Parts) -> Credential {
        self.0.credential(&head.headers)
    }

    fn acts(&self) -> &'static [&'static str] {
        self.0.acts()
    }

    async fn handle(
        &self,
        head: Parts,
        body: Arriving,
        act: Option<String>,
    ) -> io::Result<Response<Outgoing>> {
        let reply = match body.whole(self.0.max_body_bytes()).await? {
            Some(body) => self.0.answer(Request::new(head, body, act)).await,
            None => self.0.too_large(),
        };
        Ok(reply.map(Outgoing::whole))
    }
}

pub(super) struct Responder<H> {
    pub(super) handler: Arc<H>,
    pub(super) calls: Calls,
    pub(super) faults: Faults,
}

impl<H> Clone for Responder<H> {
    fn clone(&self) -> Self {
        Self { handler: self.handler.clone(), calls: self.calls.clone(), faults: self.faults.clone() }
    }
}

impl<H: Handler> Responder<H> {
    pub(super) async fn respond(
        &self,
        request: http::Request<Incoming>,
        reset: Arc<AtomicBool>,
    ) -> io::Result<Response<Outgoing>> {
        let (head, body) = request.into_parts();
        if head.uri.path().starts_with(control::PREFIX) {
            let body = Limited::new(body, MAX_CONTROL_BYTES).collect().await;
            let body = body.map_err(io::Error::other)?.to_bytes();
            let acts = self.handler.acts();
            let reply =
                control::answer(acts, &self.faults, &self.calls, &head.method, head.uri.path(), &body);
            return Ok(reply.map(Outgoing::whole));
        }
        let effect = self.faults.take(&head.method, &head.uri);
        let call = Call::new(&head, self.handler.credential(&head), effect.as_ref().map(Effect::name));
        let number = self.calls.begin(call);
        let body = Arriving::new(body, self.calls.clone(), number);
        let response = self.play(effect, head, body, &reset).await?;
        self.calls.end(number, response.status().as_u16());
        Ok(response)
    }

    async fn play(
        &self,
        effect: Option<Effect>,
        head: Parts,
        mut body: Arriving,
        reset: &AtomicBool,
    ) -> io::Result<Response<Outgoing>> {
        // A client that is still sending would not see what happens.
        if effect.as_ref().is_some_and(Effect::keeps_from_the_work) {
            body.drain().await?;
        }
        let act = match &effect {
            Some(Effect::Answer(answer)) => return Ok(answer.reply().map(Outgoing::whole)),
            Some(Effect::Stall) => future::pending().await,
            Some(Effect::Reset) => return Err(broken(reset)),
            Some(Effect::DelayMs(delay)) => {
                tokio::time::sleep(Duration::from_millis(*delay)).await;
                None
            }
            Some(Effect::Act(name)) => Some(name.clone()),
            _ => None,
        };
        let response = self.handler.handle(head, body, act).await?;
        Ok(match effect {
            Some(Effect::LoseAnswer) => return Err(broken(reset)),
            Some(Effect::Garbage) => garbage(response),
            Some(Effect::Truncate) => Outgoing::half(response, Cut::Broken),
            Some(Effect::StallBody) => Outgoing::half(response, Cut::Never),
            _ => response,
        })
    }
}

fn broken(reset: &AtomicBool) -> io::Error {
    reset.store(true, Ordering::Relaxed);
    io::ErrorKind::ConnectionReset.into()
}

fn garbage(mut response: Response<Outgoing>) -> Response<Outgoing> {
    response.headers_mut().remove(CONTENT_LENGTH);
    response.map(|_| Outgoing::whole(Bytes::from_static(GARBAGE)))
}
