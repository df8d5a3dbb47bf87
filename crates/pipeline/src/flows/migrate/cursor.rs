//! How far a migration has come: which table, and where in it.

use std::collections::BTreeMap;

use layout::{Kind, RelationshipId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::flows::cursor;
use crate::{Error, Result};

/// The product's tables that hold paths, each by a kind whose rows it has.
const TABLES: [Kind; 4] = [Kind::Transcript, Kind::Profile, Kind::Analysis, Kind::RepairPlan];

/// A place in a migration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    /// Which of the tables.
    table: usize,
    /// The store's own cursor of the rows at hand.
    pub(super) page: Option<String>,
    /// The last of those rows that is done with. Not a count: rows may be removed in the meantime.
    pub(super) after: Option<BTreeMap<String, Value>>,
    /// Whose rows; a cursor belongs to the run it comes from.
    relationship: Option<String>,
}

impl Position {
    /// The start, or the place that a cursor names.
    pub(super) fn read(text: Option<&str>, relationship: Option<&RelationshipId>) -> Result<Self> {
        let relationship = relationship.map(ToString::to_string);
        let Some(text) = text else { return Ok(Self { relationship, ..Self::default() }) };
        cursor::decode::<Self>(text)
            .filter(|position| position.relationship == relationship && position.table().is_some())
            .ok_or_else(|| {
                Error::invalid("The cursor does not belong to this migration. Start again without one.")
            })
    }

    /// As a cursor.
    pub(super) fn to_cursor(&self) -> String {
        cursor::encode(self)
    }

    /// The table at hand; `None` when everything is done.
    pub(super) fn table(&self) -> Option<Kind> {
        TABLES.get(self.table).copied()
    }

    /// On to the next rows, of this table while it has any.
    pub(super) fn turn(&mut self, page: Option<String>) {
        self.table += usize::from(page.is_none());
        self.page = page;
        self.after = None;
    }

    /// The rows at hand were done up to this one; `None`: as far as before.
    pub(super) fn stop_after(&mut self, last: Option<BTreeMap<String, Value>>) {
        self.after = last.or(self.after.take());
    }

    /// How much of the whole is done, 0 to 1: a table counts when it is done.
    pub(super) fn progress(&self) -> f64 {
        self.table as f64 / TABLES.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_every_kind_is_walked_and_then_it_is_the_end() {
        let mut position = Position::default();
        let mut walked = Vec::new();
        while let Some(table) = position.table() {
            walked.push(table.table());
            position.turn(Some("more".to_owned()));
            assert_eq!(position.table(), Some(table));
            position.turn(None);
        }
        assert!(Kind::ALL.into_iter().all(|kind| walked.contains(&kind.table())));
        assert_eq!(position.progress(), 1.0);
    }

    #[test]
    fn a_cursor_names_its_place_in_its_own_run_and_in_no_other() {
        let relationship = "r".parse().unwrap();
        let mut position = Position::read(None, Some(&relationship)).unwrap();
        position.turn(Some("page".to_owned()));
        position.stop_after(Some(BTreeMap::from([("id".to_owned(), "c".into())])));
        let cursor = position.to_cursor();
        assert_eq!(Position::read(Some(&cursor), Some(&relationship)).unwrap(), position);
        let end = Position { table: TABLES.len(), ..Position::default() }.to_cursor();
        let long = "A".repeat(cursor::MAX_CURSOR_BYTES + 1);
        for cursor in [cursor.as_str(), end.as_str(), long.as_str(), "", "bm8", "%"] {
            assert_eq!(Position::read(Some(cursor), None).unwrap_err().code(), "invalid", "{cursor}");
        }
    }
}
