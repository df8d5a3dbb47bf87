//! One promise of the contract as something that can be run.

use std::pin::Pin;

use anyhow::Result;

use super::lab::Lab;

/// What became of a case that found nothing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The promise was put to the test, and held.
    Yes,
    /// The stage's own limits leave nothing to test.
    NotTested(String),
}

/// An error says how the promise was broken.
pub(crate) type Outcome = Result<Held>;

type Run<S> = for<'a> fn(&'a Lab<S>) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// A promise and how it is put to the test.
pub(crate) struct Case<S: 'static> {
    /// Kebab-case, unique among the cases of an interface, and never changed: scripts refer to it.
    pub(crate) name: &'static str,
    /// The promise, in the contract's words.
    pub(crate) promise: &'static str,
    pub(crate) run: Run<S>,
}

/// Cases from async functions that take the laboratory: `cases![function: "promise", …]`. A case is named like its function.
macro_rules! cases {
    ($($function:ident: $promise:literal),+ $(,)?) => {
        vec![$($crate::conformance::case::Case {
            name: $crate::conformance::case::name!($function),
            promise: $promise,
            run: |lab| Box::pin($function(lab)),
        }),+]
    };
}

macro_rules! name {
    ($function:ident) => {
        stringify!($function)
    };
}

pub(crate) use {cases, name};
