//! What a bench measured, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::statistics::{Ratio, Spread};
use super::workload::{Amount, Unit};

/// What was measured of two stages of one interface.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Such as `serene:embedder/embedder@0.1.0`.
    pub interface: String,
    /// How many rounds each workload was to have; a ratio says how many there were.
    pub rounds: u32,
    /// The stage.
    pub stage: StageReport,
    /// The one beside it.
    pub against: StageReport,
    /// How long instances of the two take to be made.
    pub instantiation_ratio: Ratio,
    /// In the order in which they ran.
    pub workloads: Vec<WorkloadReport>,
}

/// One of the two stages.
#[derive(Clone, Debug, Serialize)]
pub struct StageReport {
    /// The component's file, as it was named.
    pub file: String,
    /// What the stage calls itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// How long it takes to make an instance of the compiled component, in milliseconds.
    pub instantiation_ms: Spread,
    /// The most bytes the linear memories of one instance had together.
    pub peak_memory_bytes: u64,
}

/// What one workload took.
#[derive(Clone, Debug, Serialize)]
pub struct WorkloadReport {
    /// Kebab-case; stays the same from version to version.
    pub name: &'static str,
    /// What one call does.
    pub what: &'static str,
    /// How much one call gets through.
    pub amount: Option<Amount>,
    /// What was found.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of a workload.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Both stages did it.
    Measured(Box<Measured>),
    /// One of them did not, and this is why.
    NotRun(String),
}

/// The figures of both.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// The stage's.
    pub stage: Timing,
    /// Those of the one beside it.
    pub against: Timing,
    /// Of the first call in an instance.
    pub first_ratio: Ratio,
    /// Of the later ones.
    pub later_ratio: Ratio,
}

/// How long one stage took for calls of one workload.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// Milliseconds of the first call in an instance, whatever is loaded or opened by it included.
    pub first_ms: Spread,
    /// Milliseconds of the calls after it.
    pub later_ms: Spread,
    /// What the workload counts, per second of later calls that take the median time.
    pub per_second: Option<f64>,
    /// The most bytes the linear memories of one instance had together.
    pub peak_memory_bytes: u64,
}

impl Report {
    /// A table for a terminal.
    #[must_use]
    pub fn table(&self) -> String {
        let names = [&self.stage, &self.against].map(|stage| short(&stage.file));
        let mut text = format!("{}\n", self.interface);
        for (name, stage) in names.iter().zip([&self.stage, &self.against]) {
            let StageReport { name: own, version, size_bytes, .. } = stage;
            let _ = writeln!(text, "  {name:<WIDTH$} {own} {version}, {}", bytes(*size_bytes as f64, 1000.0));
        }
        let _ = writeln!(
            text,
            "\n{:<34} {:>9} {:>9} {:>20} {:>14} {:>9}",
            "", "first", "later", "10 % to 90 %", "throughput", "memory"
        );
        for workload in &self.workloads {
            let _ = writeln!(text, "{}: {}", workload.name, workload.what);
            match &workload.outcome {
                Outcome::Measured(measured) => text.push_str(&measured.lines(&names, workload.amount)),
                Outcome::NotRun(why) => {
                    let _ = writeln!(text, "  not run: {why}");
                }
            }
        }
        text.push_str("making an instance\n");
        for (name, stage) in names.iter().zip([&self.stage, &self.against]) {
            let spread = &stage.instantiation_ms;
            let memory = bytes(stage.peak_memory_bytes as f64, 1024.0);
            let _ = writeln!(
                text,
                "  {name:<WIDTH$} {:>9} {:>9} {:>20} {:>14} {memory:>9}",
                "",
                time(spread.median),
                range(spread),
                ""
            );
        }
        text.push_str(&ratio_line("", &self.instantiation_ratio));
        let _ = writeln!(
            text,
            "\nTimes are medians of {} rounds, or of fewer where they take long; in each, both worked in turn in instances of their own.\n\
             A ratio is the time of {} by that of {};\n\
             beside it is where the true one lies with a confidence of 95 %.",
            self.rounds, names[0], names[1]
        );
        text
    }
}

/// How wide a file's name is shown.
const WIDTH: usize = 32;

