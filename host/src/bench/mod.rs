//! How fast a stage is beside another of its interface: `serene stage bench`.
//!
//! Times of a machine that others use as well say little by themselves, so both stages do the same work in the same run: round by round, each
//! in a fresh instance, one after the other and the first of them in turns. What slows a round slows both, and their ratio stays. Calls
//! are made as [`crate::conformance`] makes them, within the same limits and grants.

mod report;
mod statistics;
mod workload;
mod workloads;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

pub use report::{Measured, Outcome, Report, StageReport, Timing, WorkloadReport};
pub use statistics::{Ratio, Spread};
pub use workload::{Amount, Unit};

use crate::conformance::Subject;
use crate::conformance::expect::{success, told};
use crate::conformance::lab::{Answer, Lab, context};
use crate::conformance::stage::Stage;
use crate::conformance::with_stage;
use crate::runtime::{Engine, Tally};
use crate::stage::Contract;
use statistics::median;
use workload::{Benched, Call, Limits, Step, Workload};

/// The most calls that one instance answers: rounds are told apart by the numbers of their calls.
const MAX_CALLS: u32 = 1 << 16;
/// The longest that one instance is called for, whatever time there is: well within a case's patience.
const LONGEST_TURN: Duration = Duration::from_secs(20);
/// With this many rounds the interval of a ratio can be told: a workload that takes longer than planned has no more of them.
const ENOUGH_ROUNDS: u32 = 6;

/// How much to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many rounds each workload has; at least 1. One that takes longer than its share of the time has fewer.
    pub rounds: u32,
    /// About how long the rounds of all workloads take together. Each of at least 6 rounds has at least two calls, however long they take.
    pub time: Duration,
    /// The workloads to run, by their names; all when there is none.
    pub only: Vec<String>,
}

/// Times a stage beside another, and tells `progress` how much is done, from 0 to 1, and what is next.
///
/// # Errors
/// When one of them cannot be run, ends or traps, or when there is no such workload.
pub async fn bench(
    contract: &Contract,
    stage: &Subject,
    against: &Subject,
    engine: &Engine,
    plan: &Plan,
    progress: &mut dyn FnMut(f64, &str),
) -> Result<Report> {
    with_stage!(contract.name, S => {
        let sides = [Side::<S>::new(stage, engine).await?, Side::<S>::new(against, engine).await?];
        Bench { sides, plan }.run(stage.export(), progress).await
    })
}

/// One of the two stages.
struct Side<S> {
    lab: Lab<S>,
    tally: Arc<Tally>,
    file: String,
    size_bytes: u64,
    name: String,
    version: String,
    limits: Vec<(&'static str, u64)>,
    /// Keeps its databases until the end.
    _scratch: tempfile::TempDir,
}

impl<S: Stage> Side<S> {
    async fn new(subject: &Subject, engine: &Engine) -> Result<Self> {
        let file = subject.file().display().to_string();
        let side = Self::described(subject, engine, file.clone()).await;
        side.with_context(|| format!("{file} cannot be run"))
    }

    async fn described(subject: &Subject, engine: &Engine, file: String) -> Result<Self> {
        let scratch = tempfile::tempdir().context("cannot make a folder for its databases")?;
        let tally = Arc::new(Tally::default());
        let lab = Lab::new(subject, engine, scratch.path(), tally.clone())?;
        let described =
            lab.with(async |session| success("describe", S::describe(session, context()).await?)).await?;
        Ok(Self {
            size_bytes: size(subject.file())?,
            name: described.stage.name,
            version: described.stage.version,
            limits: described.limits,
            _scratch: scratch,
            lab,
            tally,
            file,
        })
    }

    /// Makes one call of a step in an instance of its own.
    async fn step(&self, step: Step<S>, limits: &Limits) -> Result<Answer<()>> {
        let done = self.lab.with(async |session| step(&Call { session, n: 0, limits }).await).await;
        done.with_context(|| self.file.clone())
    }

