//! Runs seeds by the thousand, or one again to see what happens in it.

use std::io::{IsTerminal as _, Write as _};
use std::ops::Range;
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use simulation::Failure;

/// Runs the flows over simulated stages and holds them to their promises. Exit code 1: a promise was broken.
#[derive(Parser)]
#[command(name = "simulation")]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs this seed alone, and tells what happens.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let Options { seeds, from, seed } = Options::parse();
    let mut out = std::io::stdout();
    let failure = match seed {
        Some(seed) => match simulation::run(seed, true, |stages| stages) {
            Ok(report) => {
                let trace = report.trace.join("\n");
                // Who closes the pipe has seen enough.
                let _ = writeln!(out, "{trace}\nseed {seed} breaks no promise");
                None
            }
            Err(failure) => Some(failure),
        },
        None => first_failure(from..from.saturating_add(seeds)),
    };
    let Some(failure) = failure else { return ExitCode::SUCCESS };
    let _ = writeln!(out, "{failure}");
    if seed.is_none() {
        let _ = writeln!(out, "To see it: cargo run --release -p simulation -- --seed {}", failure.seed);
    }
    ExitCode::FAILURE
}

/// Runs seeds and shows how far they are.
fn first_failure(seeds: Range<u64>) -> Option<Failure> {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(seeds.end - seeds.start), target);
    if let Ok(style) =
        ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} seeds, {per_sec}, {eta} left")
    {
        bar.set_style(style);
    }
    let failure = simulation::first_failure(seeds, |stages| stages, || bar.inc(1));
    bar.finish_and_clear();
    failure
}
