//! A platform over the network on which exchanges fail as a test wants them to.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod servers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Method, Request, Response};
use s3::{ByteStream, Client, Config, Object, PutOptions, WriteCondition};
use upstream::{Call, Error, Platform, RequestBody, ResponseBody, TransportError, TransportFault};
use upstream_hyper::{Answer, Native};

pub const KEY_ID: &str = "AKIASERENETEST";
pub const SECRET: &str = "5ecret/of+the-test";
pub const TOKEN: &str = "t0ken-of-the-session";

/// A request as it was sent.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Seen {
    /// Whether it is a step of an upload in parts.
    pub fn is_part(&self, number: u32) -> bool {
        self.uri.contains(&format!("partNumber={number}&"))
    }

    pub fn is_complete(&self) -> bool {
        self.method == Method::POST && self.uri.contains("uploadId=")
    }

    pub fn is_abort(&self) -> bool {
        self.method == Method::DELETE && self.uri.contains("uploadId=")
    }
}

/// What becomes of an exchange.
pub enum Fate {
    /// It goes through.
    Pass,
    /// The server answers this, without having seen the request.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The connection breaks before the server has the request.
    Cut,
    /// The exchange ends like this, and the server has not seen the request.
    Fault(TransportFault),
    /// The server does what is asked, and its answer is lost.
    Lost,
    /// The answer's body breaks off after these many bytes.
    CutAfter(usize),
    /// The first byte of the answer's body is another.
    Damaged,
    /// It happens so much later.
    Late(Duration, Box<Self>),
}

pub fn answer(status: u16, code: &str) -> Fate {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>Words about {SECRET}.</Message><RequestId>R1</RequestId></Error>"
    );
    Fate::Answer(status, vec![("x-amz-request-id", "R1".to_owned())], body)
}

type Rule = Box<dyn FnMut(&Seen) -> Fate>;

pub struct World {
    native: Native,
    rule: RefCell<Rule>,
    pub seen: RefCell<Vec<Seen>>,
    /// Seconds by which this machine's clock is wrong.
    pub clock_error: Cell<i64>,
}

pub struct Body {
    rest: Source,
    cut_after: Option<usize>,
    damaged: bool,
}

enum Source {
    Server(Answer),
    Script(Option<Bytes>),
}

impl World {
    pub fn new(rule: impl FnMut(&Seen) -> Fate + 'static) -> Rc<Self> {
        Self::at_pace(1, rule)
    }

    /// Where time passes this many times as fast.
    pub fn at_pace(pace: u32, rule: impl FnMut(&Seen) -> Fate + 'static) -> Rc<Self> {
        Rc::new(Self {
            native: Native::at_pace(pace),
            rule: RefCell::new(Box::new(rule)),
            seen: RefCell::default(),
            clock_error: Cell::new(0),
        })
    }

    pub fn rule(&self, rule: impl FnMut(&Seen) -> Fate + 'static) {
        *self.rule.borrow_mut() = Box::new(rule);
        self.seen.borrow_mut().clear();
    }

    /// What would become of an exchange.
    pub fn fate(&self, seen: &Seen) -> Fate {
        (self.rule.borrow_mut())(seen)
    }

    pub fn tries(&self) -> usize {
        self.seen.borrow().len()
    }

    pub fn count(&self, what: impl Fn(&Seen) -> bool) -> usize {
        self.seen.borrow().iter().filter(|seen| what(seen)).count()
    }

    pub fn call(&self) -> Call {
        Call::starting_now(self, Duration::from_secs(600), None)
    }
}

impl Platform for World {
    type Body = Body;

