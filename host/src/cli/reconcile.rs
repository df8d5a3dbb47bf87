//! `serene reconcile`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::pages::{Pages, print};
use super::service::Target;

/// How many findings that were not healed are shown one by one.
const SHOWN: usize = 50;

/// Finds where the ledger, the object store, the product's tables and the index disagree, and heals it.
///
/// Starts the application for itself, or asks one that runs. Safe beside traffic, and as often as you like: what was
/// written within reconcile_after_seconds is left alone, and no file is removed except a deleted document's.
/// Documents that are indexed again are paid for as when they were stored. Fails when something is left or could not be healed.
#[derive(Args)]
pub(super) struct Reconcile {
    #[command(flatten)]
    target: Target,
    /// Only say what would be done; fails when there is something
    #[arg(long)]
    dry_run: bool,
    /// Only what is this relationship's
    #[arg(long, value_name = "ID")]
    relationship: Option<String>,
    /// Print each page as POST /v1/reconcile answers it, one a line
    #[arg(long)]
    json: bool,
}

/// What `POST /v1/reconcile` answers.
#[derive(Deserialize)]
struct Page {
    findings: Vec<Finding>,
    looked_at: LookedAt,
}

#[derive(Default, Deserialize)]
struct LookedAt {
    documents: u64,
    objects: u64,
    rows: u64,
    vectors: u64,
    recent: u64,
}

#[derive(Deserialize)]
struct Finding {
    drift: String,
    action: String,
    resolution: String,
    document_id: Option<String>,
    key: Option<String>,
    message: Option<String>,
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
    looked_at: LookedAt,
    /// Drift and action to how many came to which end.
    counts: BTreeMap<(String, String), BTreeMap<String, u64>>,
    /// The first findings that are not healed.
    open: Vec<Finding>,
}

impl Reconcile {
    pub(super) fn run(self) -> Result<ExitCode> {
        let Self { target, dry_run, relationship, json } = self;
        let mut request = json!({ "dry_run": dry_run });
        if let Some(relationship) = relationship {
            request["relationship_id"] = json!(relationship);
        }
        let mut summary = Summary::default();
        Pages { title: "reconcile", path: "/v1/reconcile", request, json }.run(target, |page| {
            summary.add(page);
            summary.so_far()
        })?;
        if !json {
            print(summary.table().trim_end())?;
        }
        Ok(if summary.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Summary {
    fn add(&mut self, page: Page) {
        self.looked_at.documents += page.looked_at.documents;
        self.looked_at.objects += page.looked_at.objects;
        self.looked_at.rows += page.looked_at.rows;
        self.looked_at.vectors += page.looked_at.vectors;
        self.looked_at.recent += page.looked_at.recent;
        for finding in page.findings {
            let counts = self.counts.entry((finding.drift.clone(), finding.action.clone())).or_default();
            *counts.entry(finding.resolution.clone()).or_default() += 1;
            if finding.resolution != "healed" && self.open.len() < SHOWN {
                self.open.push(finding);
            }
        }
    }

    fn count(&self, resolution: &str) -> u64 {
        self.counts.values().filter_map(|counts| counts.get(resolution)).sum()
    }

    /// Whether nothing is left to be done. What somebody else is at, and what is no drift, does not count.
    fn is_clean(&self) -> bool {
        ["planned", "left", "failed"].iter().all(|resolution| self.count(resolution) == 0)
    }

    fn so_far(&self) -> String {
        let LookedAt { documents, objects, rows, vectors, .. } = self.looked_at;
        let drifts: u64 = self.counts.values().flat_map(BTreeMap::values).sum();
        format!("{documents} documents, {objects} objects, {rows} rows, {vectors} vectors; {drifts} findings")
    }

    fn table(&self) -> String {
        let mut text = String::new();
        if !self.counts.is_empty() {
            let _ = writeln!(text, "{:<18} {:<15} {:<8} {:>6}", "drift", "action", "", "count");
        }
        for ((drift, action), counts) in &self.counts {
            for (resolution, count) in counts {
                let _ = writeln!(text, "{drift:<18} {action:<15} {resolution:<8} {count:>6}");
            }
        }
        if !self.open.is_empty() {
            text.push('\n');
        }
        for finding in &self.open {
            let subject = finding.key.as_deref().or(finding.document_id.as_deref()).unwrap_or("-");
            let _ = writeln!(text, "{:<8} {:<18} {subject}", finding.resolution, finding.drift);
            if let Some(why) = finding.why() {
                let _ = writeln!(text, "         {why}");
            }
        }
        let open: u64 =
            ["planned", "left", "ignored", "busy", "failed"].iter().map(|one| self.count(one)).sum();
        if open > self.open.len() as u64 {
            let _ = writeln!(text, "… and {} more; --json has all.", open - self.open.len() as u64);
        }
        let LookedAt { documents, objects, rows, vectors, recent } = self.looked_at;
        let _ = writeln!(
            text,
            "\nLooked at {documents} documents, {objects} objects, {rows} rows and {vectors} vectors."
        );
        if recent > 0 {
            let _ = writeln!(text, "{recent} of them changed a moment ago and were left alone.");
        }
        let [planned, left, failed, healed] =
            ["planned", "left", "failed", "healed"].map(|resolution| self.count(resolution));
        let verdict = if planned > 0 {
            format!("A dry run: {planned} would be healed, {left} left for you, {failed} failed.")
        } else if left + failed > 0 {
            format!("{healed} healed, {left} left for you, {failed} failed.")
        } else if healed > 0 {
            format!("The stores agree again: {healed} healed.")
        } else {
            "The stores agree.".to_owned()
        };
        let _ = writeln!(text, "{verdict}");
        text
    }
}

impl Finding {
    fn why(&self) -> Option<String> {
        let failure = self.error.as_ref().map(|error| match &error.stage {
            Some(stage) => format!("{stage}: {}", error.message),
            None => error.message.clone(),
        });
        failure.or_else(|| self.message.clone())
    }
}
