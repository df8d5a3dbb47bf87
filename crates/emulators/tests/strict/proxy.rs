//! The proxy hands everything on as it came, streams, fails on demand and remembers.

use std::time::Duration;

use bytes::Bytes;
use emulators::{Answer, Credential, Effect, Fault, Server, proxy};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::sync::mpsc;

use crate::common::{post, send};

const SIZE: usize = 1_000_000;

/// A server that echoes bodies as they come, and says in headers what it was asked; a `HEAD` is told a length.
async fn echo(
    request: Request<Incoming>,
) -> Result<Response<UnsyncBoxBody<Bytes, hyper::Error>>, http::Error> {
    let (head, body) = request.into_parts();
    let mut response = Response::builder().status(207).header("x-target", head.uri.to_string());
    for (name, value) in &head.headers {
        response = response.header(format!("x-echo-{name}"), value);
    }
    if head.method == Method::HEAD {
        response = response.header(CONTENT_LENGTH, SIZE);
    }
    response.body(body.boxed_unsync())
}

/// A proxy in front of such a server.
async fn start() -> Server {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service_fn(echo)));
        }
    });
    proxy::start(proxy::Options::new(origin)).await.unwrap()
}

fn put(server: &Server) -> String {
    format!("{}/bucket/a%2Fb//../c?partNumber=2&uploadId=u", server.url())
}

#[tokio::test]
async fn a_request_arrives_as_it_was_sent_and_so_does_its_answer() {
    let server = start().await;
    let headers = [("host", "bucket.example.com"), ("x-a", "1"), ("te", "trailers"), ("keep-alive", "1")];
    let answer = send("PUT", &put(&server), &headers, vec![7; SIZE]).await.unwrap();
    assert_eq!((answer.status, answer.bytes.len()), (207, SIZE));
    assert_eq!(answer.header("x-target"), Some("/bucket/a%2Fb//../c?partNumber=2&uploadId=u"));
    assert_eq!(answer.header("x-echo-host"), Some("bucket.example.com"));
    assert_eq!(answer.header("x-echo-content-length"), Some("1000000"));
    let echoed = ["x-a", "te", "keep-alive"].map(|name| answer.header(&format!("x-echo-{name}")));
    assert_eq!(echoed, [Some("1"), None, None]);
    let head = send("HEAD", &put(&server), &[], "").await.unwrap();
    assert_eq!((head.header("content-length"), head.bytes.len()), (Some("1000000"), 0));
}

#[tokio::test]
async fn bodies_stream_both_ways_before_they_have_ended() {
    let server = start().await;
    let (sender, mut receiver) = mpsc::channel(1);
    let frames = futures_util::stream::poll_fn(move |cx| receiver.poll_recv(cx));
    let body = StreamBody::new(futures_util::StreamExt::map(frames, |n: u8| {
        Ok::<_, hyper::Error>(Frame::data(Bytes::from(vec![n; 100])))
    }));
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::put(put(&server)).body(body.boxed_unsync()).unwrap();
    sender.send(0).await.unwrap();
    let mut answer = client.request(request).await.unwrap();
    for n in 0..50 {
        // What came back was sent on before what follows it was even made.
        let mut came = 0;
        while came < 100 {
            let frame = answer.frame().await.unwrap().unwrap().into_data().unwrap();
            assert!(frame.iter().all(|byte| *byte == n));
            came += frame.len();
        }
        sender.send(n + 1).await.unwrap();
    }
}

#[tokio::test]
async fn a_fault_hits_the_request_with_that_pair_in_its_query() {
    let server = start().await;
    let slow_down = Answer { status: 503, body: json!("<Error/>"), ..Answer::default() };
    server.faults().add(Fault::new(Effect::Answer(slow_down)).method("PUT").query("partNumber=2"));
    let mut seen = Vec::new();
    for query in ["partNumber=22", "xpartNumber=2", "partNumber=2", "partNumber=2"] {
        let url = format!("{}/b/k?uploadId=u&{query}", server.url());
        seen.push(send("PUT", &url, &[], vec![7; SIZE]).await.unwrap().status);
    }
    assert_eq!(seen, [207, 207, 503, 207]);
    let calls = server.calls().to("/b/k");
    assert_eq!(calls.iter().map(|call| call.bytes).collect::<Vec<_>>(), [SIZE; 4]);
    assert_eq!(calls[2].fault.as_deref(), Some("answer 503"));
}

#[tokio::test]
async fn connections_and_bodies_break_as_those_of_emulators_do() {
    let server = start().await;
    for effect in [Effect::Reset, Effect::LoseAnswer, Effect::Truncate] {
        server.faults().add(Fault::new(effect.clone()));
        let error = send("PUT", &put(&server), &[], vec![7; SIZE]).await.unwrap_err();
        let expected: &[&str] = match effect {
            Effect::Truncate => &["IncompleteMessage", "UnexpectedEof"],
            _ => &["ConnectionReset"],
        };
        assert!(expected.iter().any(|expected| error.contains(expected)), "{effect:?}: {error}");
    }
    server.faults().add(Fault::new(Effect::Garbage));
    let garbage = send("PUT", &put(&server), &[], vec![b'x'; SIZE]).await.unwrap();
    assert!(std::str::from_utf8(&garbage.bytes).is_err());
    let url = put(&server);
    for effect in [Effect::Stall, Effect::StallBody] {
        server.faults().add(Fault::new(effect));
        let stalled = send("PUT", &url, &[], vec![7; SIZE]);
        assert!(tokio::time::timeout(Duration::from_millis(300), stalled).await.is_err());
    }
    assert_eq!(send("PUT", &put(&server), &[], vec![7; SIZE]).await.unwrap().status, 207);
    assert_eq!(server.calls().all()[0].bytes, SIZE, "what is not carried out is read all the same");
}

#[tokio::test]
async fn faults_and_calls_are_reached_over_http_and_show_no_secret() {
    let server = start().await;
    let faults = format!("{}/_emulator/faults", server.url());
    let fault = json!({ "method": "PUT", "query": "a=b", "effect": "reset" });
    assert_eq!(post(&faults, "", &fault).await.json()["faults"][0]["query"], "a=b");
    let signed = format!("{}/k?X-Amz-Signature=abc&x=1&X-Amz-Security-Token=t0ken", server.url());
    send("GET", &signed, &[], "").await.unwrap();
    send("GET", &signed.replace("X-Amz-Signature", "Y"), &[("x-amz-security-token", "t0ken")], "")
        .await
        .unwrap();
    send("POST", &put(&server), &[("authorization", "AWS4-HMAC-SHA256 …")], r#"{"a": 1}"#).await.unwrap();
    let calls = server.calls().all();
    assert_eq!(calls[0].query, "X-Amz-Signature=(secret)&x=1&X-Amz-Security-Token=(secret)");
    assert_eq!(calls[1].header("x-amz-security-token"), Some("(secret)"));
    assert_eq!(calls[2].header("authorization"), Some("(secret)"));
    let credentials: Vec<_> = calls.iter().map(|call| call.credential).collect();
    assert_eq!(credentials, [Credential::Brought, Credential::Missing, Credential::Brought]);
    assert_eq!((calls[2].status, &calls[2].body), (Some(207), &Some(json!({ "a": 1 }))));
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_bad_gateway() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = proxy::start(proxy::Options::new(format!("http://{gone}"))).await.unwrap();
    assert_eq!(send("GET", server.url(), &[], "").await.unwrap().status, 502);
    assert!(proxy::start(proxy::Options::new("nowhere at all")).await.is_err());
}
