use std::fmt;

use thiserror::Error;

use crate::{Bucket, ConflictId, DocumentId, IdError, Kind, Partner, PdfId, RelationshipId};

/// Which document: its kind and the ids that name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentRef {
    /// A conflict's transcript.
    Transcript {
        /// Whose it is.
        relationship: RelationshipId,
        /// What it is about.
        conflict: ConflictId,
    },
    /// A profile.
    Profile {
        /// Whose it is.
        relationship: RelationshipId,
        /// Which of the relationship's PDFs.
        pdf: PdfId,
    },
    /// A handbook.
    Handbook {
        /// Whose it is.
        relationship: RelationshipId,
        /// Which of the relationship's PDFs.
        pdf: PdfId,
    },
    /// A conflict's analysis.
    Analysis {
        /// Whose it is.
        relationship: RelationshipId,
        /// What it is about.
        conflict: ConflictId,
    },
    /// One partner's repair plan for a conflict.
    RepairPlan {
        /// Whose it is.
        relationship: RelationshipId,
        /// What it is about.
        conflict: ConflictId,
        /// Whom it is for.
        partner: Partner,
    },
}

/// A key of the layout: `{prefix}/{relationship}/{name}`, at most 1,024 bytes, ASCII. Only [`DocumentRef::key`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The key as the object store knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.0
    }
}

/// Why a string is no key of the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// It does not have the form of any kind.
    #[error(
        "this is not a key of the bucket layout; keys look like transcripts/{{relationship}}/{{conflict}}.json, profiles/{{relationship}}/{{pdf}}.pdf, handbooks/{{relationship}}/{{pdf}}.pdf, analysis/{{relationship}}/{{conflict}}_analysis.json or repair_plans/{{relationship}}/{{conflict}}_repair_partner_a.json"
    )]
    NotInLayout,
    /// One of its ids is not an id.
    #[error("in the key, {0}")]
    Id(#[from] IdError),
}

impl DocumentRef {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Transcript { .. } => Kind::Transcript,
            Self::Profile { .. } => Kind::Profile,
            Self::Handbook { .. } => Kind::Handbook,
            Self::Analysis { .. } => Kind::Analysis,
            Self::RepairPlan { .. } => Kind::RepairPlan,
        }
    }

    /// Whose it is. Every caller that reads or writes the document checks this against what the user may see.
    #[must_use]
    pub const fn relationship(&self) -> &RelationshipId {
        match self {
            Self::Transcript { relationship, .. }
            | Self::Profile { relationship, .. }
            | Self::Handbook { relationship, .. }
            | Self::Analysis { relationship, .. }
            | Self::RepairPlan { relationship, .. } => relationship,
        }
    }

    /// The conflict it is about, for the kinds that have one.
    #[must_use]
    pub const fn conflict(&self) -> Option<&ConflictId> {
        match self {
            Self::Transcript { conflict, .. }
            | Self::Analysis { conflict, .. }
            | Self::RepairPlan { conflict, .. } => Some(conflict),
            Self::Profile { .. } | Self::Handbook { .. } => None,
        }
    }

    /// The PDF's id, for the kinds that have one.
    #[must_use]
    pub const fn pdf(&self) -> Option<&PdfId> {
        match self {
            Self::Profile { pdf, .. } | Self::Handbook { pdf, .. } => Some(pdf),
            _ => None,
        }
    }

    /// The partner it is for, for a repair plan.
    #[must_use]
    pub const fn partner(&self) -> Option<Partner> {
        match self {
            Self::RepairPlan { partner, .. } => Some(*partner),
            _ => None,
        }
    }

    /// Its object key.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        let folder = self.kind().key_prefix(self.relationship());
        ObjectKey(match self {
            Self::Transcript { conflict, .. } => format!("{folder}{conflict}.json"),
            Self::Profile { pdf, .. } | Self::Handbook { pdf, .. } => format!("{folder}{pdf}.pdf"),
            Self::Analysis { conflict, .. } => format!("{folder}{conflict}_analysis.json"),
            Self::RepairPlan { conflict, partner, .. } => format!("{folder}{conflict}_repair_{partner}.json"),
        })
    }

    /// The path that rows and answers hold: `s3://bucket/key`.
    #[must_use]
    pub fn stored_path(&self, bucket: &Bucket) -> String {
        format!("s3://{bucket}/{}", self.key())
    }

    /// The document that has this key. The key is taken as it stands: nothing is decoded, trimmed or normalised.
    ///
    /// # Errors
    /// When the string is not a key of the layout, or an id in it breaks the rules of ids.
    pub fn parse_key(key: &str) -> Result<Self, KeyError> {
        let mut segments = key.split('/');
        let (Some(prefix), Some(relationship), Some(name), None) =
            (segments.next(), segments.next(), segments.next(), segments.next())
        else {
            return Err(KeyError::NotInLayout);
        };
        let kind = Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix).ok_or(KeyError::NotInLayout)?;
        let stem = |suffix: &str| name.strip_suffix(suffix).ok_or(KeyError::NotInLayout);
        let relationship = relationship.parse()?;
        Ok(match kind {
            Kind::Transcript => Self::Transcript { relationship, conflict: stem(".json")?.parse()? },
            Kind::Profile => Self::Profile { relationship, pdf: stem(".pdf")?.parse()? },
            Kind::Handbook => Self::Handbook { relationship, pdf: stem(".pdf")?.parse()? },
            Kind::Analysis => Self::Analysis { relationship, conflict: stem("_analysis.json")?.parse()? },
            Kind::RepairPlan => {
                let (conflict, partner) = Partner::ALL
                    .into_iter()
                    .find_map(|p| Some((name.strip_suffix(&format!("_repair_{p}.json"))?, p)))
                    .ok_or(KeyError::NotInLayout)?;
                Self::RepairPlan { relationship, conflict: conflict.parse()?, partner }
            }
        })
    }

    /// Its id in the ledger, which its ids alone decide.
    #[must_use]
    pub fn document_id(&self) -> DocumentId {
        self.into()
    }
}
