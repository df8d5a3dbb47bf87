//! Work under way, shown on standard error.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serene::build::Progress;

/// How work is shown.
enum Display {
    /// Not at all, but for the output of what failed.
    Quiet,
    /// A line that moves while a step runs and stays when it is done.
    Moving,
    /// Plain lines, where standard error is no terminal: what begins, what it writes, what is done.
    Plain,
}

/// Shows a build's steps, and how long each took.
pub(super) struct Terminal {
    display: Display,
    step: Option<(String, Instant, ProgressBar)>,
}

impl Display {
    fn of(quiet: bool) -> Self {
        match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Moving,
            (false, false) => Self::Plain,
        }
    }
}

impl Terminal {
    pub(super) fn new(quiet: bool) -> Self {
        Self { display: Display::of(quiet), step: None }
    }
}

impl Progress for Terminal {
    fn step(&mut self, title: &str) {
        let bar = match self.display {
            Display::Moving => moving(title),
            Display::Quiet => ProgressBar::hidden(),
            Display::Plain => {
                eprintln!("  {title}");
                ProgressBar::hidden()
            }
        };
        self.step = Some((title.to_owned(), Instant::now(), bar));
    }

    fn line(&mut self, line: &str) {
        match (&self.display, &self.step) {
            (Display::Plain, _) => eprintln!("{line}"),
            (_, Some((_, _, bar))) => bar.set_message(line.trim().to_owned()),
            (_, None) => {}
        }
    }

    fn done(&mut self) {
        let Some((title, started, bar)) = self.step.take() else { return };
        bar.finish_and_clear();
        let took = started.elapsed().as_secs_f64();
        match self.display {
            Display::Quiet => {}
            Display::Moving => eprintln!("  {title} ({took:.1} s)"),
            Display::Plain => eprintln!("  done in {took:.1} s: {title}"),
        }
    }

    fn failed(&mut self, output: &str) {
        if let Some((_, _, bar)) = self.step.take() {
            bar.finish_and_clear();
        }
        // Plain lines have shown it already.
        if !output.is_empty() && !matches!(self.display, Display::Plain) {
            eprintln!("{output}");
        }
    }
}

fn moving(title: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} ({elapsed}) {wide_msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(title.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Shows how much of some work is done.
pub(super) struct Bar {
    bar: ProgressBar,
    title: &'static str,
    display: Display,
    /// Tenths that a plain line has told of.
    told: Cell<u64>,
}

/// Steps of a bar.
const STEPS: u64 = 1000;

impl Bar {
    pub(super) fn new(title: &'static str, quiet: bool) -> Self {
        let display = Display::of(quiet);
        let bar = match display {
            Display::Moving => ProgressBar::new(STEPS),
            _ => ProgressBar::hidden(),
        };
        if let Ok(style) =
            ProgressStyle::with_template("{prefix} {bar:24} {percent:>3} % ({elapsed}) {wide_msg}")
        {
            bar.set_style(style);
        }
        bar.set_prefix(title);
        bar.enable_steady_tick(Duration::from_millis(500));
        Self { bar, title, display, told: Cell::new(0) }
    }

    /// How much is done, 0 to 1, and what to say of it.
    pub(super) fn set(&self, done: f64, message: &str) {
        self.bar.set_position((done * STEPS as f64) as u64);
        self.bar.set_message(message.to_owned());
        let tenths = (done * 10.0) as u64;
        if matches!(self.display, Display::Plain) && tenths > self.told.replace(tenths) {
            eprintln!("  {}: {} %, {message}", self.title, tenths * 10);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
