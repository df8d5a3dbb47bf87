//! What a caller gets, how often the provider was tried, and how long the caller waited.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use http::{Method, Request};
use simulated::{Reply, World};
use upstream::{
    Attempt, Call, Error, ErrorKind, Platform, Policy, Received, RequestBody, Secret, TransportFault,
    Upstream, Verdict,
};

const MINUTE: Duration = Duration::from_secs(60);

fn answer(status: u16) -> Reply {
    Reply::Answer(status, Vec::new(), b"hello".to_vec())
}

fn asking(status: u16, name: &'static str, value: &str) -> Reply {
    Reply::Answer(status, vec![(name, value.to_owned())], Vec::new())
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
        408 | 504 => Verdict::Retry(error(ErrorKind::TimedOut)),
        500 => Verdict::Retry(error(ErrorKind::Failed)),
        501.. => Verdict::Retry(error(ErrorKind::Unavailable)),
        _ => Verdict::Fail(error(ErrorKind::Invalid)),
    }
}

fn client(world: &Rc<World>) -> Upstream<World> {
    Upstream::new(Rc::clone(world), Policy::new("Example"), vec![Secret::new("sk-secret-1")])
}

fn send(world: &Rc<World>, time: Duration) -> Result<String, Error> {
    let call = Call::starting_now(&**world, time, None);
    world.run(client(world).send(&call, get, judge))
}

#[test]
fn an_answer_is_read_whole() {
    let world = World::replying([answer(200)]);
    assert_eq!(send(&world, MINUTE).unwrap(), "hello");
    assert!(world.slept.borrow().is_empty());
}

#[test]
fn what_passes_is_tried_again_after_a_wait() {
    let world = World::replying([answer(503), Reply::Fault(TransportFault::Broken), answer(200)]);
    assert_eq!(send(&world, MINUTE).unwrap(), "hello");
    let slept = world.slept.borrow();
    assert!(
        slept.len() == 2 && slept[0] <= Duration::from_millis(200) && slept[1] <= Duration::from_millis(400)
    );
}

#[test]
fn an_answer_that_breaks_in_the_middle_is_tried_again() {
    let world = World::replying([Reply::Breaks(200, b"he".to_vec()), answer(200)]);
    assert_eq!(send(&world, MINUTE).unwrap(), "hello");
}

#[test]
fn tries_are_bounded_and_the_last_error_says_how_many_they_were() {
    let world = World::replying([answer(503), answer(503), answer(500)]);
    let error = send(&world, MINUTE).unwrap_err();
    assert_eq!((error.kind, error.status, error.extra("tries")), (ErrorKind::Failed, Some(500), Some("3")));
}

#[test]
fn what_no_repeat_mends_is_tried_once() {
    for (step, kind) in [
        (answer(422), ErrorKind::Invalid),
        (Reply::Fault(TransportFault::NotPermitted), ErrorKind::Misconfigured),
        (Reply::Fault(TransportFault::NoSuchHost), ErrorKind::Unavailable),
        (Reply::Fault(TransportFault::Tls), ErrorKind::Unavailable),
        (Reply::Fault(TransportFault::NotHttp), ErrorKind::Failed),
    ] {
        let world = World::replying([step]);
        assert_eq!(send(&world, MINUTE).unwrap_err().kind, kind);
        assert_eq!(world.tries(), 1);
    }
}

#[test]
fn the_wait_that_the_provider_asks_for_is_kept() {
    for (name, value, wait) in [
        ("retry-after", "7", 7_000),
        ("retry-after", "Fri, 15 Jan 2027 08:00:07 GMT", 7_000),
        ("retry-after-ms", "1500", 1_500),
    ] {
        let world = World::replying([asking(429, name, value), answer(200)]);
        send(&world, MINUTE).unwrap();
        let slept = world.slept.borrow()[0];
        assert!(
            slept >= Duration::from_millis(wait) && slept < Duration::from_millis(wait + 100),
            "{slept:?}"
        );
    }
}

