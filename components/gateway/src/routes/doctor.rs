//! The doctor: a real round trip through every stage.

use std::rc::Rc;

use http::{Request, StatusCode};
use pipeline::{Check, Error, Fetch, Result};
use serde_json::{Map, Value, json};
use stage_support::Wasi;
use upstream::{Call, Policy, RequestBody, Upstream, Verdict};

use super::Answer;
use crate::request::Exchange;
use crate::respond;

/// Reads URLs over the network, within the time of the request.
struct Network {
    call: Call,
}

impl Fetch for Network {
    async fn fetch(&self, url: &str, limit: usize) -> Result<Vec<u8>> {
        let policy = Policy { max_answer_bytes: limit, ..Policy::new("The object store") };
        let upstream = Upstream::new(Rc::new(Wasi), policy, Vec::new());
        let request = |_| {
            Request::get(url)
                .body(RequestBody::empty())
                .map_err(|_| upstream::Error::failed("The store's signed URL is no URL."))
        };
        let body = upstream.send(&self.call, request, |answer| {
            if answer.status.is_success() {
                Verdict::Done(answer.body.to_vec())
            } else {
                let message = format!(
                    "The store's own signed URL was answered with {}: its key, region, clock or address does not fit.",
                    answer.status
                );
                Verdict::Fail(upstream::Error::failed(message).with_status(answer.status))
            }
        });
        body.await.map_err(|error| {
            let provider_status = error.status;
            Error { provider_status, extras: error.extras, ..Error::failed(error.message) }
        })
    }
}

/// Tries every stage; `503` when one does not work.
pub async fn doctor(exchange: &Exchange) -> Answer {
    let network = Network {
        call: Call::starting_now(
            &Wasi,
            std::time::Duration::from_millis(exchange.call.deadline_ms.saturating_sub(crate::now_ms())),
            exchange.call.traceparent.as_deref(),
        ),
    };
    let checkup = exchange.flows.doctor(&exchange.call, &network).await;
    let healthy = checkup.is_healthy();
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks: Vec<_> = checkup.checks.iter().map(show).collect();
    Ok(respond::json(status, &json!({ "healthy": healthy, "checks": checks })))
}

fn show(check: &Check) -> Value {
    let mut shown = json!({ "stage": check.stage.as_str(), "check": check.name, "millis": check.millis });
    match &check.finding {
        Ok(finding) => {
            shown["ok"] = json!(true);
            shown["finding"] = json!(finding);
        }
        Err(error) => {
            let extras: Map<String, Value> =
                error.extras.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            shown["ok"] = json!(false);
            shown["finding"] = json!(error.message);
            shown["code"] = json!(error.code());
            shown["retryable"] = json!(error.is_retryable());
            shown["provider_status"] = json!(error.provider_status);
            shown["extras"] = Value::Object(extras);
        }
    }
    shown
}