    async fn send(&self, request: Request<RequestBody>) -> Result<Response<Body>, TransportError> {
        let body = match request.body() {
            RequestBody::Bytes(bytes) => bytes.clone(),
            RequestBody::Stream { .. } => panic!("a body that cannot be sent again"),
        };
        let seen = Seen {
            method: request.method().clone(),
            uri: request.uri().to_string(),
            headers: request.headers().clone(),
            body,
        };
        let mut fate = self.fate(&seen);
        self.seen.borrow_mut().push(seen);
        if let Fate::Late(time, then) = fate {
            self.native.sleep(time).await;
            fate = *then;
        }
        let (cut_after, damaged) = match fate {
            Fate::Answer(status, headers, body) => {
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                let rest = Source::Script(Some(body.into()));
                return Ok(response.body(Body { rest, cut_after: None, damaged: false }).unwrap());
            }
            Fate::Fault(fault) => return Err(fault.into()),
            Fate::Cut => return Err(TransportFault::Broken.into()),
            Fate::Lost => {
                let (_, mut body) = self.native.send(request).await?.into_parts();
                while body.chunk().await?.is_some() {}
                return Err(TransportFault::Broken.into());
            }
            Fate::Late(..) => panic!("it is late once"),
            Fate::Pass => (None, false),
            Fate::CutAfter(bytes) => (Some(bytes), false),
            Fate::Damaged => (None, true),
        };
        let response = self.native.send(request).await?;
        Ok(response.map(|body| Body { rest: Source::Server(body), cut_after, damaged }))
    }

    fn monotonic(&self) -> Duration {
        self.native.monotonic()
    }

    fn unix_time(&self) -> Duration {
        let time = self.native.unix_time();
        let seconds = time.as_secs().saturating_add_signed(self.clock_error.get());
        Duration::new(seconds, time.subsec_nanos())
    }

    /// Waits between tries are short; time limits are what they are.
    async fn sleep(&self, duration: Duration) {
        let is_wait = duration < Duration::from_secs(15);
        self.native.sleep(if is_wait { duration / 100 } else { duration }).await;
    }

    fn random(&self) -> u64 {
        self.native.random()
    }
}

impl ResponseBody for Body {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        let bytes = match &mut self.rest {
            Source::Server(answer) => answer.chunk().await?,
            Source::Script(bytes) => bytes.take().filter(|bytes| !bytes.is_empty()),
        };
        let Some(mut bytes) = bytes else { return Ok(None) };
        if std::mem::take(&mut self.damaged) {
            let mut other = bytes.to_vec();
            other[0] ^= 1;
            bytes = other.into();
        }
        if let Some(left) = &mut self.cut_after {
            if *left == 0 {
                return Err(TransportFault::Broken.into());
            }
            bytes.truncate(*left);
            *left -= bytes.len();
        }
        Ok(Some(bytes))
    }
}

/// A client of a bucket at a server; `more` are further variables.
pub fn client(world: &Rc<World>, url: &str, more: &[(&str, &str)]) -> Client<World> {
    Client::new(Rc::clone(world), config(url, more))
}

pub fn config(url: &str, more: &[(&str, &str)]) -> Config {
    let given = |name: &str| more.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    let usual = |name: &str| match name {
        "s3_bucket_name" => Some("bucket".to_owned()),
        "aws_access_key_id" => Some(KEY_ID.to_owned()),
        "aws_secret_access_key" => Some(SECRET.to_owned()),
        "s3_endpoint_url" => Some(url.to_owned()),
        _ => None,
    };
    Config::from_variables(|name| given(name).or_else(|| usual(name))).unwrap()
}

/// A body that comes in pieces of uneven sizes.
pub fn body(bytes: impl Into<Bytes>) -> ByteStream {
    let pieces = stream::unfold((bytes.into(), 1_usize), |(mut bytes, size)| async move {
        (!bytes.is_empty()).then(|| {
            let piece = bytes.split_to(size.min(bytes.len()));
            (Ok(piece), (bytes, (size * 7 + 3) % 65_536 + 1))
        })
    });
    Box::pin(pieces)
}

/// Bytes that differ from place to place.
pub fn bytes(length: usize) -> Bytes {
    (0..length).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect::<Vec<_>>().into()
}

pub fn options() -> PutOptions {
    PutOptions {
        content_type: "application/pdf".to_owned(),
        size: None,
        condition: WriteCondition::Always,
        metadata: vec![("kind".to_owned(), "profile".to_owned())],
    }
}

pub async fn read<P: Platform>(mut object: Object<P>) -> Result<Vec<u8>, Error> {
    let mut whole = Vec::new();
    while let Some(bytes) = object.body.chunk().await? {
        whole.extend_from_slice(&bytes);
    }
    assert_eq!(whole.len() as u64, object.length);
    Ok(whole)
}

/// Fails when an error shows a secret.
pub fn holds_no_secret(error: &Error) {
    let shown = format!("{error} {error:?}");
    for secret in [SECRET, TOKEN, KEY_ID, "Signature="] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
