//! The flows, one file each.

mod cursor;
pub mod doctor;
pub mod documents;
pub mod files;
mod generate;
pub mod migrate;
pub mod pdf;
pub mod reconcile;
pub mod search;
mod store;

use crate::Error;
use crate::ledger::Document;

/// What of an upload is safe.
#[derive(Clone, Debug, PartialEq)]
pub enum Durability {
    /// Everything is done: the file is stored, its row written, its passages found by searches.
    Complete,
    /// The file is durable and a later stage failed; resume finishes it.
    Stored {
        /// What failed.
        error: Error,
    },
}

/// What became of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its row in the ledger.
    pub document: Document,
    /// What of it is safe.
    pub durability: Durability,
    /// Whether it is new.
    pub created: bool,
    /// Whether it was there already, the same, so that no work was done.
    pub unchanged: bool,
}
