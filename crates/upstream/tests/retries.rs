//! What a caller gets, how often the provider was tried, and how long the caller waited.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod simulated;

use std::rc::Rc;
use std::time::Duration;

use futures_executor::block_on;
use http::{Method, Request};
use simulated::{Step, World};
use upstream::{
    Attempt, Call, Error, ErrorKind, Policy, Received, RequestBody, Secret, TransportFault, Upstream, Verdict,
};

const MINUTE: Duration = Duration::from_secs(60);

fn answer(status: u16) -> Step {
    Step::Answer(status, Vec::new(), vec!["he", "llo"])
}

fn asking(status: u16, name: &'static str, value: &'static str) -> Step {
    Step::Answer(status, vec![(name, value)], vec![])
}

fn get(_: Attempt) -> Result<Request<RequestBody>, Error> {
    let request = Request::builder().method(Method::GET).uri("https://api.example/v1?key=hidden");
    Ok(request.body(RequestBody::empty()).unwrap())
}

fn judge(answer: Received) -> Verdict<String> {
    let error = |kind| Error::new(kind, answer.text()).with_status(answer.status);
    match answer.status.as_u16() {
        200 => Verdict::Done(answer.text()),
        429 => Verdict::Retry(error(ErrorKind::RateLimited)),
        301 => Verdict::Again(error(ErrorKind::Failed)),
        500.. => Verdict::Retry(error(ErrorKind::Unavailable)),
        _ => Verdict::Fail(error(ErrorKind::Invalid)),
    }
}

fn client(world: &Rc<World>) -> Upstream<World> {
    Upstream::new(Rc::clone(world), Policy::new("Example"), vec![Secret::new("sk-secret-1")])
}

fn send(world: &Rc<World>, time: Duration) -> Result<String, Error> {
    let call = Call::starting_now(&**world, time, None);
    block_on(client(world).send(&call, get, judge))
}

#[test]
fn an_answer_is_read_whole() {
    let world = World::with([answer(200)]);
    assert_eq!(send(&world, MINUTE).unwrap(), "hello");
    assert!(world.slept.borrow().is_empty());
}

#[test]
fn what_passes_is_tried_again_after_a_wait() {
    let world = World::with([answer(503), Step::Fault(TransportFault::Broken), answer(200)]);
    assert_eq!(send(&world, MINUTE).unwrap(), "hello");
    let slept = world.slept.borrow();
    assert!(
        slept.len() == 2 && slept[0] <= Duration::from_millis(200) && slept[1] <= Duration::from_millis(400)
    );
}

#[test]
fn an_answer_that_breaks_in_the_middle_is_tried_again() {
    let world = World::with([Step::Breaks(200, vec!["he"]), answer(200)]);
    assert_eq!(send(&world, MINUTE).unwrap(), "hello");
}

#[test]
fn tries_are_bounded_and_the_last_error_says_how_many_they_were() {
    let world = World::with([answer(503), answer(503), answer(500)]);
    let error = send(&world, MINUTE).unwrap_err();
    assert_eq!(
        (error.kind, error.status, error.extra("tries")),
        (ErrorKind::Unavailable, Some(500), Some("3"))
    );
}

#[test]
fn what_no_repeat_mends_is_tried_once() {
    for (step, kind) in [
        (answer(422), ErrorKind::Invalid),
        (Step::Fault(TransportFault::NotPermitted), ErrorKind::Misconfigured),
        (Step::Fault(TransportFault::NoSuchHost), ErrorKind::Unavailable),
        (Step::Fault(TransportFault::Tls), ErrorKind::Unavailable),
        (Step::Fault(TransportFault::NotHttp), ErrorKind::Failed),
    ] {
        let world = World::with([step]);
        assert_eq!(send(&world, MINUTE).unwrap_err().kind, kind);
        assert_eq!(world.tries(), 1);
    }
}

#[test]
fn the_wait_that_the_provider_asks_for_is_kept() {
    for (name, value, wait) in [
        ("retry-after", "7", 7_000),
        ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", 7_000),
        ("retry-after-ms", "1500", 1_500),
    ] {
        let world = World::with([asking(429, name, value), answer(200)]);
        send(&world, MINUTE).unwrap();
        let slept = world.slept.borrow()[0];
        assert!(
            slept >= Duration::from_millis(wait) && slept < Duration::from_millis(wait + 100),
            "{slept:?}"
        );
    }
}

