//! One run: processes and their clients until all is quiet, then the mending, then the checks.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use layout::Bucket;
use pipeline::stages::Stages;
use pipeline::{Environment, Pipeline, Settings};

use crate::clients::{Answer, Operation, perform};
use crate::engine::{Engine, Event, Who};
use crate::history::{Breach, History};
use crate::library::{Doc, RELATIONSHIPS};
use crate::network::{EPOCH_MS, Network, Shared, Weather};
use crate::{Simulated, agreement, library};

const PROCESSES: usize = 2;
/// How far the clocks of two processes may be apart, in milliseconds.
const CLOCK_SKEW_MS: u64 = 30_000;

/// A promise that did not hold.
pub struct Failure {
    /// The seed that shows it.
    pub seed: u64,
    /// Which promise, as `docs/simulation.md` numbers them.
    pub promise: &'static str,
    /// How it was broken.
    pub how: String,
    /// What happened until then; empty unless it was asked for.
    pub trace: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.trace.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        write!(f, "seed {} breaks {}: {}", self.seed, self.promise, self.how)
    }
}

/// What a run that broke no promise came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Operations of clients.
    pub operations: usize,
    /// What happened; empty unless it was asked for.
    pub trace: Vec<String>,
}

/// Runs the flows over simulated stages in the way that a seed chooses, and holds them to their promises. The stages that the flows see are what `decorate`
/// makes of the simulated ones.
///
/// # Errors
/// The first promise that was broken.
pub fn run<S: Stages + 'static>(
    seed: u64,
    traced: bool,
    decorate: impl Fn(Simulated<Network>) -> S + 'static,
) -> Result<Report, Failure> {
    let mut world = World::new(seed, traced, decorate);
    let result = world.live().and_then(|()| world.mend());
    let trace = world.shared.engine.trace();
    match result {
        Ok(()) => Ok(Report { operations: world.history.next(), trace }),
        Err((promise, how)) => Err(Failure { seed, promise, how, trace }),
    }
}

/// One process that serves requests.
#[derive(Clone, Copy)]
struct Process {
    /// How far its clock is ahead of the stores', in milliseconds.
    ahead_ms: u64,
    /// The embedding model that its stages use.
    model: u32,
    fetches: bool,
}

struct Client {
    process: usize,
    /// Operations still to come.
    left: u64,
    running: Option<Running>,
}

struct Running {
    number: usize,
    operation: Operation,
    flow: Pin<Box<dyn Future<Output = Answer>>>,
    woken: Arc<Woken>,
}

/// Remembers that a flow wants to go on.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Time and chance as a process has them.
struct Clock {
    shared: Rc<Shared>,
    ahead_ms: u64,
}

impl Environment for Clock {
    fn now_ms(&self) -> u64 {
        EPOCH_MS + self.shared.engine.now_ms() + self.ahead_ms
    }

    fn random(&self) -> u128 {
        self.shared.engine.random()
    }
}

struct World<S> {
    shared: Rc<Shared>,
    history: History,
    processes: Vec<Process>,
    clients: Vec<Client>,
    favourites: Vec<Doc>,
    /// The longest that a client thinks before its next operation, in milliseconds.
    thinks_ms: u64,
    decorate: Box<dyn Fn(Simulated<Network>) -> S>,
}

