//! A platform with a clock that only its own sleeps move, and answers from a script.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use upstream::{Platform, RequestBody, ResponseBody, TransportError, TransportFault};

/// What a try meets.
#[derive(Clone)]
pub enum Step {
    /// An answer: status, headers, body in pieces.
    Answer(u16, Vec<(&'static str, &'static str)>, Vec<&'static str>),
    /// An answer whose body breaks after these pieces.
    Breaks(u16, Vec<&'static str>),
    /// No answer.
    Fault(TransportFault),
    /// Never an answer.
    Silence,
    /// A head, and then never a byte.
    SilentBody(u16),
}

#[derive(Default)]
pub struct World {
    script: RefCell<VecDeque<Step>>,
    now: Cell<Duration>,
    pub sent: RefCell<Vec<Request<()>>>,
    pub slept: RefCell<Vec<Duration>>,
}

impl World {
    pub fn with(script: impl IntoIterator<Item = Step>) -> Rc<Self> {
        let world = Self::default();
        world.script.borrow_mut().extend(script);
        Rc::new(world)
    }

    pub fn tries(&self) -> usize {
        self.sent.borrow().len()
    }
}

pub struct Body {
    pieces: VecDeque<&'static str>,
    end: End,
}

enum End {
    Whole,
    Broken,
    Silent,
}

impl ResponseBody for Body {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        match (self.pieces.pop_front(), &self.end) {
            (Some(piece), _) => Ok(Some(Bytes::from_static(piece.as_bytes()))),
            (None, End::Whole) => Ok(None),
            (None, End::Broken) => Err(TransportFault::Broken.into()),
            (None, End::Silent) => pending().await,
        }
    }
}

impl Platform for World {
    type Body = Body;

    async fn send(&self, request: Request<RequestBody>) -> Result<Response<Body>, TransportError> {
        self.sent.borrow_mut().push(request.map(|_| ()));
        let step = self.script.borrow_mut().pop_front().expect("the script covers every try");
        let (status, headers, pieces, end) = match step {
            Step::Answer(status, headers, pieces) => (status, headers, pieces, End::Whole),
            Step::Breaks(status, pieces) => (status, Vec::new(), pieces, End::Broken),
            Step::Fault(fault) => return Err(fault.into()),
            Step::Silence => return pending().await,
            Step::SilentBody(status) => (status, Vec::new(), Vec::new(), End::Silent),
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        Ok(response.body(Body { pieces: pieces.into(), end }).expect("a valid answer"))
    }

    fn monotonic(&self) -> Duration {
        self.now.get()
    }

    fn unix_time(&self) -> Duration {
        Duration::from_secs(784_111_770) + self.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        // Everything else that can go on goes on first: only when all wait does time pass.
        let mut polled = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.now.set(self.now.get() + duration);
        self.slept.borrow_mut().push(duration);
    }

    fn random(&self) -> u64 {
        u64::MAX / 3
    }
}