#[test]
fn whatever_failed_a_wait_that_is_asked_for_is_kept_and_told_only_of_what_passes() {
    let wait = Duration::from_secs(7);
    for (status, told) in
        [(408, None), (429, Some(wait)), (500, None), (502, Some(wait)), (503, Some(wait)), (504, None)]
    {
        let world = World::replying((0..3).map(|_| asking(status, "retry-after", "7")));
        let error = send(&world, MINUTE).unwrap_err();
        assert_eq!((world.tries(), error.retry_after), (3, told), "{status}");
        assert!(world.monotonic() >= 2 * wait, "{status}: {:?}", world.monotonic());
    }
}

#[test]
fn a_wait_longer_than_the_time_left_goes_to_the_caller_at_once() {
    let world = World::replying([asking(429, "retry-after", "90")]);
    let error = send(&world, MINUTE).unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_secs(90))));
    assert!(world.slept.borrow().is_empty());
}

#[test]
fn a_silent_provider_costs_a_try_and_then_the_call() {
    let world = World::replying([Reply::Silence, Reply::SilentBody(200), answer(200)]);
    assert_eq!(send(&world, 2 * MINUTE).unwrap(), "hello");
    let world = World::replying([Reply::Silence]);
    let error = send(&world, Duration::from_secs(5)).unwrap_err();
    assert_eq!((error.kind, error.extra("tries")), (ErrorKind::TimedOut, Some("1")));
}

#[test]
fn what_the_client_healed_is_tried_again_at_once() {
    let world = World::replying([answer(301), answer(200)]);
    send(&world, MINUTE).unwrap();
    assert!(world.slept.borrow().is_empty());
}

#[test]
fn a_body_that_can_be_sent_once_is_sent_once() {
    let world = World::replying([answer(503)]);
    let call = Call::starting_now(&*world, MINUTE, None);
    let stream = |_: Attempt| {
        let bytes = futures_util::stream::iter([Ok(bytes::Bytes::from_static(b"x"))]);
        let body = RequestBody::Stream { length: 1, bytes: Box::pin(bytes) };
        Ok(Request::post("https://api.example/").body(body).unwrap())
    };
    let error = world.run(client(&world).send(&call, stream, judge)).unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::Unavailable, 1));
}

#[test]
fn a_provider_that_is_down_for_long_is_tried_less_and_less() {
    let world = World::replying((0..60).map(|_| answer(503)));
    let client = client(&world);
    for _ in 0..20 {
        let call = Call::starting_now(&*world, MINUTE, None);
        world.run(client.send(&call, get, judge)).unwrap_err();
    }
    assert_eq!(world.tries(), 20 + 10, "the budget holds ten repeats");
}

#[test]
fn senders_of_one_provider_share_its_repeats() {
    let world = World::replying((0..60).map(|_| answer(503)));
    let client = client(&world);
    let once_a_minute = Policy { base_delay: MINUTE, ..Policy::new("Example") };
    for n in 0..20 {
        let call = Call::starting_now(&*world, 10 * MINUTE, None);
        let user = client.with_secret(Secret::new(format!("token-of-user-{n}")));
        let sender = if n % 2 == 0 { user } else { user.with_policy(once_a_minute.clone()) };
        world.run(sender.send(&call, get, judge)).unwrap_err();
    }
    assert_eq!(world.tries(), 20 + 10);
}

#[test]
fn an_answer_over_the_limit_is_refused() {
    let world = World::replying([answer(200)]);
    let policy = Policy { max_answer_bytes: 4, ..Policy::new("Example") };
    let call = Call::starting_now(&*world, MINUTE, None);
    let client = Upstream::new(Rc::clone(&world), policy, Vec::new());
    let error = world.run(client.send(&call, get, judge)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Failed);
    assert!(error.message.contains("more than 4 bytes"), "{error}");
}

