//! What a run of the cases found, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

/// What the cases of one interface found in one component.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The component's file, as it was named.
    pub file: String,
    /// Such as `serene:embedder/embedder@0.2.0`.
    pub interface: String,
    /// The most bytes the linear memories of one instance had together.
    pub peak_memory_bytes: u64,
    /// One entry a case, in the order in which they ran.
    pub cases: Vec<CaseReport>,
}

/// What one case found.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    /// Kebab-case; stays the same from version to version.
    pub name: String,
    /// What the contract promises.
    pub promise: &'static str,
    /// What was found.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// Whether a promise is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "detail", rename_all = "kebab-case")]
pub enum Verdict {
    /// It is.
    Passed,
    /// It is not, and this is what was seen.
    Failed(String),
    /// It could not be put to the test, and this is why.
    NotTested(String),
}

impl Report {
    /// Whether no promise was found broken.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// The cases that found a promise broken.
    pub fn failed(&self) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(|case| matches!(case.verdict, Verdict::Failed(_)))
    }

    fn untested(&self) -> usize {
        self.cases.iter().filter(|case| matches!(case.verdict, Verdict::NotTested(_))).count()
    }

    /// A table for a terminal, with a verdict below it.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!("{} as {}\n\n", self.file, self.interface);
        for CaseReport { name, promise, verdict, millis } in &self.cases {
            let (mark, more) = match verdict {
                Verdict::Passed => ("ok  ", None),
                Verdict::Failed(detail) => ("FAIL", Some(detail)),
                Verdict::NotTested(detail) => ("--  ", Some(detail)),
            };
            let _ = writeln!(text, "{mark} {name:<40} {millis:>6} ms");
            if let Some(more) = more {
                let _ = writeln!(text, "       {promise}:\n       {more}");
            }
        }
        let peak = self.peak_memory_bytes.div_ceil(1024 * 1024);
        let (failed, untested) = (self.failed().count(), self.untested());
        let held = self.cases.len() - failed - untested;
        let _ = write!(text, "\n{held} passed, {failed} failed");
        if untested > 0 {
            let _ = write!(text, ", {untested} not tested");
        }
        let _ = writeln!(text, "; peak memory {peak} MiB");
        text
    }
}

/// The reports in the XML form that CI systems read as JUnit's.
#[must_use]
pub fn junit(reports: &[Report]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for report in reports {
        let seconds = |millis: u64| millis as f64 / 1000.0;
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.3}\">",
            escaped(&report.interface),
            report.cases.len(),
            report.failed().count(),
            report.untested(),
            seconds(report.cases.iter().map(|case| case.millis).sum())
        );
        for case in &report.cases {
            let _ = write!(
                xml,
                "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
                escaped(&report.file),
                escaped(&case.name),
                seconds(case.millis)
            );
            let _ = match &case.verdict {
                Verdict::Passed => writeln!(xml, "/>"),
                Verdict::Failed(detail) => writeln!(
                    xml,
                    "><failure message=\"{}\">{}</failure></testcase>",
                    escaped(case.promise),
                    escaped(detail)
                ),
                Verdict::NotTested(detail) => {
                    writeln!(xml, "><skipped message=\"{}\"/></testcase>", escaped(detail))
                }
            };
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// XML 1.0 has no control characters, not even escaped ones.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{CaseReport, Report, Verdict, junit};

    fn report() -> Report {
        let case = |name: &str, verdict| CaseReport {
            name: name.to_owned(),
            promise: "it holds",
            verdict,
            millis: 1500,
        };
        Report {
            file: "a\"b.wasm".to_owned(),
            interface: "serene:embedder/embedder@0.2.0".to_owned(),
            peak_memory_bytes: 1,
            cases: vec![
                case("good", Verdict::Passed),
                case("bad", Verdict::Failed("<got> \u{1} & more".to_owned())),
                case("untested", Verdict::NotTested("no limit".to_owned())),
            ],
        }
    }

    #[test]
    fn junit_counts_and_escapes() {
        let xml = junit(&[report()]);
        assert!(xml.contains("tests=\"3\" failures=\"1\" skipped=\"1\" time=\"4.500\""), "{xml}");
        assert!(xml.contains("classname=\"a&quot;b.wasm\" name=\"good\" time=\"1.500\"/>"), "{xml}");
        assert!(
            xml.contains("<failure message=\"it holds\">&lt;got&gt; \u{fffd} &amp; more</failure>"),
            "{xml}"
        );
        assert!(xml.contains("<skipped message=\"no limit\"/>"), "{xml}");
    }

    #[test]
    fn the_table_says_what_failed_and_how_many() {
        let table = report().table();
        assert!(table.contains("FAIL bad"), "{table}");
        assert!(table.contains("1 passed, 1 failed, 1 not tested; peak memory 1 MiB"), "{table}");
        assert!(!report().passed());
    }
}
