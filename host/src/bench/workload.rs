//! A piece of work that is timed.

use std::collections::BTreeMap;
use std::pin::Pin;

use anyhow::Result;
use serde::Serialize;

use crate::conformance::lab::{Answer, Session};
use crate::conformance::stage::Stage;

/// A stage that has work to be timed.
pub(super) trait Benched: Stage {
    /// Its work, the smallest first.
    fn workloads() -> Vec<Workload<Self>>;
}

/// One of many calls of a workload.
pub(super) struct Call<'a, S> {
    pub(super) session: &'a Session<'a, S>,
    /// No other call of a round has it; each stage gets the same ones. Work that differs with it cannot be answered from memory.
    pub(super) n: u32,
    pub(super) limits: &'a Limits,
}

/// What both stages take, as their `describe` says: the lower of two limits.
#[derive(Debug, Default)]
pub(super) struct Limits(BTreeMap<&'static str, u64>);

impl Limits {
    /// Lowers them to what another stage takes.
    pub(super) fn lower(&mut self, limits: &[(&'static str, u64)]) {
        for (name, limit) in limits {
            let lowest = self.0.entry(name).or_insert(*limit);
            *lowest = (*lowest).min(*limit);
        }
    }

    /// How many texts, rows or vectors to give at once.
    pub(super) fn most(&self) -> usize {
        let lists = ["max-texts", "max-rows", "max-vectors"].iter().filter_map(|name| self.0.get(name));
        lists.min().and_then(|most| usize::try_from(*most).ok()).unwrap_or(usize::MAX).max(1)
    }

    /// The numbers in a vector, where one of the stages says so.
    pub(super) fn dimensions(&self) -> Option<u32> {
        self.0.get("dimensions").and_then(|dimensions| u32::try_from(*dimensions).ok())
    }
}

/// Work with an instance. An error of the contract is its answer.
pub(super) type Step<S> =
    for<'a> fn(&'a Call<'a, S>) -> Pin<Box<dyn Future<Output = Result<Answer<()>>> + 'a>>;

/// What is timed, and what is done before and after it.
pub(super) struct Workload<S: 'static> {
    /// Kebab-case, unique among those of an interface, and never changed: scripts refer to it.
    pub(super) name: &'static str,
    /// What one call does.
    pub(super) what: &'static str,
    /// How much one call gets through, where that says something.
    pub(super) amount: Option<Amount>,
    pub(super) call: Step<S>,
    /// Done once before the rounds, and not timed.
    pub(super) prepare: Option<Step<S>>,
    /// Done once after them: leaves nothing behind in a store that others use as well.
    pub(super) clear: Option<Step<S>>,
}

/// How much a call gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// How many.
    pub count: u64,
    /// Of what.
    pub unit: Unit,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes of files or of text.
    Bytes,
    /// Pages of a document.
    Pages,
    /// Rows of a table.
    Rows,
    /// Texts.
    Texts,
    /// Vectors.
    Vectors,
}

impl<S: Stage> Workload<S> {
    pub(super) fn new(name: &'static str, what: &'static str, call: Step<S>) -> Self {
        Self { name, what, amount: None, call, prepare: None, clear: None }
    }

    pub(super) fn of(self, count: u64, unit: Unit) -> Self {
        Self { amount: Some(Amount { count, unit }), ..self }
    }

    pub(super) fn after(self, prepare: Step<S>) -> Self {
        Self { prepare: Some(prepare), ..self }
    }

    pub(super) fn cleared_by(self, clear: Step<S>) -> Self {
        Self { clear: Some(clear), ..self }
    }
}

/// A step from an async function that takes a call and, after it, constants: `step!(function)`, `step!(function, 100)`.
macro_rules! step {
    ($function:ident $(, $argument:expr)*) => {
        |call| Box::pin($function(call $(, $argument)*))
    };
}

pub(super) use step;