#[test]
fn no_secret_and_no_url_reaches_the_caller() {
    let world = World::replying([Reply::Answer(401, vec![], b"wrong key: sk-secret-1".to_vec())]);
    let error = send(&world, MINUTE).unwrap_err();
    assert_eq!(error.message, "wrong key: [redacted]");
    let world = World::replying((0..3).map(|_| Reply::Fault(TransportFault::Refused)));
    let text = format!("{:?}", send(&world, MINUTE).unwrap_err());
    assert!(text.contains("api.example") && !text.contains("hidden"), "{text}");
}

#[test]
fn a_further_secret_is_hidden_with_the_first() {
    let world = World::replying([Reply::Answer(401, vec![], b"sk-secret-1 or user-token".to_vec())]);
    let client = client(&world).with_secret(Secret::new("user-token"));
    let error = world.run(client.send(&world.call(60), get, judge)).unwrap_err();
    assert_eq!(error.message, "[redacted] or [redacted]");
}

#[test]
fn an_address_that_an_operator_set_is_named_where_it_may_be_wrong() {
    use TransportFault as Fault;
    for (fault, named) in [
        (Fault::NoSuchHost, Some("example_base_url")),
        (Fault::Refused, Some("example_base_url")),
        (Fault::Tls, Some("example_base_url")),
        (Fault::NotHttp, Some("example_base_url")),
        (Fault::NotPermitted, Some("extra_outbound_host")),
        (Fault::Broken, None),
        (Fault::TimedOut, None),
    ] {
        for address_variable in [Some("example_base_url"), None] {
            let world = World::new(move |_| Reply::Fault(fault));
            let policy = Policy { address_variable, ..Policy::new("Example") };
            let client = Upstream::new(Rc::clone(&world), policy, Vec::new());
            let error = world.run(client.send(&world.call(60), get, judge)).unwrap_err();
            let named = named.filter(|_| address_variable.is_some());
            assert_eq!(error.extra("variable"), named, "{fault:?}");
            assert_eq!(error.extra("host"), Some("api.example"));
            assert!(named.is_none_or(|name| error.message.contains(name)), "{error}");
        }
    }
    let world = World::replying([Reply::Fault(Fault::NotPermitted)]);
    let policy = Policy { address_variable: Some("example_base_url"), ..Policy::new("Example") };
    let client = Upstream::new(Rc::clone(&world), policy, Vec::new());
    let error = world.run(client.send(&world.call(60), get, judge)).unwrap_err();
    assert_eq!(
        error.message,
        "This component may not call api.example. Correct example_base_url, or set extra_outbound_host to https://api.example; \
         in a manifest of your own, add it to allowed_outbound_hosts, let the stage inherit them, and add it to what the stage declares."
    );
}

#[test]
fn every_try_is_a_span_of_the_callers_trace() {
    let world = World::replying([answer(200)]);
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let call = Call::starting_now(&*world, MINUTE, Some(parent));
    world.run(client(&world).send(&call, get, judge)).unwrap();
    let sent = world.sent.borrow();
    let header = sent[0].headers["traceparent"].to_str().unwrap();
    assert!(header.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && header != parent, "{header}");
}

#[test]
fn a_download_hands_on_its_bytes_and_bounds_its_pauses() {
    let world = World::replying([
        answer(503),
        answer(200),
        Reply::SilentBody(200),
        Reply::Breaks(206, b"a".to_vec()),
    ]);
    let refuse = |answer: Received| match judge(answer) {
        Verdict::Retry(error) => Verdict::Retry(error),
        other => Verdict::Fail(Error::failed(format!("{other:?}"))),
    };
    let open = || {
        let call = Call::starting_now(&*world, MINUTE, None);
        world.run(client(&world).open(&call, get, refuse)).unwrap().into_body()
    };
    let mut whole = open();
    assert_eq!(world.run(whole.chunk()).unwrap().unwrap(), "hello");
    assert_eq!(world.run(whole.chunk()).unwrap(), None);
    assert_eq!(world.run(open().chunk()).unwrap_err().kind, ErrorKind::TimedOut);
    let mut broken = open();
    world.run(broken.chunk()).unwrap();
    assert_eq!(world.run(broken.chunk()).unwrap_err().kind, ErrorKind::Unavailable);
}
