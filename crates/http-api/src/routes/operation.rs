use layout::{ConflictId, DocumentId, Partner, PdfId, RelationshipId};

use super::{Access, Permission};

/// What a request asks for, with its path's parameters checked. One case an operation of the API's description.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the path's parameters and have documented types")]
pub enum Operation {
    /// Store a profile under a new id.
    UploadProfile { relationship: RelationshipId },
    /// Store a profile under an id of the caller's.
    PutProfile { relationship: RelationshipId, pdf: PdfId },
    /// Store a handbook under a new id.
    UploadHandbook { relationship: RelationshipId },
    /// Store a handbook under an id of the caller's.
    PutHandbook { relationship: RelationshipId, pdf: PdfId },
    /// Store a conflict's transcript.
    PutTranscript { relationship: RelationshipId, conflict: ConflictId },
    /// Read a conflict's transcript.
    GetTranscript { relationship: RelationshipId, conflict: ConflictId },
    /// Remove a conflict's transcript.
    DeleteTranscript { relationship: RelationshipId, conflict: ConflictId },
    /// Generate a conflict's analysis.
    GenerateAnalysis { relationship: RelationshipId, conflict: ConflictId },
    /// Read a conflict's analysis.
    GetAnalysis { relationship: RelationshipId, conflict: ConflictId },
    /// Remove a conflict's analysis.
    DeleteAnalysis { relationship: RelationshipId, conflict: ConflictId },
    /// Generate one partner's repair plan.
    GenerateRepairPlan { relationship: RelationshipId, conflict: ConflictId, partner: Partner },
    /// Read one partner's repair plan.
    GetRepairPlan { relationship: RelationshipId, conflict: ConflictId, partner: Partner },
    /// Remove one partner's repair plan.
    DeleteRepairPlan { relationship: RelationshipId, conflict: ConflictId, partner: Partner },
    /// List a relationship's documents.
    ListDocuments { relationship: RelationshipId },
    /// Read what the ledger says of a document.
    GetDocument { relationship: RelationshipId, document: DocumentId },
    /// Remove a document with its file, row and vectors.
    DeleteDocument { relationship: RelationshipId, document: DocumentId },
    /// Run what a document's indexing still lacks.
    ResumeDocument { relationship: RelationshipId, document: DocumentId },
    /// Find and heal what the stores disagree on. Whose is in the body.
    Reconcile,
    /// Bring files over from Supabase Storage, and say in their rows where they are now. Whose is in the body.
    MigrateStoragePaths,
    /// Find passages.
    Search { relationship: RelationshipId },
    /// Read a file by the path in the query.
    GetFile,
    /// Store a file under the path in the query.
    PutFile,
    /// Remove the file at the path in the query.
    DeleteFile,
    /// Make a signed URL for a file.
    SignFileUrl,
    /// Read a file by a URL that the local store signed. `key` is not to be trusted before the signature is checked.
    GetPresigned { key: String },
    /// Store a file by a URL that the local store signed. `key` is not to be trusted before the signature is checked.
    PutPresigned { key: String },
    /// Is the process alive?
    Health,
    /// Can it work?
    Ready,
    /// Does every stage work?
    Doctor,
    /// The API's description.
    OpenApi,
    /// A published JSON Schema. `name` is any text: look it up, never open it as a path.
    Schema { name: String },
}

impl Operation {
    /// Whether it leads a document through the stages, so that it can report each stage that is done while it runs.
    #[must_use]
    pub const fn reports_progress(&self) -> bool {
        matches!(
            self,
            Self::UploadProfile { .. }
                | Self::PutProfile { .. }
                | Self::UploadHandbook { .. }
                | Self::PutHandbook { .. }
                | Self::PutTranscript { .. }
                | Self::GenerateAnalysis { .. }
                | Self::GenerateRepairPlan { .. }
                | Self::ResumeDocument { .. }
        )
    }

    /// The relationship in which an `Idempotency-Key` counts; `None` where none is looked at. Every operation that changes a relationship's documents takes one.
    /// Those on files take preconditions, those on signed URLs are nobody's, reconcile may be repeated at any time, and the rest changes nothing.
    #[must_use]
    pub const fn keyed_in(&self) -> Option<&RelationshipId> {
        match self.access() {
            Access::Relationship(relationship, Permission::Write) => Some(relationship),
            _ => None,
        }
    }

    /// The relationship whose work it is, where it keeps the stages busy: what leads a document through them, and a search. Reading and removing what is
    /// stored is no such work.
    #[must_use]
    pub const fn works_for(&self) -> Option<&RelationshipId> {
        if self.reports_progress() || matches!(self, Self::Search { .. }) {
            self.relationship()
        } else {
            None
        }
    }

    /// Whether its answer depends on what an operator sets. What the service says of itself does not, so that a wrong setting does not make it look dead.
    #[must_use]
    pub const fn needs_settings(&self) -> bool {
        !matches!(self, Self::Health | Self::OpenApi | Self::Schema { .. })
    }
}
