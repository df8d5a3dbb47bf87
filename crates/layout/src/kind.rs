use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::RelationshipId;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// What was said in a conflict: JSON.
    Transcript,
    /// A partner's profile: PDF.
    Profile,
    /// A handbook to work by: PDF.
    Handbook,
    /// The analysis of a conflict: JSON.
    Analysis,
    /// One partner's repair plan for a conflict: JSON.
    RepairPlan,
}

/// A name that is no kind's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "there is no such kind of document; the kinds are transcript, profile, handbook, analysis and repair-plan"
)]
pub struct UnknownKind;

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Transcript, Self::Profile, Self::Handbook, Self::Analysis, Self::RepairPlan];

    /// The name in JSON and URLs, such as `repair-plan`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transcript => "transcript",
            Self::Profile => "profile",
            Self::Handbook => "handbook",
            Self::Analysis => "analysis",
            Self::RepairPlan => "repair-plan",
        }
    }

    /// The first segment of its keys, without a slash.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Transcript => "transcripts",
            Self::Profile => "profiles",
            Self::Handbook => "handbooks",
            Self::Analysis => "analysis",
            Self::RepairPlan => "repair_plans",
        }
    }

    /// What every key of this kind and relationship starts with, ending in `/`: what a listing asks for.
    #[must_use]
    pub fn key_prefix(self, relationship: &RelationshipId) -> String {
        format!("{}/{relationship}/", self.prefix())
    }

    /// The namespace of its vectors; repair plans have none, they are not searched. Handbooks lie with the profiles, as their rows do: a query for one of
    /// the two asks for the kind as well.
    #[must_use]
    pub const fn namespace(self) -> Option<&'static str> {
        match self {
            Self::RepairPlan => None,
            Self::Profile | Self::Handbook => Some("profiles"),
            Self::Transcript => Some("transcripts"),
            Self::Analysis => Some("analysis"),
        }
    }

    /// The media type of its file.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Profile | Self::Handbook => "application/pdf",
            Self::Transcript | Self::Analysis | Self::RepairPlan => "application/json",
        }
    }

    /// The table whose row holds its path.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Transcript => "conflicts",
            Self::Profile | Self::Handbook => "profiles",
            Self::Analysis => "conflict_analysis",
            Self::RepairPlan => "repair_plans",
        }
    }

    /// The column of [`Kind::table`] that holds its path.
    #[must_use]
    pub const fn path_column(self) -> &'static str {
        match self {
            Self::Transcript => "transcript_path",
            Self::Profile | Self::Handbook => "file_path",
            Self::Analysis => "analysis_path",
            Self::RepairPlan => "plan_path",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or(UnknownKind)
    }
}
