//! Which instance takes a request, for how long, and what a failed request is told.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;
use wasmtime::component::{GuestTaskId, InstancePre};
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState, Instance, InstantiationError, ProxyHandler, ProxyPre, Request, Response,
    ShouldAccept, TrapOrPanicError, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::{WasiHttpView as _, p2, p3};

use super::activity::{Progress, Pulse};
use super::busy;
use super::ending::{Cause, Culprit, Ending};
use super::{Engine, Limits, Loaded, State};
use crate::compose::Parts;

/// How long an instance waits for another request before it is dropped, as on Spin.
const IDLE: Duration = Duration::from_secs(1);
/// By how much an instance outlives the time limit of its request, so that the request is answered first.
const GRACE: Duration = Duration::from_millis(100);

/// Answers requests with instances of one component.
#[derive(Clone)]
pub struct Handler {
    proxy: ProxyHandler<Instances>,
}

/// Why a request got no response from the component.
#[derive(Debug)]
pub enum Failure {
    /// It took too long.
    TimedOut(Duration),
    /// A call for this request ended the instance.
    Ended(Cause, Option<Culprit>),
    /// A call for another request ended the instance that both were in.
    EndedByAnother(Cause, Option<Culprit>),
    /// The instance ended: through this request or another it worked on at the same time.
    InstanceEnded(Cause, Option<Culprit>),
    /// No instance could be made.
    NoInstance(String),
    /// The component returned an error instead of a response.
    Returned(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(limit) => {
                write!(
                    f,
                    "The component neither read on nor began its response for {} seconds.",
                    limit.as_secs_f64()
                )
            }
            Self::Ended(cause, culprit) => write!(f, "{} {cause}.", Who(culprit.as_ref())),
            Self::EndedByAnother(cause, culprit) => write!(
                f,
                "{} {cause}, at work for another request. It ended the instance that worked on this request at the same \
                 time. Nothing is known to be wrong with this one: send it again.",
                Who(culprit.as_ref())
            ),
            Self::InstanceEnded(cause, culprit) => write!(
                f,
                "{} {cause}, at work for this request or for another that its instance worked on at the same time.",
                Who(culprit.as_ref())
            ),
            Self::NoInstance(reason) => write!(f, "No instance of the component could be made: {reason}"),
            Self::Returned(error) => {
                write!(f, "The component returned an error instead of a response: {error}")
            }
        }
    }
}

/// A culprit as a sentence begins with it.
struct Who<'a>(Option<&'a Culprit>);

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Culprit { name, is_dependency: true }) => write!(f, "The stage `{name}`"),
            Some(Culprit { name, is_dependency: false }) => write!(f, "The component `{name}`"),
            None => f.write_str("The component"),
        }
    }
}

/// What is known of a request and the instance that took it.
#[derive(Clone, Debug, Default)]
pub struct RequestSlot {
    task: Arc<OnceLock<GuestTaskId>>,
    progress: Progress,
}

impl Handler {
    pub(super) fn new(proxy: ProxyHandler<Instances>) -> Self {
        Self { proxy }
    }

    /// Gives the request to an instance and waits for the response to begin.
    ///
    /// # Errors
    /// When there is no response; the instance that failed takes no further request.
    pub async fn handle(&self, request: Request) -> Result<Response, Failure> {
        let instances = self.proxy.state();
        let limits = instances.limits;
        instances.loaded.tally().saw_request();
        let slot = RequestSlot::default();
        let request = request.map(|body| slot.progress.watch(body));
        let answer = tokio::select! {
            answer = self.proxy.handle(slot.clone(), request) => answer,
            () = slot.progress.request().idle(limits.request_timeout) => Err(ExpirationError.into()),
        };
        let failure = match answer {
            Ok(response) => {
                instances.loaded.tally().saw_timings(response.headers());
                return Ok(response.map(|body| slot.progress.watch(body)));
            }
            Err(error) => failure(&error, &slot, &limits).await,
        };
        instances.loaded.tally().saw_failure();
        Err(failure)
    }
}

async fn failure(error: &wasmtime::Error, slot: &RequestSlot, limits: &Limits) -> Failure {
    if error.is::<ExpirationError>() {
        return Failure::TimedOut(limits.request_timeout);
    }
    if let Some(error) = error.downcast_ref::<InstantiationError<RequestSlot>>() {
        return Failure::NoInstance(format!("{:#}", error.error));
    }
    if let Some(code) = error.downcast_ref::<p3::bindings::http::types::ErrorCode>() {
        return Failure::Returned(format!("{code:?}"));
    }
    if let Some(code) = error.downcast_ref::<p2::bindings::http::types::ErrorCode>() {
        return Failure::Returned(format!("{code:?}"));
    }
    let Some(instance) = slot.progress.instance().filter(|_| error.is::<TrapOrPanicError>()) else {
        return Failure::InstanceEnded(Cause::Trapped, None);
    };
    // Known a moment after its requests have lost it.
    let Some(ending) = instance.ending.wait().await else {
        return Failure::InstanceEnded(Cause::Trapped, None);
    };
    let ended = match ending.is_of(slot.task.get().copied()) {
        Some(true) => Failure::Ended,
        Some(false) => Failure::EndedByAnother,
        None => Failure::InstanceEnded,
    };
    ended(ending.cause, ending.culprit.clone())
}

