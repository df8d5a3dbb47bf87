//! Bodies between upstream and hyper.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::LocalBoxStream;
use http::Response;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio::sync::mpsc;
use upstream::{Error, RequestBody, ResponseBody, TransportError};

use crate::fault::{client_fault, fault};

/// Why hyper's side of a streamed body ended early.
#[derive(Debug)]
pub(crate) struct GivenUp;

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request's body was given up")
    }
}

impl std::error::Error for GivenUp {}

/// An answer's bytes on their way in.
#[derive(Debug)]
pub struct Answer(Incoming);

impl Answer {
    pub(crate) const fn new(body: Incoming) -> Self {
        Self(body)
    }
}

impl ResponseBody for Answer {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some(frame) = self.0.frame().await {
            let frame = frame.map_err(|error| fault(&error))?;
            if let Ok(bytes) = frame.into_data()
                && !bytes.is_empty()
            {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }
}

/// Carries a streamed body, which stays in its thread, to hyper, which wants one that can leave it.
pub(crate) struct Pump(Option<(LocalBoxStream<'static, Result<Bytes, Error>>, Sender)>);

type Sender = mpsc::Sender<Result<Frame<Bytes>, GivenUp>>;

/// hyper's body of a request, and what feeds it.
pub(crate) fn outgoing(body: RequestBody) -> (UnsyncBoxBody<Bytes, GivenUp>, Pump) {
    match body {
        RequestBody::Bytes(bytes) => {
            (Full::new(bytes).map_err(|never| match never {}).boxed_unsync(), Pump(None))
        }
        RequestBody::Stream { bytes, .. } => {
            let (sender, mut receiver) = mpsc::channel(1);
            let frames = futures_util::stream::poll_fn(move |cx| receiver.poll_recv(cx));
            (StreamBody::new(frames).boxed_unsync(), Pump(Some((bytes, sender))))
        }
    }
}

impl Pump {
    /// Feeds the body until it ends or the answer's head is there.
    pub(crate) async fn while_running(
        self,
        exchange: impl Future<Output = Result<Response<Incoming>, hyper_util::client::legacy::Error>>,
    ) -> Result<Response<Incoming>, TransportError> {
        let exchange = pin!(exchange);
        let failed = |error| TransportError::from(client_fault(&error));
        let Self(Some((bytes, sender))) = self else { return exchange.await.map_err(failed) };
        match select(exchange, pin!(feed(bytes, sender))).await {
            Either::Left((response, _)) => response.map_err(failed),
            Either::Right((Ok(()), exchange)) => exchange.await.map_err(failed),
            Either::Right((Err(error), exchange)) => {
                // Lets hyper see the end of the body, so that the connection is closed and not reused.
                let mut exchange = exchange;
                poll_fn(|cx| Poll::Ready(exchange.as_mut().poll(cx))).await.is_ready();
                Err(TransportError { fault: upstream::TransportFault::Broken, body: Some(error) })
            }
        }
    }
}

async fn feed(mut bytes: LocalBoxStream<'static, Result<Bytes, Error>>, sender: Sender) -> Result<(), Error> {
    while let Some(next) = bytes.next().await {
        match next {
            Ok(bytes) => {
                // hyper has left: its own error says why.
                if sender.send(Ok(Frame::data(bytes))).await.is_err() {
                    return Ok(());
                }
            }
            Err(error) => {
                let _ = sender.send(Err(GivenUp)).await;
                return Err(error);
            }
        }
    }
    Ok(())
}
