//! What a migration says of what it did.

use std::collections::BTreeMap;

use layout::Form;
use serde::Serialize;
use serde_json::Value;

use crate::Error;

/// What became of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum MigrationOutcome {
    /// Its file was copied and verified, and its path replaced. In a dry run: this would be done.
    Copied,
    /// The object store had the document's file already, so only its path was replaced. In a dry run: this would be done.
    Rewritten,
    /// There is no such file, neither in the object store nor in Supabase Storage: the error says where it was looked for. Nothing was changed.
    Missing(Error),
    /// Somebody else is at the document or the row. The next run looks again.
    Busy(Error),
    /// It could not be done; the row is as it was. The next run tries again.
    Failed(Error),
}

impl MigrationOutcome {
    /// Its name, such as `copied`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Copied => "copied",
            Self::Rewritten => "rewritten",
            Self::Missing(_) => "missing",
            Self::Busy(_) => "busy",
            Self::Failed(_) => "failed",
        }
    }

    /// Why the row is as it was.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Copied | Self::Rewritten => None,
            Self::Missing(error) | Self::Busy(error) | Self::Failed(error) => Some(error),
        }
    }
}

/// A row with an old path, and what became of it. The path itself is not here: it may hold a token.
#[derive(Clone, Debug, PartialEq)]
pub struct MigratedRow {
    /// The product's table.
    pub table: &'static str,
    /// The columns that name the row in it.
    pub row: BTreeMap<String, Value>,
    /// The form of its path; `None` when it could not be read.
    pub form: Option<Form>,
    /// The key of its document; `None` when its ids are none.
    pub key: Option<String>,
    /// Bytes of the file, where it was copied or, in a dry run, would be and its size is known.
    pub bytes: Option<u64>,
    /// What became of it.
    pub outcome: MigrationOutcome,
}

/// How many rows came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MigrationCounts {
    /// Rows that have a path.
    pub examined: u32,
    /// Of these, rows whose path was a new one already.
    pub current: u32,
    /// Those whose file was copied.
    pub copied: u32,
    /// Those whose path only was replaced.
    pub rewritten: u32,
    /// Those whose file is nowhere.
    pub missing: u32,
    /// Those that somebody else is at.
    pub busy: u32,
    /// Those that could not be migrated.
    pub failed: u32,
    /// Bytes of the files that were copied or, in a dry run, would be.
    pub bytes: u64,
}

/// One page of a migration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MigrationPage {
    /// Every row that had an old path.
    pub rows: Vec<MigratedRow>,
    /// How many came to which end, those with a new path included.
    pub counts: MigrationCounts,
    /// How much of the whole is done, 0 to 1: an estimate.
    pub progress: f64,
    /// Where the next page starts; `None` when every row was looked at.
    pub next: Option<String>,
}

impl MigrationPage {
    /// Takes note of a row; `None`: one whose path was a new one.
    pub(super) fn add(&mut self, row: Option<MigratedRow>) {
        let counts = &mut self.counts;
        counts.examined += 1;
        let Some(row) = row else {
            counts.current += 1;
            return;
        };
        let count = match &row.outcome {
            MigrationOutcome::Copied => &mut counts.copied,
            MigrationOutcome::Rewritten => &mut counts.rewritten,
            MigrationOutcome::Missing(_) => &mut counts.missing,
            MigrationOutcome::Busy(_) => &mut counts.busy,
            MigrationOutcome::Failed(_) => &mut counts.failed,
        };
        *count += 1;
        if row.outcome == MigrationOutcome::Copied {
            counts.bytes += row.bytes.unwrap_or_default();
        }
        self.rows.push(row);
    }
}
