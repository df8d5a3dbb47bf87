//! What a bad guest can and cannot do.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::support::{App, get, problem, send};

fn app() -> App {
    App::with_stage("", "", "")
}

async fn with_timeout(app: &App, timeout: Duration) -> serene::Running {
    let mut options = app.options();
    options.limits.request_timeout = timeout;
    serene::Host::start(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_fails_its_request_and_nothing_after_it() {
    let running = app().start().await;
    let (status, problem) = problem(&running, "/trap").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problem["stage"], "app");
    assert_eq!(get(&running, "/calls").await, "1", "a fresh instance answers");
    assert_eq!(running.report().failures, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_in_a_stage_is_the_stages() {
    let running = app().start().await;
    let (status, problem) = problem(&running, "/stage/trap").await;
    assert_eq!((status, &problem["stage"]), (StatusCode::BAD_GATEWAY, &"stage".into()), "{problem}");
    assert_eq!(get(&running, "/stage/calls").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_computes_without_a_pause_is_ended_and_named() {
    let app = app();
    let mut options = app.options();
    options.limits.busy_timeout = Duration::from_millis(500);
    let running = serene::Host::start(options).await.unwrap();
    for (path, name) in [("/spin", "app"), ("/stage/spin", "stage")] {
        let (status, problem) = problem(&running, path).await;
        assert_eq!((status, &problem["stage"]), (StatusCode::GATEWAY_TIMEOUT, &name.into()), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("for 0.5 seconds"), "{problem}");
    }
    // Whoever waits computes nothing.
    assert_eq!(get(&running, "/wait?1500").await, "waited");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_instead_of_a_response_is_a_problem() {
    let running = app().start().await;
    let (status, problem) = problem(&running, "/error").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(problem["detail"].as_str().unwrap().contains("asked to fail"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_spins_or_waits_for_ever_is_ended_while_others_are_answered() {
    let app = app();
    let running = with_timeout(&app, Duration::from_secs(3)).await;
    // Warm, so that the limit below is about the guest and not about this machine.
    assert_eq!(get(&running, "/calls").await, "1");
    for path in ["/spin", "/stage/spin", "/wait?60000"] {
        let (ended, ()) = tokio::join!(problem(&running, path), async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            // On a busy machine the limit may end an innocent request; another must be answered.
            let url = format!("{}/wait?1", running.url());
            while send(Method::GET, &url, "").await.body() != "waited" {}
        });
        assert_eq!(ended.0, StatusCode::GATEWAY_TIMEOUT, "{path}");
        assert_eq!(ended.1["retryable"], true);
    }
}

/// A body of this many bytes, one each 100 ms; one that is not whole then waits for ever.
fn slow(bytes: usize, is_whole: bool) -> impl Body<Data = Bytes, Error = Infallible> + Send + 'static {
    let pieces = futures::stream::iter(0..bytes).then(|_| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(Frame::data(Bytes::from_static(b".")))
    });
    let rest = futures::stream::once(async move {
        if !is_whole {
            std::future::pending::<()>().await;
        }
        Ok(Frame::data(Bytes::new()))
    });
    StreamBody::new(pieces.chain(rest))
}

async fn post(running: &serene::Running, path: &str, bytes: usize, is_whole: bool) -> Response<Incoming> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let body = slow(bytes, is_whole).boxed_unsync();
    let request = Request::post(format!("{}{path}", running.url())).body(body).unwrap();
    client.request(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_may_take_longer_than_the_limit_and_what_stands_still_may_not() {
    let app = app();
    let running = with_timeout(&app, Duration::from_secs(3)).await;
    let body = |response: Response<Incoming>| async { Ok(response.into_body().collect().await?.to_bytes()) };
    let (up, down, stuck_up, stuck_down) = tokio::join!(
        async { body(post(&running, "/count", 60, true).await).await },
        async { body(post(&running, "/echo", 60, true).await).await },
        post(&running, "/count", 5, false),
        async { body(post(&running, "/echo", 5, false).await).await },
    );
    let up: Result<Bytes, hyper::Error> = up;
    let down: Result<Bytes, hyper::Error> = down;
    let stuck_down: Result<Bytes, hyper::Error> = stuck_down;
    assert_eq!(up.unwrap(), "60");
    assert_eq!(down.unwrap().len(), 60);
    assert_eq!(stuck_up.status(), StatusCode::GATEWAY_TIMEOUT);
    assert!(stuck_down.is_err(), "a body that is cut off is no whole body");
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded_for_the_whole_instance() {
    let app = app();
    let mut options = app.options();
    options.limits.max_memory = 64 * 1024 * 1024;
    let running = serene::Host::start(options).await.unwrap();
    assert_eq!(get(&running, "/allocate?40").await, (40 * 1024 * 1024).to_string());
    for (path, status, name) in [
        ("/allocate?100", StatusCode::INTERNAL_SERVER_ERROR, "app"),
        ("/stage/allocate?100", StatusCode::BAD_GATEWAY, "stage"),
    ] {
        let (got, problem) = problem(&running, path).await;
        assert_eq!((got, &problem["stage"], &problem["retryable"]), (status, &name.into(), &false.into()));
        assert!(problem["detail"].as_str().unwrap().contains("64 MiB"), "{problem}");
    }
    assert_eq!(get(&running, "/calls").await, "1");
    let peak = running.report().peak_linear_memory_bytes;
    assert!((40 * 1024 * 1024..=64 * 1024 * 1024).contains(&peak), "{peak}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_is_reused_as_often_as_allowed() {
    let app = app();
    for (reuse, expected) in [(1, ["1", "1", "1"]), (2, ["1", "2", "1"]), (128, ["1", "2", "3"])] {
        let mut options = app.options();
        options.limits.max_instance_reuse_count = reuse;
        let running = serene::Host::start(options).await.unwrap();
        for (n, expected) in expected.iter().enumerate() {
            assert_eq!(&get(&running, "/calls").await, expected, "request {n} with reuse {reuse}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_instance_works_on_several_requests_at_once() {
    let running = app().start().await;
    assert_eq!(get(&running, "/calls").await, "1");
    let many = futures::future::join_all((0..8).map(|_| get(&running, "/wait?300"))).await;
    assert!(many.iter().all(|answer| answer == "waited"));
    let report = running.stop().await;
    assert!(report.instances < 9, "{report:?}");
    assert_eq!(report.requests, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_fails_the_requests_that_share_its_instance_and_no_others() {
    let app = app();
    let running = app.start().await;
    assert_eq!(get(&running, "/calls").await, "1");
    let (shared, ()) = tokio::join!(problem(&running, "/wait?60000"), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(problem(&running, "/trap").await.0, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(get(&running, "/calls").await, "1", "a fresh instance answers");
    });
    assert_eq!(shared.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shared.1["retryable"], true);
    assert!(shared.1["detail"].as_str().unwrap().contains("send it again"), "{}", shared.1);
}
