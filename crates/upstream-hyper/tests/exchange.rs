//! hyper under upstream, against a scripted server on loopback.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use upstream::{Call, Error, ErrorKind, Platform, Policy, RequestBody, Upstream, Verdict};
use upstream_hyper::Native;

/// Answers each connection with the next text, once it has read a request to the end of `until`, and gives back what it read.
async fn server(
    until: &'static str,
    answers: Vec<&'static str>,
) -> (SocketAddr, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while socket.read_buf(&mut request).await.unwrap() > 0 {
                if request.ends_with(until.as_bytes()) {
                    break;
                }
            }
            socket.write_all(answer.as_bytes()).await.unwrap();
            requests.push(String::from_utf8_lossy(&request).into_owned());
        }
        requests
    });
    (address, task)
}

async fn text(client: &Upstream<Native>, uri: String, body: fn() -> RequestBody) -> Result<String, Error> {
    let call = Call::starting_now(&**client.platform(), Duration::from_secs(60), None);
    let request = |_| Ok(Request::put(&uri).body(body()).unwrap());
    client.send(&call, request, |answer| Verdict::Done(answer.text())).await
}

fn client() -> Upstream<Native> {
    Upstream::new(Rc::new(Native::at_pace(20)), Policy::new("Example"), Vec::new())
}

fn hello() -> RequestBody {
    RequestBody::from("hello")
}

#[tokio::test]
async fn the_path_goes_out_as_it_stands_and_the_length_with_it() {
    let (address, task) = server("hello", vec!["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]).await;
    let answer = text(&client(), format!("http://{address}/a//b/../c%2F?x=1"), hello).await.unwrap();
    let request = task.await.unwrap().remove(0);
    assert_eq!(answer, "ok");
    assert!(request.starts_with("PUT /a//b/../c%2F?x=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.to_ascii_lowercase().contains("content-length: 5\r\n"), "{request}");
}

#[tokio::test]
async fn a_streamed_body_goes_out_with_its_length() {
    let (address, task) = server("hello", vec!["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]).await;
    let body = || {
        let pieces = [Ok(Bytes::from_static(b"he")), Ok(Bytes::from_static(b"llo"))];
        RequestBody::Stream { length: 5, bytes: Box::pin(futures_util::stream::iter(pieces)) }
    };
    assert_eq!(text(&client(), format!("http://{address}/"), body).await.unwrap(), "ok");
    let request = task.await.unwrap().remove(0).to_ascii_lowercase();
    assert!(request.contains("content-length: 5\r\n") && !request.contains("transfer-encoding"), "{request}");
}

#[tokio::test]
async fn the_error_of_a_streamed_body_is_the_calls_error() {
    let (address, task) = server("hello", vec!["HTTP/1.1 200 OK\r\n\r\n"]).await;
    let body = || {
        let pieces = [Ok(Bytes::from_static(b"he")), Err(Error::invalid("the sender gave up"))];
        RequestBody::Stream { length: 5, bytes: Box::pin(futures_util::stream::iter(pieces)) }
    };
    let error = text(&client(), format!("http://{address}/"), body).await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Invalid, "the sender gave up"));
    task.abort();
}

#[tokio::test]
async fn a_broken_answer_is_tried_again() {
    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok";
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let (address, task) = server("hello", vec![broken, "", whole]).await;
    assert_eq!(text(&client(), format!("http://{address}/"), hello).await.unwrap(), "ok");
    assert_eq!(task.await.unwrap().len(), 3);
}

#[tokio::test]
async fn faults_have_their_names() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = text(&client(), format!("http://{free}/"), hello).await.unwrap_err();
    assert_eq!((error.kind, error.extra("tries")), (ErrorKind::Unavailable, Some("3")));
    assert!(error.message.contains("does not accept connections"), "{error}");

    let error = text(&client(), "http://no-such-host.invalid/".to_owned(), hello).await.unwrap_err();
    assert!(error.message.contains("has no address"), "{error}");

    let (address, _task) = server("hello", vec!["SSH-2.0-OpenSSH_9.2\r\n\r\n"]).await;
    let error = text(&client(), format!("http://{address}/"), hello).await.unwrap_err();
    assert!(error.message.contains("is not HTTP"), "{error}");

    let (address, _task) = server("", vec!["HTTP/1.1 400 Bad Request\r\n\r\n"]).await;
    let error = text(&client(), format!("https://{address}/"), hello).await.unwrap_err();
    assert!(error.message.contains("No secure connection"), "{error}");
}

#[tokio::test]
async fn time_passes_at_the_pace_asked_for() {
    let fast = Native::at_pace(1000);
    let before = fast.monotonic();
    fast.sleep(Duration::from_secs(5)).await;
    assert!(fast.monotonic() - before >= Duration::from_secs(5));
}
