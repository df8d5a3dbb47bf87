//! `serene migrate`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::pages::{Pages, print};
use super::service::Target;

/// How many rows that were not migrated are shown one by one.
const SHOWN: usize = 50;

/// Brings files over from Supabase Storage into the object store, and writes their new paths into the product's rows.
///
/// Says what would be done; with --apply, does it. Each file is read back and compared before its row gets the new path. Nothing is overwritten in
/// the object store and nothing is removed from Supabase Storage. What broke off is done by running again. Fails when something is left.
#[derive(Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    target: Target,
    /// Do it; without this only what would be done is said
    #[arg(long)]
    apply: bool,
    /// Only what is this relationship's
    #[arg(long, value_name = "ID")]
    relationship: Option<String>,
    /// Print each page as POST /v1/migrations/storage-paths answers it, one a line
    #[arg(long)]
    json: bool,
}

/// What `POST /v1/migrations/storage-paths` answers.
#[derive(Deserialize)]
struct Page {
    rows: Vec<Row>,
    counts: Counts,
}

#[derive(Default, Deserialize)]
struct Counts {
    examined: u64,
    current: u64,
    bytes: u64,
}

#[derive(Deserialize)]
struct Row {
    table: String,
    row: BTreeMap<String, Value>,
    form: Option<String>,
    key: Option<String>,
    outcome: String,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    stage: Option<String>,
    message: String,
}

/// What all pages together say.
#[derive(Default)]
struct Summary {
    counts: Counts,
    /// Table and form to how many came to which end.
    outcomes: BTreeMap<(String, String), BTreeMap<String, u64>>,
    /// The first rows that were not migrated.
    left: Vec<Row>,
}

impl Migrate {
    pub(super) fn run(self) -> Result<ExitCode> {
        let Self { target, apply, relationship, json } = self;
        let mut request = json!({ "dry_run": !apply });
        if let Some(relationship) = relationship {
            request["relationship_id"] = json!(relationship);
        }
        let mut summary = Summary::default();
        Pages { title: "migrate", path: "/v1/migrations/storage-paths", request, json }.run(
            target,
            |page| {
                summary.add(page);
                summary.so_far()
            },
        )?;
        if !json {
            print(summary.table(apply).trim_end())?;
        }
        Ok(if summary.is_done(apply) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Summary {
    fn add(&mut self, page: Page) {
        self.counts.examined += page.counts.examined;
        self.counts.current += page.counts.current;
        self.counts.bytes += page.counts.bytes;
        for row in page.rows {
            let form = row.form.clone().unwrap_or_else(|| "unreadable".to_owned());
            let outcomes = self.outcomes.entry((row.table.clone(), form)).or_default();
            *outcomes.entry(row.outcome.clone()).or_default() += 1;
            if row.error.is_some() && self.left.len() < SHOWN {
                self.left.push(row);
            }
        }
    }

    fn count(&self, outcome: &str) -> u64 {
        self.outcomes.values().filter_map(|outcomes| outcomes.get(outcome)).sum()
    }

    /// Those that were migrated or, in a dry run, would be.
    fn migrated(&self) -> u64 {
        self.count("copied") + self.count("rewritten")
    }

    /// Whether nothing is left to be done. What somebody else is at does not count.
    fn is_done(&self, apply: bool) -> bool {
        let is_left = self.count("missing") + self.count("failed") > 0;
        !is_left && (apply || self.migrated() == 0)
    }

    fn so_far(&self) -> String {
        let Counts { examined, current, bytes } = self.counts;
        format!("{examined} rows, {} of them with an old path; {bytes} bytes", examined - current)
    }

    fn table(&self, apply: bool) -> String {
        let mut text = String::new();
        if !self.outcomes.is_empty() {
            let _ = writeln!(text, "{:<18} {:<18} {:<9} {:>6}", "table", "form", "", "count");
        }
        for ((table, form), outcomes) in &self.outcomes {
            for (outcome, count) in outcomes {
                let _ = writeln!(text, "{table:<18} {form:<18} {outcome:<9} {count:>6}");
            }
        }
        if !self.left.is_empty() {
            text.push('\n');
        }
        for row in &self.left {
            let _ = writeln!(text, "{:<8} {:<18} {}", row.outcome, row.table, row.name());
            if let Some(error) = &row.error {
                let stage = error.stage.as_ref().map(|stage| format!("{stage}: ")).unwrap_or_default();
                let _ = writeln!(text, "         {stage}{}", error.message);
            }
        }
        let [missing, busy, failed] = ["missing", "busy", "failed"].map(|outcome| self.count(outcome));
        let left = missing + busy + failed;
        if left > self.left.len() as u64 {
            let _ = writeln!(text, "… and {} more; --json has all.", left - self.left.len() as u64);
        }
        let Counts { examined, current, bytes } = self.counts;
        let _ = writeln!(text, "\nLooked at {examined} rows with a path; {current} have a new one.");
        let (migrated, copied) = (self.migrated(), self.count("copied"));
        let verdict = if migrated + left == 0 {
            "There is nothing to migrate.".to_owned()
        } else {
            let (opening, would) = if apply { ("", "") } else { ("A dry run: ", " would be") };
            format!(
                "{opening}{migrated}{would} migrated, {copied} of them copied ({bytes} bytes); {missing} missing, {failed} failed, {busy} busy."
            )
        };
        let _ = writeln!(text, "{verdict}");
        if !apply && migrated > 0 {
            text.push_str("Run it with --apply to do so.\n");
        }
        if apply && migrated > 0 {
            text.push_str("Migrated documents are indexed by the next `serene reconcile`.\n");
        }
        text
    }
}

impl Row {
    /// Its document's key; of a row that fits none, what names it.
    fn name(&self) -> String {
        self.key.clone().unwrap_or_else(|| json!(self.row).to_string())
    }
}
