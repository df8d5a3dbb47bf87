//! The wire of the simulation: requests that come late, twice, never, or after their caller has given up.

use std::cell::{Cell, RefCell};
use std::fmt::Arguments;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use pipeline::stages::Call;
use pipeline::{Error, ErrorKind, Result};

use crate::engine::{Engine, Event, Who};
use crate::{Memory, Request, Wire};

/// How long after it was sent a request may still take effect, whatever its caller has heard. What is longer under way than that is lost.
pub(crate) const REQUEST_LIFE_MS: u64 = 60_000;
/// The stores' and processes' clocks begin here.
pub(crate) const EPOCH_MS: u64 = 1_800_000_000_000;

/// How often what goes wrong, of a thousand requests.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weather {
    /// Fails and does nothing.
    pub(crate) refused: u64,
    /// Is done, once or twice, now or later, and its caller hears of a failure.
    pub(crate) answer_lost: u64,
    /// Is done twice before it is answered, as by a stage that tries again.
    pub(crate) done_twice: u64,
    /// Is done again some time after it was answered, when it can be told from what came in between.
    pub(crate) done_again: u64,
    /// Takes seconds.
    pub(crate) slow: u64,
}

impl Weather {
    /// One seed in so many has none of a fault, and another has much of it: what is rare together is found apart.
    pub(crate) fn draw(engine: &Engine) -> Self {
        let rate = || engine.one_of(&[0, 0, 3, 15, 60]);
        Self { refused: rate(), answer_lost: rate(), done_twice: rate(), done_again: rate(), slow: rate() }
    }
}

/// What all processes share.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) memory: RefCell<Memory>,
    pub(crate) weather: Cell<Weather>,
    /// What an answer held that was none of the caller's business.
    pub(crate) leaks: RefCell<Vec<String>>,
    requests: Cell<usize>,
}

impl Shared {
    pub(crate) fn new(engine: Engine) -> Self {
        let (memory, weather) = (RefCell::default(), Cell::default());
        Self { engine, memory, weather, leaks: RefCell::default(), requests: Cell::new(0) }
    }

    fn latency(&self) -> u64 {
        let engine = &self.engine;
        match () {
            () if engine.happens(self.weather.get().slow) => {
                let longest = engine.one_of(&[300, 3_000, 20_000]);
                engine.between(1..=longest)
            }
            () => engine.between(1..=10),
        }
    }
}

/// The network as one operation uses it.
#[derive(Clone)]
pub struct Network {
    pub(crate) shared: Rc<Shared>,
    pub(crate) operation: usize,
}

impl Wire for Network {
    async fn carry<T: 'static>(
        &self,
        request: Request<'_>,
        effect: impl Fn(&mut Memory) -> Result<T> + 'static,
    ) -> Result<T> {
        let Shared { engine, requests, weather, .. } = &*self.shared;
        requests.set(requests.get() + 1);
        let Request { stage, what, is_blind } = request;
        let request = Rc::new(Sent {
            network: self.clone(),
            number: requests.get(),
            sent_ms: engine.now_ms(),
            effect: Box::new(effect),
            answer: RefCell::new(Answer::Awaited(None)),
        });
        request.note(format_args!("{stage}: {what}"));
        let weather = weather.get();
        if engine.happens(weather.refused) {
            request.fail(self.shared.latency(), fault(engine));
        } else if engine.happens(weather.answer_lost) {
            request.land_after(self.shared.latency(), None);
            if engine.happens(500) {
                request.land_after(engine.between(1..=REQUEST_LIFE_MS), None);
            }
            request.fail(self.shared.latency(), fault(engine));
        } else {
            let there = self.shared.latency();
            let back = self.shared.latency();
            request.land_after(there, Some(back));
            if engine.happens(weather.done_twice) {
                request.land_after(engine.between(0..=there + back), None);
            }
            if !is_blind && engine.happens(weather.done_again) {
                request.land_after(engine.between(there + back..=REQUEST_LIFE_MS), None);
            }
        }
        InFlight(request).await
    }

    fn discloses(&self, call: &Call, relationship: &str) {
        if let Some(caller) = &call.relationship
            && caller != relationship
        {
            self.shared.leaks.borrow_mut().push(format!("{caller} was given data of {relationship}"));
        }
    }
}

