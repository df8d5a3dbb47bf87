use layout::RelationshipId;

use super::Operation;

/// What is done with a relationship's documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Reading and searching them.
    Read,
    /// Storing, generating and removing them.
    Write,
}

/// Who may do an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'o> {
    /// Anyone: it tells nothing of any relationship.
    Anyone,
    /// Who holds the signed URL that the request was sent to: it was made for someone who may, and grants one method on one file.
    SignedUrl,
    /// Who has this permission in the relationship.
    Relationship(&'o RelationshipId, Permission),
    /// Who has this permission in the relationship of the file that the request names by a path, in its query or its body. That path must be
    /// read, by [`layout::Location`], and its relationship checked before anything else is done with it.
    File(Permission),
    /// Who operates the service.
    Operator,
}

impl Operation {
    /// Who may do it. A new operation does not compile before it is decided here.
    #[must_use]
    pub const fn access(&self) -> Access<'_> {
        use Permission::{Read, Write};
        match self {
            Self::UploadProfile { relationship }
            | Self::PutProfile { relationship, .. }
            | Self::UploadHandbook { relationship }
            | Self::PutHandbook { relationship, .. }
            | Self::PutTranscript { relationship, .. }
            | Self::DeleteTranscript { relationship, .. }
            | Self::GenerateAnalysis { relationship, .. }
            | Self::DeleteAnalysis { relationship, .. }
            | Self::GenerateRepairPlan { relationship, .. }
            | Self::DeleteRepairPlan { relationship, .. }
            | Self::DeleteDocument { relationship, .. }
            | Self::ResumeDocument { relationship, .. } => Access::Relationship(relationship, Write),
            Self::GetTranscript { relationship, .. }
            | Self::GetAnalysis { relationship, .. }
            | Self::GetRepairPlan { relationship, .. }
            | Self::ListDocuments { relationship }
            | Self::GetDocument { relationship, .. }
            | Self::Search { relationship } => Access::Relationship(relationship, Read),
            // A URL to write with takes more, once the body has said so.
            Self::GetFile | Self::SignFileUrl => Access::File(Read),
            Self::PutFile | Self::DeleteFile => Access::File(Write),
            Self::GetPresigned { .. } | Self::PutPresigned { .. } => Access::SignedUrl,
            Self::Health | Self::Ready | Self::OpenApi | Self::Schema { .. } => Access::Anyone,
            Self::Doctor | Self::Reconcile | Self::MigrateStoragePaths => Access::Operator,
        }
    }

    /// The relationship in the path, for the operations that have one there.
    #[must_use]
    pub const fn relationship(&self) -> Option<&RelationshipId> {
        match self.access() {
            Access::Relationship(relationship, _) => Some(relationship),
            _ => None,
        }
    }
}