#[test]
fn a_wait_longer_than_the_time_left_goes_to_the_caller_at_once() {
    let world = World::with([asking(429, "retry-after", "90")]);
    let error = send(&world, MINUTE).unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_secs(90))));
    assert!(world.slept.borrow().is_empty());
}

#[test]
fn a_silent_provider_costs_a_try_and_then_the_call() {
    let world = World::with([Step::Silence, Step::SilentBody(200), answer(200)]);
    assert_eq!(send(&world, 2 * MINUTE).unwrap(), "hello");
    let world = World::with([Step::Silence]);
    let error = send(&world, Duration::from_secs(5)).unwrap_err();
    assert_eq!((error.kind, error.extra("tries")), (ErrorKind::TimedOut, Some("1")));
}

#[test]
fn what_the_client_healed_is_tried_again_at_once() {
    let world = World::with([answer(301), answer(200)]);
    send(&world, MINUTE).unwrap();
    assert!(world.slept.borrow().is_empty());
}

#[test]
fn a_body_that_can_be_sent_once_is_sent_once() {
    let world = World::with([answer(503)]);
    let call = Call::starting_now(&*world, MINUTE, None);
    let stream = |_: Attempt| {
        let bytes = futures_util::stream::iter([Ok(bytes::Bytes::from_static(b"x"))]);
        let body = RequestBody::Stream { length: 1, bytes: Box::pin(bytes) };
        Ok(Request::post("https://api.example/").body(body).unwrap())
    };
    let error = block_on(client(&world).send(&call, stream, judge)).unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::Unavailable, 1));
}

#[test]
fn a_provider_that_is_down_for_long_is_tried_less_and_less() {
    let world = World::with((0..60).map(|_| answer(503)));
    let client = client(&world);
    for _ in 0..20 {
        let call = Call::starting_now(&*world, MINUTE, None);
        block_on(client.send(&call, get, judge)).unwrap_err();
    }
    assert_eq!(world.tries(), 20 + 10, "the budget holds ten repeats");
}

#[test]
fn an_answer_over_the_limit_is_refused() {
    let world = World::with([answer(200)]);
    let policy = Policy { max_answer_bytes: 4, ..Policy::new("Example") };
    let call = Call::starting_now(&*world, MINUTE, None);
    let client = Upstream::new(Rc::clone(&world), policy, Vec::new());
    let error = block_on(client.send(&call, get, judge)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(error.message.contains("more than 4 bytes"), "{error}");
}

#[test]
fn no_secret_and_no_url_reaches_the_caller() {
    let world = World::with([Step::Answer(401, vec![], vec!["wrong key: sk-secret-1"])]);
    let error = send(&world, MINUTE).unwrap_err();
    assert_eq!(error.message, "wrong key: [redacted]");
    let world = World::with((0..3).map(|_| Step::Fault(TransportFault::Refused)));
    let text = format!("{:?}", send(&world, MINUTE).unwrap_err());
    assert!(text.contains("api.example") && !text.contains("hidden"), "{text}");
}

#[test]
fn every_try_is_a_span_of_the_callers_trace() {
    let world = World::with([answer(200)]);
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let call = Call::starting_now(&*world, MINUTE, Some(parent));
    block_on(client(&world).send(&call, get, judge)).unwrap();
    let sent = world.sent.borrow();
    let header = sent[0].headers()["traceparent"].to_str().unwrap();
    assert!(header.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && header != parent, "{header}");
}

#[test]
fn a_download_hands_on_its_bytes_and_bounds_its_pauses() {
    let world = World::with([answer(503), answer(200), Step::SilentBody(200), Step::Breaks(206, vec!["a"])]);
    let refuse = |answer: Received| match judge(answer) {
        Verdict::Retry(error) => Verdict::Retry(error),
        other => Verdict::Fail(Error::failed(format!("{other:?}"))),
    };
    let open = || {
        let call = Call::starting_now(&*world, MINUTE, None);
        block_on(client(&world).open(&call, get, refuse)).unwrap().into_body()
    };
    let mut whole = open();
    assert_eq!(block_on(whole.chunk()).unwrap().unwrap(), "he");
    assert_eq!(block_on(whole.chunk()).unwrap().unwrap(), "llo");
    assert_eq!(block_on(whole.chunk()).unwrap(), None);
    assert_eq!(block_on(open().chunk()).unwrap_err().kind, ErrorKind::TimedOut);
    let mut broken = open();
    block_on(broken.chunk()).unwrap();
    assert_eq!(block_on(broken.chunk()).unwrap_err().kind, ErrorKind::Unavailable);
}
