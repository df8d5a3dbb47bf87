//! The flows as they are.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops there")]

use simulation::{first_failure, run};

#[test]
fn ten_thousand_seeds_break_no_promise() {
    if let Some(failure) = first_failure(0..10_000, |stages| stages, || {}) {
        let Err(traced) = run(failure.seed, true, |stages| stages) else {
            panic!("not the same again: {failure}")
        };
        panic!("{traced}");
    }
}

#[test]
fn a_seed_is_the_same_run_to_the_letter_whenever_it_is_run_and_no_other() {
    let trace =
        |seed| run(seed, true, |stages| stages).map(|report| report.trace).map_err(|failure| failure.trace);
    for seed in 0..100 {
        let once = trace(seed);
        assert!(once == trace(seed), "seed {seed}");
        assert!(once != trace(seed + 1), "seed {seed}");
    }
}

#[test]
fn seeds_come_by_everything_that_can_happen() {
    let mut traces = String::new();
    for seed in 0..300 {
        if let Ok(report) = run(seed, true, |stages| stages) {
            traces.push_str(&report.trace.join("\n"));
        }
    }
    for sight in [
        "ends: Complete",
        "unchanged: true",
        "ends: Stored",
        "ends: Deleted",
        "ends: File(None)",
        "ends: File(Some",
        "ends: Found([(",
        "ends: Reconciled",
        "superseded",
        "The condition on",
        "dropped: its process died",
        "dropped: the client hangs up",
        "The client hung up.",
        "The PDF is encrypted.",
        "is lost",
        "embedder: embed",
        "generator: generate",
    ] {
        assert!(traces.contains(sight), "no seed has come by: {sight}");
    }
}