/// Finds the HTTP handler a component exports, of WASI 0.3 or else of WASI 0.2.
pub(super) fn proxy(pre: InstancePre<State>) -> anyhow::Result<ProxyPre<State>> {
    if let Ok(service) = p3::bindings::ServicePre::new(pre.clone()) {
        return Ok(ProxyPre::P3(service));
    }
    match p2::bindings::ProxyPre::new(pre) {
        Ok(proxy) => Ok(ProxyPre::P2(proxy)),
        Err(_) => anyhow::bail!(
            "the component exports neither wasi:http/handler@0.3.0 nor wasi:http/incoming-handler@0.2, so it cannot answer \
             HTTP requests; with spin-sdk 7, mark its handler with #[http_service]"
        ),
    }
}

/// Makes instances.
pub struct Instances {
    pre: ProxyPre<State>,
    stopped: Arc<AtomicBool>,
    limits: Limits,
    loaded: Loaded,
}

impl Instances {
    pub(super) fn new(pre: ProxyPre<State>, engine: &Engine, loaded: Loaded) -> Self {
        let mut limits = *loaded.limits();
        if matches!(pre, ProxyPre::P2(_)) {
            // WASI 0.2 has no way to tell that an instance is done with a request: one each, as on Spin.
            limits.max_instance_reuse_count = 1;
            limits.max_instance_concurrent_reuse_count = 1;
        }
        Self { pre, stopped: engine.stopped(), limits, loaded }
    }
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Worker>> {
        let mut store = self.loaded.store().map_err(wasmtime::Error::from_anyhow)?;
        let limit = self.limits.request_timeout;
        let pulse = Arc::new(Pulse::default());
        busy::watch(&mut store, self.limits.busy_timeout, pulse.busy.clone());
        let proxy =
            tokio::time::timeout(limit, self.pre.instantiate_async(&mut store)).await.map_err(|_| {
                wasmtime::format_err!("it did not start within {} seconds", limit.as_secs_f64())
            })??;
        let is_full = store.data().limiter.was_refused();
        Ok(Instance {
            store,
            proxy,
            view: |state| state.http(),
            expiration: Expiration {
                limit: limit + GRACE,
                pulse: pulse.clone(),
                sleep: Box::pin(tokio::time::sleep(limit)),
            },
            state: Worker {
                pulse,
                component: self.loaded.grants().component.clone(),
                parts: self.loaded.parts().clone(),
                limits: self.limits,
                stopped: self.stopped.clone(),
                is_full,
            },
        })
    }
}

/// Ends an instance that waits too long for work, or in which nothing moves for too long.
pub struct Expiration {
    limit: Duration,
    pulse: Arc<Pulse>,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        self.pulse.busy.gave_way();
        let (since, limit) = match status {
            WorkerStatus::Idle => (start, IDLE),
            WorkerStatus::Requests | WorkerStatus::PostReturn => {
                (start.max(self.pulse.activity.last()), self.limit)
            }
        };
        let Some(deadline) = since.checked_add(limit).map(tokio::time::Instant::from) else {
            return Poll::Pending;
        };
        // Set anew at each poll, also at the one that its own end brings: something may have moved since.
        if deadline != self.sleep.deadline() {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(cx)
    }
}

/// One instance at work.
pub struct Worker {
    pulse: Arc<Pulse>,
    component: Arc<str>,
    parts: Arc<Parts>,
    limits: Limits,
    stopped: Arc<AtomicBool>,
    /// It asked for more memory than it may have, and never gives any back.
    is_full: Arc<AtomicBool>,
}

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = RequestSlot;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.limits.max_instance_reuse_count || self.is_full.load(Ordering::Relaxed) {
            ShouldAccept::Never
        } else if concurrent >= self.limits.max_instance_concurrent_reuse_count {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        slot: RequestSlot,
        task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        let _ = slot.task.set(task);
        slot.progress.taken_by(self.pulse.clone());
        let limit = self.limits.request_timeout;
        Box::pin(async move { slot.progress.request().idle(limit).await })
    }

    fn drop(&self, mut store: Store<State>, result: Result<(), wasmtime::Error>) {
        let ending = result.as_ref().err().map(|error| Ending::of(&mut store, error, &self.parts));
        if let (Err(error), Some(ending)) = (result, &ending)
            && !self.stopped.load(Ordering::Relaxed)
        {
            eprintln!("[{}] an instance ended: {}: {error:?}", self.component, Who(ending.culprit.as_ref()));
        }
        // Before the store, whose end is that of the bodies it feeds.
        let _ = self.pulse.ending.set(ending);
        drop(store);
    }
}