impl<S: Stages + 'static> World<S> {
    fn new(seed: u64, traced: bool, decorate: impl Fn(Simulated<Network>) -> S + 'static) -> Self {
        let engine = Engine::new(seed, traced);
        let docs: Vec<Doc> = Doc::all().collect();
        let favourites = (0..engine.between(1..=3)).map(|_| engine.one_of(&docs)).collect();
        let thinks_ms = engine.one_of(&[20, 200, 30_000]);
        let shared = Rc::new(Shared::new(engine));
        let engine = &shared.engine;
        shared.weather.set(Weather::draw(engine));
        let leaks = Rc::downgrade(&shared);
        let mut memory = shared.memory.borrow_mut();
        memory.objects.hides_sha256 = engine.happens(300);
        memory.author = Some(Box::new(move |call, request| {
            library::write(call, request, |leak| {
                if let Some(shared) = leaks.upgrade() {
                    shared.leaks.borrow_mut().push(leak);
                }
            })
        }));
        drop(memory);
        let fetches = engine.happens(200);
        let processes = (0..PROCESSES).map(|_| Process {
            ahead_ms: engine.between(0..=CLOCK_SKEW_MS),
            model: 1,
            fetches,
        });
        let processes = processes.collect();
        let clients = (0..engine.between(2..=4)).map(|_| Client {
            process: engine.between(0..=PROCESSES as u64 - 1) as usize,
            left: engine.between(4..=10),
            running: None,
        });
        let clients = clients.collect();
        let decorate = Box::new(decorate);
        let history = History::default();
        Self { shared: shared.clone(), history, processes, clients, favourites, thinks_ms, decorate }
    }

    /// Clients work, and things go wrong.
    fn live(&mut self) -> Result<(), Breach> {
        let engine = &self.shared.engine;
        for client in 0..self.clients.len() {
            engine.after(engine.between(0..=self.thinks_ms), Event::Begin { client });
        }
        for _ in 0..engine.one_of(&[0, 0, 1, 2, 4]) {
            let process = engine.between(0..=PROCESSES as u64 - 1) as usize;
            engine.after(engine.between(0..=10 * self.thinks_ms), Event::Crash { process });
        }
        self.go_on()
    }

    /// Until nothing is to come.
    fn go_on(&mut self) -> Result<(), Breach> {
        while let Some(event) = self.shared.engine.next() {
            match event {
                Event::Network(happen) => happen(),
                Event::Begin { client } => self.begin(client),
                Event::Continue { client, operation } => {
                    if self.is_running(client, operation) {
                        self.poll(client)?;
                    }
                }
                Event::HangUp { client, operation } => {
                    if self.is_running(client, operation) {
                        self.drop_flow(client, "the client hangs up");
                    }
                }
                Event::Crash { process } => self.crash(process),
            }
            for client in 0..self.clients.len() {
                let woken = |running: &Running| running.woken.0.load(Ordering::Relaxed);
                if self.clients[client].running.as_ref().is_some_and(woken) {
                    self.poll(client)?;
                }
            }
            if let Some(leak) = self.shared.leaks.borrow().first() {
                return Err(("I5", leak.clone()));
            }
        }
        match self.clients.iter().find_map(|client| client.running.as_ref()) {
            None => Ok(()),
            Some(stuck) => Err(("end", format!("op{} waits for ever", stuck.number))),
        }
    }

    fn is_running(&self, client: usize, operation: usize) -> bool {
        self.clients[client].running.as_ref().is_some_and(|running| running.number == operation)
    }

    /// A client's next operation, of its own choice.
    fn begin(&mut self, client: usize) {
        if self.clients[client].left == 0 || self.clients[client].running.is_some() {
            return;
        }
        self.clients[client].left -= 1;
        let operation = Operation::draw(&self.shared.engine, &self.favourites);
        let number = self.start(client, operation);
        let engine = &self.shared.engine;
        if engine.happens(30) {
            engine.after(engine.between(1..=500), Event::HangUp { client, operation: number });
        }
    }

    fn start(&mut self, client: usize, operation: Operation) -> usize {
        let engine = &self.shared.engine;
        let number = self.history.next();
        self.history.begin(operation, engine.moment());
        engine.note(Who::Operation(number), format_args!("begins: {operation:?}"));
        let Process { ahead_ms, model, fetches } = self.processes[self.clients[client].process];
        let mut stages = Simulated::new(Network { shared: self.shared.clone(), operation: number });
        stages.model = model;
        stages.fetches = fetches;
        let clock = Clock { shared: self.shared.clone(), ahead_ms };
        let pipeline = Pipeline::new((self.decorate)(stages), clock, Settings::new(Bucket::default()));
        let flow = Box::pin(async move { perform(&pipeline, number, operation).await });
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        self.clients[client].running = Some(Running { number, operation, flow, woken });
        engine.after(0, Event::Continue { client, operation: number });
        number
    }

    fn poll(&mut self, client: usize) -> Result<(), Breach> {
        let Some(running) = &mut self.clients[client].running else { return Ok(()) };
        let engine = &self.shared.engine;
        running.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(running.woken.clone());
        let answer = match running.flow.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => answer,
            Poll::Pending => {
                // It stepped aside and wants to go on: others come first.
                if running.woken.0.swap(false, Ordering::Relaxed) {
                    let event = Event::Continue { client, operation: running.number };
                    engine.after(engine.between(0..=5), event);
                }
                return Ok(());
            }
        };
        let (number, operation) = (running.number, running.operation);
        engine.note(Who::Operation(number), format_args!("ends: {answer:?}"));
        let memory = self.shared.memory.borrow();
        let content = |sha256: &str| memory.objects.ever_stored(sha256).map(|bytes| bytes.to_vec());
        self.history.end(number, operation, &answer, engine.moment(), content)?;
        drop(memory);
        self.clients[client].running = None;
        self.think(client);
        Ok(())
    }

    fn think(&self, client: usize) {
        let engine = &self.shared.engine;
        engine.after(engine.between(0..=self.thinks_ms), Event::Begin { client });
    }

    fn drop_flow(&mut self, client: usize, why: &str) {
        let Some(running) = self.clients[client].running.take() else { return };
        let engine = &self.shared.engine;
        engine.note(Who::Operation(running.number), format_args!("is dropped: {why}"));
        self.history.lose(running.number, engine.moment());
        drop(running);
        self.think(client);
    }

    /// A process dies, and another takes its place, perhaps of the next release.
    fn crash(&mut self, process: usize) {
        let engine = &self.shared.engine;
        engine.note(Who::World, format_args!("process {process} dies"));
        if engine.happens(300) {
            self.processes[process].model = 2;
        }
        for client in 0..self.clients.len() {
            if self.clients[client].process == process {
                self.drop_flow(client, "its process died");
            }
        }
    }

    /// When the faults have ended: everything is made whole and looked at.
    fn mend(&mut self) -> Result<(), Breach> {
        let engine = &self.shared.engine;
        self.shared.weather.set(Weather::default());
        engine.rest(QUIET_MS);
        engine.note(Who::World, format_args!("the faults have ended"));
        let newest = self.processes.iter().map(|process| process.model).max().unwrap_or(1);
        self.processes.iter_mut().for_each(|process| process.model = newest);
        // A first run may make work for a second: what is resumed leaves vectors, a file that is adopted a row.
        for _ in 0..2 {
            self.alone(Operation::Reconcile { relationship: None })?;
            self.shared.engine.rest(QUIET_MS);
        }
        agreement::check(&self.shared.memory.borrow())?;
        for doc in Doc::all() {
            self.alone(Operation::Read { doc })?;
        }
        for relationship in RELATIONSHIPS {
            self.alone(Operation::Search { relationship, doc: None })?;
        }
        Ok(())
    }

    fn alone(&mut self, operation: Operation) -> Result<(), Breach> {
        self.start(0, operation);
        self.go_on()
    }
}

/// Longer than anything that was begun can still have effects.
const QUIET_MS: u64 = 3_600_000;
