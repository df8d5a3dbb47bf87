//! What a reconciliation says of what it saw.

use layout::DocumentRef;
use serde::Serialize;

use crate::Error;

/// How the stores disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// A document's removal broke off.
    UnfinishedDelete,
    /// An upload broke off before its file was stored: nobody was told that it was.
    AbandonedUpload,
    /// A document's file is stored, and a later step was never done or failed.
    Unfinished,
    /// The stages refuse a stored file for what it is, and would again.
    Refused,
    /// A document that was acknowledged, and whose file is gone from the object store.
    MissingObject,
    /// A file that is not the one the ledger knows: it was changed behind Serene's back.
    ChangedObject,
    /// Passages that other stages or models made than those composed now.
    OutdatedIndex,
    /// A document some or all of whose vectors are gone.
    MissingVectors,
    /// Vectors of a document's older revisions.
    OldVectors,
    /// A document without the product's row, or whose row has no path.
    MissingRow,
    /// A product's row that names another place than its document's.
    OtherPath,
    /// A file that has the key of a document and is none of the ledger's.
    UnknownObject,
    /// A file below the layout's prefixes whose key is none of the layout.
    ForeignObject,
    /// A product's row that names a file which is not there, of a document that is not there.
    DanglingRow,
    /// Vectors of no document.
    OrphanVectors,
    /// A row that cannot be read.
    UnreadableRow,
    /// Something that could not be compared: the resolution says why.
    Unchecked,
}

/// What is done about a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    None,
    /// The vectors, the object and the rows that are left of a deleted document are removed.
    FinishDelete,
    /// The ledger's row of an upload that stored nothing is removed.
    Forget,
    /// What is missing is done.
    Resume,
    /// Everything is computed again from the stored file.
    Reindex,
    /// The document is marked as failed, so that its state says what is wrong.
    MarkFailed,
    /// The product's row is written.
    WriteRow,
    /// The path of a file that is not there is removed from the product's row.
    ClearRow,
    /// Vectors are removed.
    DeleteVectors,
    /// The file becomes a document of the ledger and is indexed.
    Adopt,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// A dry run: this would be done.
    Planned,
    /// The stores agree again.
    Healed,
    /// A person must decide; this says what about.
    Left(String),
    /// No drift among the stores; this says why it is mentioned.
    Ignored(String),
    /// Somebody else is at it. The next run looks again.
    Busy,
    /// It could not be done. The next run tries again.
    Failed(Error),
}

impl Resolution {
    /// Its name, such as `healed`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Healed => "healed",
            Self::Left(_) => "left",
            Self::Ignored(_) => "ignored",
            Self::Busy => "busy",
            Self::Failed(_) => "failed",
        }
    }
}

/// One drift that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How the stores disagree.
    pub drift: Drift,
    /// What it is about.
    pub subject: Subject,
    /// What is done about it.
    pub action: Action,
    /// What came of it.
    pub resolution: Resolution,
}

/// What a finding is about, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Whose it is.
    pub relationship_id: Option<String>,
    /// The document's id in the ledger.
    pub document_id: Option<String>,
    /// The object's key.
    pub key: Option<String>,
}

impl From<&DocumentRef> for Subject {
    fn from(document: &DocumentRef) -> Self {
        Self {
            relationship_id: Some(document.relationship().to_string()),
            document_id: Some(document.document_id().to_string()),
            key: Some(document.key().into()),
        }
    }
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LookedAt {
    /// Rows of the ledger.
    pub documents: u64,
    /// Objects.
    pub objects: u64,
    /// Rows of the product's tables.
    pub rows: u64,
    /// Vectors, by their ids.
    pub vectors: u64,
    /// Idempotency keys, only those that ran out: they are removed.
    pub keys: u64,
    /// Of all these, what was left alone because it may belong to a request that still runs.
    pub recent: u64,
}

impl LookedAt {
    pub(super) const fn total(&self) -> u64 {
        self.documents + self.objects + self.rows + self.vectors + self.keys
    }
}

/// One page of a reconciliation.
#[derive(Clone, Debug, PartialEq)]
pub struct ReconcilePage {
    /// What disagreed, in the order in which it was found.
    pub findings: Vec<Finding>,
    /// How much was looked at.
    pub looked_at: LookedAt,
    /// How much of the whole is done, 0 to 1: an estimate.
    pub progress: f64,
    /// Where the next page starts; `None` when everything was looked at.
    pub next: Option<String>,
}