    /// Calls a new instance until the time of its turn is over.
    async fn turn(&self, call: Step<S>, limits: &Limits, first: u32, time: Duration) -> Result<Answer<Turn>> {
        let turn = self.lab.with(async |session| {
            let mut times = Vec::new();
            let mut began = Instant::now();
            for n in 0..MAX_CALLS {
                let call_began = Instant::now();
                if let Err(error) = call(&Call { session, n: first.wrapping_add(n), limits }).await? {
                    return Ok(Err(error));
                }
                times.push(milliseconds(call_began.elapsed()));
                match n {
                    0 => began = Instant::now(),
                    _ if began.elapsed() >= time => break,
                    _ => {}
                }
            }
            let first = times.remove(0);
            let instantiation = milliseconds(session.instantiation());
            Ok(Ok(Turn { instantiation, first, later: times, memory: session.memory_bytes() as u64 }))
        });
        turn.await.with_context(|| self.file.clone())
    }

    fn report(&self, instantiation_ms: Vec<f64>) -> StageReport {
        StageReport {
            file: self.file.clone(),
            name: self.name.clone(),
            version: self.version.clone(),
            size_bytes: self.size_bytes,
            instantiation_ms: Spread::of(instantiation_ms),
            peak_memory_bytes: self.tally.report().peak_linear_memory_bytes,
        }
    }
}

fn size(file: &Path) -> Result<u64> {
    Ok(std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// What one instance took, in milliseconds and bytes.
struct Turn {
    instantiation: f64,
    first: f64,
    later: Vec<f64>,
    memory: u64,
}

/// A turn of each stage.
type Round = [Turn; 2];

/// The turns of one stage, its place among the two given.
fn turns(rounds: &[Round], side: usize) -> impl Iterator<Item = &Turn> {
    rounds.iter().map(move |round| &round[side])
}

/// The ratio of a figure of both stages, round by round.
fn ratio(rounds: &[Round], figure: impl Fn(&Turn) -> f64) -> Ratio {
    Ratio::of(rounds.iter().map(|[stage, against]| figure(stage) / figure(against)).collect())
}

struct Bench<'a, S> {
    sides: [Side<S>; 2],
    plan: &'a Plan,
}

impl<S: Benched> Bench<'_, S> {
    async fn run(self, interface: &str, progress: &mut dyn FnMut(f64, &str)) -> Result<Report> {
        let workloads = self.chosen()?;
        let mut limits = Limits::default();
        self.sides.iter().for_each(|side| limits.lower(&side.limits));
        let turns_in_all = self.plan.rounds * 2 * workloads.len() as u32;
        let turn = (self.plan.time / turns_in_all.max(1)).min(LONGEST_TURN);
        let mut all_rounds = Vec::new();
        let mut reports = Vec::new();
        for (place, workload) in workloads.iter().enumerate() {
            let mut tell =
                |done: f64| progress((place as f64 + done) / workloads.len() as f64, workload.name);
            let longest = self.plan.time * 3 / 2 / workloads.len() as u32;
            let (rounds, error) = self.rounds(workload, &limits, turn, longest, &mut tell).await?;
            let outcome = match error {
                Some(why) => Outcome::NotRun(why),
                None => Outcome::Measured(Box::new(measured(&rounds, workload.amount))),
            };
            let Workload { name, what, amount, .. } = *workload;
            reports.push(WorkloadReport { name, what, amount, outcome });
            all_rounds.extend(rounds);
        }
        ensure!(!all_rounds.is_empty(), "no workload could be run: {}", reasons(&reports));
        let instantiation = |side| turns(&all_rounds, side).map(|turn| turn.instantiation).collect();
        Ok(Report {
            interface: interface.to_owned(),
            rounds: self.plan.rounds,
            stage: self.sides[0].report(instantiation(0)),
            against: self.sides[1].report(instantiation(1)),
            instantiation_ratio: ratio(&all_rounds, |turn| turn.instantiation),
            workloads: reports,
        })
    }

    /// The rounds of a workload, up to one in which a stage answers an error, and that error.
    async fn rounds(
        &self,
        workload: &Workload<S>,
        limits: &Limits,
        turn: Duration,
        longest: Duration,
        progress: &mut dyn FnMut(f64),
    ) -> Result<(Vec<Round>, Option<String>)> {
        let mut rounds = Vec::new();
        let mut failed = None;
        progress(0.0);
        // One call of each before the clock starts: the machine loads their code.
        let untimed = workload.prepare.into_iter().chain([workload.call]);
        for (side, step) in untimed.flat_map(|step| self.sides.iter().map(move |side| (side, step))) {
            if failed.is_none() {
                failed = side.step(step, limits).await?.err().map(|error| (side, error));
            }
        }
        let began = Instant::now();
        for round in 0..self.plan.rounds {
            if failed.is_some() || (round >= ENOUGH_ROUNDS && began.elapsed() > longest) {
                break;
            }
            let first = (round + 1).wrapping_mul(MAX_CALLS);
            // Which of the two begins changes, so that none is always the one after.
            let mut order = [0, 1];
            order.rotate_left(round as usize % 2);
            let mut done = [None, None];
            for place in order {
                let side = &self.sides[place];
                match side.turn(workload.call, limits, first, turn).await? {
                    Ok(turn) => done[place] = Some(turn),
                    Err(error) => failed = Some((side, error)),
                }
            }
            if let [Some(stage), Some(against)] = done {
                rounds.push([stage, against]);
            }
            progress(f64::from(round + 1) / f64::from(self.plan.rounds));
        }
        for side in &self.sides {
            if let Some(clear) = workload.clear {
                // What is wrong has been said above; what is left lies under names of this run.
                let _ = side.step(clear, limits).await?;
            }
        }
        let failed = failed.map(|(side, error)| format!("{} answered {}", side.file, told(&error)));
        Ok((rounds, failed))
    }

    /// The workloads named, or all.
    fn chosen(&self) -> Result<Vec<Workload<S>>> {
        let mut workloads = vec![workloads::describe()];
        workloads.extend(S::workloads());
        let names: BTreeSet<_> = workloads.iter().map(|workload| workload.name).collect();
        for name in &self.plan.only {
            ensure!(
                names.contains(name.as_str()),
                "there is no workload `{name}` for {}; there are: {}",
                S::INTERFACE,
                names.iter().copied().collect::<Vec<_>>().join(", ")
            );
        }
        let only = &self.plan.only;
        workloads.retain(|workload| only.is_empty() || only.iter().any(|name| name == workload.name));
        Ok(workloads)
    }
}

fn measured(rounds: &[Round], amount: Option<Amount>) -> Measured {
    let timing = |side| {
        let later = Spread::of(turns(rounds, side).flat_map(|turn| turn.later.iter().copied()).collect());
        Timing {
            first_ms: Spread::of(turns(rounds, side).map(|turn| turn.first).collect()),
            per_second: amount.map(|amount| amount.count as f64 * 1000.0 / later.median),
            later_ms: later,
            peak_memory_bytes: turns(rounds, side).map(|turn| turn.memory).max().unwrap_or_default(),
        }
    };
    Measured {
        stage: timing(0),
        against: timing(1),
        first_ratio: ratio(rounds, |turn| turn.first),
        later_ratio: ratio(rounds, |turn| median(turn.later.clone())),
    }
}

fn reasons(reports: &[WorkloadReport]) -> String {
    let reason = |report: &WorkloadReport| match &report.outcome {
        Outcome::NotRun(why) => Some(format!("{}: {why}", report.name)),
        Outcome::Measured(_) => None,
    };
    reports.iter().filter_map(reason).collect::<Vec<_>>().join("; ")
}
