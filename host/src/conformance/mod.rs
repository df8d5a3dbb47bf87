//! What the contract promises, as cases that run against any component: `serene stage check`.
//!
//! Each interface has a file with its cases; `shared` has those of all. A case makes instances of its own, within the
//! host's limits and with what the stage is granted, and finds its promise kept or says how it was broken.
//! [`crate::bench`] times the same calls.

pub(crate) mod bindings;
pub(crate) mod body;
mod case;
pub(crate) mod chunker;
pub(crate) mod embedder;
pub(crate) mod expect;
pub(crate) mod extractor;
pub(crate) mod generator;
pub(crate) mod lab;
pub(crate) mod object_store;
pub(crate) mod record_store;
mod report;
pub(crate) mod reranker;
pub(crate) mod sample;
mod shared;
pub(crate) mod stage;
mod subject;
pub(crate) mod transformer;
pub(crate) mod vector_index;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

pub use report::{CaseReport, Report, Verdict, junit};
pub use subject::Subject;

use crate::runtime::{Engine, Tally};
use crate::stage::Contract;
use case::{Case, Held};
use expect::success;
use lab::{Lab, context};
use stage::Stage;

/// The largest text that is put to a stage, in bytes: what a stage may declare beyond is not tested.
const WIDEST_TEXT: u32 = 16 * 1024 * 1024;
/// The longest list that is put to a stage.
const WIDEST_LIST: u32 = 10_000;

/// The longest that the calls of one case may take together, unless said otherwise.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the cases of an interface against a component; only those named, if any are. A case fails when its calls take longer than `patience`.
///
/// # Errors
/// When the component cannot be run at all, is no such stage, or there is no such case.
pub async fn check(
    contract: &Contract,
    subject: &Subject,
    engine: &Engine,
    only: &[String],
    patience: Duration,
    scratch: &Path,
) -> Result<Report> {
    with_stage!(contract.name, S => run::<S>(subject, engine, only, patience, scratch).await)
}

/// What the stage says that it is: its name and its version.
///
/// # Errors
/// When it cannot be run, or answers an error.
pub async fn describe(contract: &Contract, subject: &Subject, engine: &Engine) -> Result<(String, String)> {
    with_stage!(contract.name, S => described::<S>(subject, engine).await)
}

async fn described<S: Stage>(subject: &Subject, engine: &Engine) -> Result<(String, String)> {
    let scratch = tempfile::tempdir().context("cannot make a folder for its databases")?;
    let lab = Lab::<S>::new(subject, engine, scratch.path(), Arc::new(Tally::default()))?;
    let description =
        lab.with(async |session| success("describe", S::describe(session, context()).await?)).await?;
    Ok((description.stage.name, description.stage.version))
}

/// Works with the bindings of the interface of this name: `with_stage!(name, S => work::<S>().await)`.
macro_rules! with_stage {
    ($name:expr, $stage:ident => $work:expr) => {
        $crate::conformance::with_stage!(
            $name, $stage => $work,
            chunker::ChunkerStage,
            embedder::EmbedderStage,
            extractor::ExtractorStage,
            generator::GeneratorStage,
            object_store::ObjectStoreStage,
            record_store::RecordStoreStage,
            reranker::RerankerStage,
            transformer::TransformerStage,
            vector_index::VectorIndexStage
        )
    };
    ($name:expr, $stage:ident => $work:expr, $($module:ident::$bindings:ident),+) => {
        match $name {
            $(<$crate::conformance::bindings::$module::$bindings as $crate::conformance::stage::Stage>::INTERFACE => {
                type $stage = $crate::conformance::bindings::$module::$bindings;
                $work
            })+
            other => anyhow::bail!("there are no bindings for `{other}`"),
        }
    };
}

pub(crate) use with_stage;

async fn run<S: Stage>(
    subject: &Subject,
    engine: &Engine,
    only: &[String],
    patience: Duration,
    scratch: &Path,
) -> Result<Report> {
    let tally = Arc::new(Tally::default());
    let lab = Lab::<S>::new(subject, engine, scratch, tally.clone())?.with_patience(patience);
    let mut reports = Vec::new();
    for case in chosen::<S>(only)? {
        let began = Instant::now();
        let verdict = match (case.run)(&lab).await {
            Ok(Held::Yes) => Verdict::Passed,
            Ok(Held::NotTested(why)) => Verdict::NotTested(why),
            Err(error) => Verdict::Failed(format!("{error:#}")),
        };
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        reports.push(CaseReport {
            name: case.name.replace('_', "-"),
            promise: case.promise,
            verdict,
            millis,
        });
    }
    Ok(Report {
        file: subject.file().display().to_string(),
        interface: subject.export().to_owned(),
        peak_memory_bytes: tally.report().peak_linear_memory_bytes,
        cases: reports,
    })
}

/// The cases named, or all.
fn chosen<S: Stage>(only: &[String]) -> Result<Vec<Case<S>>> {
    let mut cases = shared::cases();
    cases.extend(S::cases());
    let names: BTreeSet<String> = cases.iter().map(|case| case.name.replace('_', "-")).collect();
    for name in only {
        ensure!(
            names.contains(name),
            "there is no case `{name}` for {}; there are: {}",
            S::INTERFACE,
            names.iter().cloned().collect::<Vec<_>>().join(", ")
        );
    }
    cases.retain(|case| only.is_empty() || only.contains(&case.name.replace('_', "-")));
    Ok(cases)
}