fn fault(engine: &Engine) -> Error {
    let kind = match engine.between(0..=3) {
        0 => ErrorKind::Unavailable { retry_after_ms: None },
        1 => ErrorKind::RateLimited { retry_after_ms: Some(1000) },
        2 => ErrorKind::TimedOut,
        _ => ErrorKind::Failed,
    };
    Error::new(kind, "The weather is bad.")
}

enum Answer<T> {
    Awaited(Option<Waker>),
    Here(Result<T>),
    /// Heard, or nobody is there to hear it.
    Over {
        heard: bool,
    },
}

/// What a request does once it has arrived.
type Effect<T> = Box<dyn Fn(&mut Memory) -> Result<T>>;

struct Sent<T> {
    network: Network,
    number: usize,
    sent_ms: u64,
    effect: Effect<T>,
    answer: RefCell<Answer<T>>,
}

impl<T: 'static> Sent<T> {
    fn note(&self, what: Arguments<'_>) {
        let who = Who::Operation(self.network.operation);
        self.network.shared.engine.note(who, format_args!("#{} {what}", self.number));
    }

    /// Lets the request take effect after a while, and answers it a while after that.
    fn land_after(self: &Rc<Self>, delay_ms: u64, answer_after_ms: Option<u64>) {
        let request = self.clone();
        let land = Box::new(move || request.land(answer_after_ms));
        self.network.shared.engine.after(delay_ms, Event::Network(land));
    }

    fn land(self: &Rc<Self>, answer_after_ms: Option<u64>) {
        let Shared { engine, memory, .. } = &*self.network.shared;
        // What was sent by a caller that is gone arrives, or is lost, or hangs about.
        let abandoned = matches!(*self.answer.borrow(), Answer::Over { heard: false });
        let latest_ms = self.sent_ms + REQUEST_LIFE_MS;
        if abandoned && answer_after_ms.is_some() {
            match engine.between(0..=3) {
                0 => {
                    return self
                        .land_after(engine.between(0..=latest_ms.saturating_sub(engine.now_ms())), None);
                }
                1 => return self.note(format_args!("is lost")),
                _ => {}
            }
        }
        let memory = &mut *memory.borrow_mut();
        memory.now_ms = EPOCH_MS + engine.now_ms();
        let result = (self.effect)(memory);
        match &result {
            Ok(_) => self.note(format_args!("is done")),
            Err(error) => self.note(format_args!("is refused: {error}")),
        }
        if let Some(back) = answer_after_ms {
            self.answer_after(back, result);
        }
    }

    fn fail(self: &Rc<Self>, delay_ms: u64, error: Error) {
        self.answer_after(delay_ms, Err(error));
    }

    fn answer_after(self: &Rc<Self>, delay_ms: u64, result: Result<T>) {
        let request = self.clone();
        let deliver = Box::new(move || {
            let mut answer = request.answer.borrow_mut();
            if let Answer::Awaited(waker) = &mut *answer {
                let waker = waker.take();
                *answer = Answer::Here(result);
                waker.into_iter().for_each(Waker::wake);
            }
        });
        self.network.shared.engine.after(delay_ms, Event::Network(deliver));
    }
}

/// A request whose answer is awaited. Dropped, it is not taken back: what was sent was sent.
struct InFlight<T>(Rc<Sent<T>>);

impl<T: 'static> Future for InFlight<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let request = &self.0;
        let mut answer = request.answer.borrow_mut();
        if matches!(*answer, Answer::Here(_))
            && let Answer::Here(result) = std::mem::replace(&mut *answer, Answer::Over { heard: true })
        {
            if let Err(error) = &result {
                request.note(format_args!("fails: {}", error.code()));
            }
            return Poll::Ready(result);
        }
        *answer = Answer::Awaited(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl<T> Drop for InFlight<T> {
    fn drop(&mut self) {
        let mut answer = self.0.answer.borrow_mut();
        if !matches!(*answer, Answer::Over { .. }) {
            *answer = Answer::Over { heard: false };
        }
    }
}
