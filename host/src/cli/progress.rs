//! Builds, shown on standard error.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serene::build::Progress;

/// How a build is shown.
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

impl Terminal {
    pub(super) fn new(quiet: bool) -> Self {
        let display = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Display::Quiet,
            (false, true) => Display::Moving,
            (false, false) => Display::Plain,
        };
        Self { display, step: None }
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