impl Measured {
    fn lines(&self, names: &[String; 2], amount: Option<Amount>) -> String {
        let mut text = String::new();
        for (name, timing) in names.iter().zip([&self.stage, &self.against]) {
            let throughput = match (amount, timing.per_second) {
                (Some(Amount { unit: Unit::Bytes, .. }), Some(rate)) => format!("{}/s", bytes(rate, 1000.0)),
                (Some(Amount { unit, .. }), Some(rate)) => format!("{} {}/s", count(rate), unit.noun()),
                _ => String::new(),
            };
            let _ = writeln!(
                text,
                "  {name:<WIDTH$} {:>9} {:>9} {:>20} {throughput:>14} {:>9}",
                time(timing.first_ms.median),
                time(timing.later_ms.median),
                range(&timing.later_ms),
                bytes(timing.peak_memory_bytes as f64, 1024.0)
            );
        }
        text.push_str(&ratio_line(&times(self.first_ratio.median), &self.later_ratio));
        text
    }
}

fn ratio_line(first: &str, later: &Ratio) -> String {
    let interval = match later.interval {
        Some((low, high)) => format!("{} to {}", times(low), times(high)),
        None => "too few rounds".to_owned(),
    };
    let verdict = match later.interval {
        Some(_) if !later.is_told() => "  no difference told",
        _ => "",
    };
    let median = times(later.median);
    format!("  {:<WIDTH$} {first:>9} {median:>9} {interval:>20}{verdict}\n", "ratio")
}

impl Unit {
    fn noun(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Pages => "pages",
            Self::Rows => "rows",
            Self::Texts => "texts",
            Self::Vectors => "vectors",
        }
    }
}

/// The file's own name, its end if it is long.
fn short(file: &str) -> String {
    let name = Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy());
    let long = name.chars().count();
    if long <= WIDTH {
        return name.into_owned();
    }
    format!("…{}", name.chars().skip(long + 1 - WIDTH).collect::<String>())
}

/// Three digits that say something.
fn digits(number: f64) -> String {
    match number {
        n if n < 1.0 => format!("{n:.3}"),
        n if n < 10.0 => format!("{n:.2}"),
        n if n < 100.0 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

fn time(ms: f64) -> String {
    match ms {
        ms if ms < 0.1 => format!("{} µs", digits(ms * 1000.0)),
        ms if ms < 1000.0 => format!("{} ms", digits(ms)),
        ms => format!("{} s", digits(ms / 1000.0)),
    }
}

fn range(spread: &Spread) -> String {
    format!("{} to {}", time(spread.p10), time(spread.p90))
}

fn times(ratio: f64) -> String {
    format!("{} ×", digits(ratio))
}

/// With decimal units for files and rates, with binary ones for memory.
fn bytes(count: f64, kilo: f64) -> String {
    let units = if kilo == 1024.0 { ["B", "KiB", "MiB", "GiB"] } else { ["B", "kB", "MB", "GB"] };
    let mut scaled = count;
    let mut units = units.into_iter();
    while scaled >= kilo && units.len() > 1 {
        scaled /= kilo;
        units.next();
    }
    format!("{} {}", digits(scaled), units.next().unwrap_or_default())
}

fn count(rate: f64) -> String {
    match rate {
        n if n < 1000.0 => digits(n),
        n if n < 1e6 => format!("{} k", digits(n / 1e3)),
        n => format!("{} M", digits(n / 1e6)),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, short, time};

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        assert_eq!(time(0.01234), "12.3 µs");
        assert_eq!(time(0.1234), "0.123 ms");
        assert_eq!(time(45.67), "45.7 ms");
        assert_eq!(time(1234.0), "1.23 s");
        assert_eq!(bytes(1_153_434.0, 1000.0), "1.15 MB");
        assert_eq!(bytes(1_114_112.0, 1024.0), "1.06 MiB");
        assert_eq!(bytes(12.0, 1000.0), "12.0 B");
        assert_eq!((count(12_345.0).as_str(), count(99.0).as_str()), ("12.3 k", "99.0"));
    }

    #[test]
    fn a_long_name_of_a_file_keeps_its_end() {
        assert_eq!(short("target/a.wasm"), "a.wasm");
        let long = short(&format!("target/{}-b.wasm", "a".repeat(50)));
        assert!(long.starts_with("…a") && long.ends_with("a-b.wasm") && long.chars().count() == 32, "{long}");
    }
}
