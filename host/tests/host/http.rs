//! Requests in, responses out.

use bytes::Bytes;
use futures::StreamExt as _;
use http::{Method, Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::support::{App, get, problem, send};

const CHUNK: usize = 64 * 1024;
const CHUNKS: usize = 300 * 1024 * 1024 / CHUNK;

/// 300 MiB in parts that differ from one another.
fn large_body() -> impl http_body::Body<Data = Bytes, Error = std::convert::Infallible> + Send + 'static {
    StreamBody::new(futures::stream::iter(0..CHUNKS).map(|n| Ok(Frame::data(chunk(n)))))
}

fn chunk(number: usize) -> Bytes {
    let mut chunk = vec![(number % 251) as u8; CHUNK];
    chunk[..8].copy_from_slice(&(number as u64).to_le_bytes());
    chunk.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_streams_in_and_out_in_little_memory() {
    let running = App::with_stage("", "", "").start().await;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("{}/echo", running.url())).body(large_body().boxed_unsync()).unwrap();
    let mut body = client.request(request).await.unwrap().into_body();
    let mut received = 0_usize;
    while let Some(frame) = body.frame().await {
        for byte in frame.unwrap().into_data().unwrap() {
            let (number, at) = (received / CHUNK, received % CHUNK);
            let expected = if at < 8 { (number as u64).to_le_bytes()[at] } else { (number % 251) as u8 };
            assert_eq!(byte, expected, "at {received}");
            received += 1;
        }
    }
    assert_eq!(received, CHUNK * CHUNKS);
    let peak = running.report().peak_linear_memory_bytes;
    assert!(peak < 64 * 1024 * 1024, "the guest took {peak} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_sees_a_request_as_on_spin() {
    let running = App::with_stage("", "", "").start().await;
    let seen = get(&running, "/headers?a=b").await;
    let url = running.url();
    let expected = [
        format!("{url}/headers?a=b "),
        format!("\"spin-full-url\": \"{url}/headers?a=b\""),
        "\"spin-path-info\": \"/headers\"".to_owned(),
        "\"spin-raw-component-route\": \"/...\"".to_owned(),
        "\"spin-component-route\": \"\"".to_owned(),
        "\"spin-base-path\": \"/\"".to_owned(),
        "\"spin-client-addr\": \"127.0.0.1:".to_owned(),
    ];
    for part in expected {
        assert!(seen.contains(&part), "{part} is not in: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_pick_the_trigger_and_what_none_answers_is_a_problem() {
    let app = App::with_manifest(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n\
         [[trigger.http]]\nroute = \"/fixed\"\n\
         static_response = { status_code = 418, headers = { x-kind = \"fixed\" }, body = \"tea\" }\n",
    );
    let running = app.start().await;
    let fixed = send(Method::GET, &format!("{}/fixed", running.url()), "").await;
    assert_eq!((fixed.status().as_u16(), fixed.body().as_str()), (418, "tea"));
    assert_eq!(fixed.headers()["x-kind"], "fixed");
    let (status, problem) = problem(&running, "/other").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(problem["status"], 404);
    assert_eq!(get(&running, "/.well-known/spin/health").await, "OK");
}
