//! How far a reconciliation has come: what is walked, and where in it.

use layout::{Kind, RelationshipId};
use serde::{Deserialize, Serialize};

use super::Progress;
use crate::flows::cursor;
use crate::{Error, Result};

/// What is walked, one listing after the other. Documents first: most of what drifts is healed from there. Rows after objects, so that a file which
/// becomes a document has its row by then; vectors after those, when every document there is has been seen. Keys, which no
/// document hangs on, come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// The ledger, in the order of ids.
    Ledger,
    /// The objects under a kind's prefix, in the order of keys.
    Objects(Kind),
    /// A table of the product.
    Rows(&'static str),
    /// The ids in a namespace of the index.
    Vectors(&'static str),
    /// The idempotency keys that are no longer known.
    Keys,
}

const WALKS: [Walk; 14] = [
    Walk::Ledger,
    Walk::Objects(Kind::Transcript),
    Walk::Objects(Kind::Profile),
    Walk::Objects(Kind::Handbook),
    Walk::Objects(Kind::Analysis),
    Walk::Objects(Kind::RepairPlan),
    Walk::Rows("conflicts"),
    Walk::Rows("profiles"),
    Walk::Rows("conflict_analysis"),
    Walk::Rows("repair_plans"),
    Walk::Vectors("transcripts"),
    Walk::Vectors("profiles"),
    Walk::Vectors("analysis"),
    Walk::Keys,
];

/// A place in a reconciliation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    /// Which of the walks.
    walk: usize,
    /// The store's own cursor of the page at hand.
    pub(super) page: Option<String>,
    /// The last id or key of that page that is done with. Not a count: what is healed may leave the page.
    pub(super) after: Option<String>,
    /// Whose documents; a cursor belongs to the run it comes from.
    relationship: Option<String>,
}

impl Position {
    /// The start, or the place that a cursor names.
    pub(super) fn read(text: Option<&str>, relationship: Option<&RelationshipId>) -> Result<Self> {
        let relationship = relationship.map(ToString::to_string);
        let Some(text) = text else { return Ok(Self { relationship, ..Self::default() }) };
        cursor::decode::<Self>(text)
            .filter(|position| position.relationship == relationship && position.walk < WALKS.len())
            .ok_or_else(|| {
                Error::invalid("The cursor does not belong to this reconciliation. Start again without one.")
            })
    }

    /// As a cursor.
    pub(super) fn to_cursor(&self) -> String {
        cursor::encode(self)
    }

    /// What is to be walked; `None` when everything is done.
    pub(super) fn walk(&self) -> Option<Walk> {
        let walks = match self.relationship {
            // The ids of vectors do not say whose they are; those of known documents are looked at with their documents. Keys run out whoever's they are.
            Some(_) => WALKS.split(|walk| matches!(walk, Walk::Vectors(_))).next().unwrap_or_default(),
            None => &WALKS,
        };
        walks.get(self.walk).copied()
    }

    /// On to the next walk.
    pub(super) fn go_on(&mut self) {
        *self = Self { walk: self.walk + 1, relationship: self.relationship.take(), ..Self::default() };
    }

    /// On to the next page of the same walk, when there is one.
    pub(super) fn turn(&mut self, page: Option<String>) -> Progress {
        let progress = if page.is_some() { Progress::More } else { Progress::Done };
        self.page = page;
        self.after = None;
        progress
    }

    /// How much of the whole is done, 0 to 1. Ids of documents are spread evenly, so how far a walk in their order has come can be told; the others count when
    /// they are done. The ledger counts for half.
    pub(super) fn progress(&self) -> f64 {
        let others = (WALKS.len() - 1) as f64;
        let within = self.after.as_deref().map_or(0.0, fraction);
        match self.walk() {
            None => 1.0,
            Some(Walk::Ledger) => within / 2.0,
            Some(_) => 0.5 + (self.walk - 1) as f64 / others / 2.0,
        }
    }
}

/// Where an id of the ledger stands among all there could be.
fn fraction(id: &str) -> f64 {
    let head = id.get(..8).and_then(|head| u32::from_str_radix(head, 16).ok()).unwrap_or_default();
    f64::from(head) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_walked_by_its_prefix_its_table_and_its_namespace() {
        for kind in Kind::ALL {
            assert!(WALKS.contains(&Walk::Objects(kind)));
            assert!(WALKS.contains(&Walk::Rows(kind.table())));
            assert!(kind.namespace().is_none_or(|namespace| WALKS.contains(&Walk::Vectors(namespace))));
        }
    }

    #[test]
    fn a_cursor_names_its_place_in_its_own_run_and_in_no_other() {
        let relationship = "r".parse().unwrap();
        let mut position = Position::read(None, Some(&relationship)).unwrap();
        position.go_on();
        position.turn(Some("page".to_owned()));
        position.after = Some("key".to_owned());
        let cursor = position.to_cursor();
        assert_eq!(Position::read(Some(&cursor), Some(&relationship)).unwrap(), position);
        for (cursor, relationship) in
            [(cursor.as_str(), None), ("", None), ("bm8", None), ("%", Some(&relationship))]
        {
            assert_eq!(Position::read(Some(cursor), relationship).unwrap_err().code(), "invalid", "{cursor}");
        }
    }

    #[test]
    fn progress_goes_up_to_one_and_a_run_for_one_relationship_walks_no_vectors_and_no_keys() {
        let relationship = "r".parse().unwrap();
        for relationship in [None, Some(&relationship)] {
            let mut position = Position::read(None, relationship).unwrap();
            let mut before = position.progress();
            assert_eq!(before, 0.0);
            position.after = Some("80000000-0000-8000-8000-000000000000".to_owned());
            while let Some(walk) = position.walk() {
                assert!(relationship.is_none() || !matches!(walk, Walk::Vectors(_) | Walk::Keys));
                assert!(position.progress() > before || walk == Walk::Ledger);
                before = position.progress();
                position.go_on();
            }
            assert_eq!(position.progress(), 1.0);
        }
    }
}
