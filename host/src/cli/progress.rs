//! Builds, shown on the terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serene::build::Progress;

/// A line that moves while a step runs and stays when it is done. Where standard error is no terminal, only the
/// finished steps are printed.
pub(super) struct Terminal {
    quiet: bool,
    step: Option<(String, Instant, ProgressBar)>,
}

impl Terminal {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, step: None }
    }
}

impl Progress for Terminal {
    fn step(&mut self, title: &str) {
        let bar = if self.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} ({elapsed}) {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(title.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        self.step = Some((title.to_owned(), Instant::now(), bar));
    }

    fn line(&mut self, line: &str) {
        if let Some((_, _, bar)) = &self.step {
            bar.set_message(line.trim().to_owned());
        }
    }

    fn done(&mut self) {
        if let Some((title, started, bar)) = self.step.take() {
            bar.finish_and_clear();
            if !self.quiet {
                eprintln!("  {title} ({:.1} s)", started.elapsed().as_secs_f64());
            }
        }
    }

    fn failed(&mut self, output: &str) {
        if let Some((_, _, bar)) = self.step.take() {
            bar.finish_and_clear();
        }
        if !output.is_empty() {
            eprintln!("{output}");
        }
    }
}
