//! Reconcile: finds where the ledger, the objects, the product's rows and the vectors disagree, and heals it.
//!
//! Each store is walked once by its own pages, and each page is compared with what the other stores hold under the same names: nothing is ever
//! held but a page, and no two stores need to agree on an order. What is healed goes through the flows that clients use, or is a compare-and-set on what was
//! seen, so that any step may be repeated, and two runs at once do no harm. Nothing is touched that was written within
//! [`Settings::reconcile_after_ms`](crate::Settings): it may belong to a request that still runs.
//!
//! No file is ever removed, except that of a document whose removal a client asked for.

mod cursor;
mod examine;
mod heal;
mod keys;
mod ledger;
mod objects;
mod report;
mod rows;
mod vectors;

use layout::RelationshipId;

use self::cursor::{Position, Walk};
use self::heal::Found;
pub use self::report::{Action, Drift, Finding, LookedAt, ReconcilePage, Resolution, Subject};
use crate::stages::{Call, Filter, Stages};
use crate::{Environment, Error, Pipeline, Result};

/// What to reconcile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconcileRequest {
    /// Only what is this relationship's; `None`: everything.
    pub relationship: Option<RelationshipId>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// How many documents, objects, rows and vectors a page looks at: 1 to [`Self::MAX_LIMIT`].
    pub limit: u32,
    /// From the page before.
    pub cursor: Option<String>,
}

impl ReconcileRequest {
    /// The most that one page may look at.
    pub const MAX_LIMIT: u32 = 1000;
}

/// One page being made.
struct Run<'a> {
    request: &'a ReconcileRequest,
    /// What is newer than this is left alone, in milliseconds since 1970.
    cutoff_ms: u64,
    /// When half of the call's time is over: nothing long is begun after that.
    half_ms: u64,
    looked_at: LookedAt,
    findings: Vec<Finding>,
}

impl Run<'_> {
    /// How much more this page may look at.
    fn room(&self) -> u32 {
        let looked_at = u32::try_from(self.looked_at.total()).unwrap_or(u32::MAX);
        self.request.limit.saturating_sub(looked_at)
    }

    /// What rows must satisfy to be in this run.
    fn tenant(&self) -> Vec<Filter> {
        let relationship = self.request.relationship.iter();
        relationship.map(|relationship| Filter::eq("relationship_id", relationship.as_str())).collect()
    }

    /// Whether something last changed at this time may belong to a request that still runs. Takes note when it does.
    fn is_recent(&mut self, changed_ms: u64) -> bool {
        let is_recent = changed_ms > self.cutoff_ms;
        self.looked_at.recent += u64::from(is_recent);
        is_recent
    }
}

/// Whether a walk has come to its end.
enum Progress {
    More,
    Done,
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Compares one page of what the stores hold and heals what disagrees, within half of the call's time. A failure to heal is a finding; the rest goes on.
    ///
    /// # Errors
    /// `invalid` for a limit out of bounds or a cursor of another run; a store's error when the page's first listing fails. The same page can then be
    /// asked for again.
    pub async fn reconcile(&self, call: &Call, request: &ReconcileRequest) -> Result<ReconcilePage> {
        let max = ReconcileRequest::MAX_LIMIT;
        if !(1..=max).contains(&request.limit) {
            let message = format!("The limit is {}; a page looks at 1 to {max} things.", request.limit);
            return Err(Error::invalid(message));
        }
        let mut position = Position::read(request.cursor.as_deref(), request.relationship.as_ref())?;
        let now = self.environment.now_ms();
        let mut run = Run {
            request,
            cutoff_ms: now.saturating_sub(self.settings.reconcile_after_ms),
            half_ms: now + call.deadline_ms.saturating_sub(now) / 2,
            looked_at: LookedAt::default(),
            findings: Vec::new(),
        };
        while let Some(walk) = position.walk() {
            let walked = match walk {
                Walk::Ledger => self.walk_ledger(call, &mut run, &mut position).await,
                Walk::Objects(kind) => self.walk_objects(call, &mut run, &mut position, kind).await,
                Walk::Rows(table) => self.walk_rows(call, &mut run, &mut position, table).await,
                Walk::Vectors(namespace) => self.walk_vectors(call, &mut run, &mut position, namespace).await,
                Walk::Keys => self.walk_keys(call, &mut run).await,
            };
            match walked {
                Ok(Progress::Done) => position.go_on(),
                Ok(Progress::More) => {}
                Err(error) if run.looked_at.total() == 0 => return Err(error),
                // What this page has done is reported first; the next one begins with what failed here.
                Err(_) => break,
            }
            if run.room() == 0 || self.is_late(&run) {
                break;
            }
        }
        let next = position.walk().map(|_| position.to_cursor());
        Ok(ReconcilePage {
            findings: run.findings,
            looked_at: run.looked_at,
            progress: position.progress(),
            next,
        })
    }

    fn is_late(&self, run: &Run<'_>) -> bool {
        self.environment.now_ms() >= run.half_ms
    }

    /// Whether the rest is for the next page. Every page does something.
    fn must_stop(&self, run: &Run<'_>) -> bool {
        run.looked_at.total() > 0 && self.is_late(run)
    }

    /// Does what is planned, unless this is a dry run, and takes note of what came of it.
    async fn settle(&self, call: &Call, run: &mut Run<'_>, found: Found) {
        let Found { drift, subject, plan } = found;
        let action = plan.action();
        let resolution = if run.request.dry_run && action != Action::None {
            Resolution::Planned
        } else {
            self.heal(call, plan).await
        };
        run.findings.push(Finding { drift, subject, action, resolution });
    }
}
