//! Progress as server-sent events.
//!
//! One event `stage` for each stage that is done, then one event `document` or `problem` with the body that the answer would have without
//! progress. What is refused before any stage is done is answered as without progress, with its own status.

use std::time::Instant;

use bytes::Bytes;
use futures::channel::mpsc::{self, UnboundedReceiver};
use futures::future::{Either, select};
use futures::{StreamExt, stream};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use http_api::event_stream::{MEDIA_TYPE, event};
use http_api::idempotency::IDEMPOTENCY_REPLAYED;
use http_api::routes::Operation;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use pipeline::Error;
use serde_json::json;
use spin_sdk::http::{BoxBody, Response, box_body};

use crate::request::Exchange;

/// Runs an operation and reports its stages.
pub async fn serve(operation: Operation, exchange: Exchange) -> Response<BoxBody> {
    let start = Instant::now();
    let (events, mut reported) = mpsc::unbounded();
    let last = events.clone();
    // Events nobody reads any more are dropped: the work goes on, and the ledger says how it ended.
    let exchange = exchange.observed(move |stage| {
        let elapsed = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let data = json!({ "stage": stage.as_str(), "elapsed_ms": elapsed });
        _ = events.unbounded_send(event("stage", &data.to_string()).into());
    });
    let run = Box::pin(exchange.run(operation));
    match select(run, reported.next()).await {
        Either::Left((response, _)) if !response.status().is_success() => response,
        Either::Left((response, _)) => {
            // What was done before reports no stage again.
            let replayed = response.headers().get(IDEMPOTENCY_REPLAYED).cloned();
            _ = last.unbounded_send(last_event(response).await);
            drop(last);
            let mut response = stream_of(None, reported);
            response
                .headers_mut()
                .extend(replayed.map(|value| (HeaderName::from_static(IDEMPOTENCY_REPLAYED), value)));
            response
        }
        Either::Right((first, run)) => {
            spin_sdk::wasip3::spawn(async move {
                _ = last.unbounded_send(last_event(run.await).await);
            });
            stream_of(first, reported)
        }
    }
}

fn stream_of(first: Option<Bytes>, reported: UnboundedReceiver<Bytes>) -> Response<BoxBody> {
    let events = stream::iter(first).chain(reported);
    let body = StreamBody::new(events.map(|event| Ok::<_, Error>(Frame::data(event))));
    let mut response = Response::new(box_body(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

/// An answer as an event; `null` for one without a body.
async fn last_event(response: Response<BoxBody>) -> Bytes {
    let name = if response.status().is_success() { "document" } else { "problem" };
    // The answers of these operations are whole in memory, and JSON on one line.
    let body = response.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let data = if body.is_empty() { "null".into() } else { String::from_utf8_lossy(&body) };
    event(name, &data).into()
}
