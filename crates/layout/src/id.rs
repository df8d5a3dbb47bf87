use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The longest id, in bytes.
pub const MAX_ID_BYTES: usize = 128;

/// Which id an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdName {
    /// A [`RelationshipId`].
    Relationship,
    /// A [`ConflictId`].
    Conflict,
    /// A [`PdfId`].
    Pdf,
    /// A [`Partner`].
    Partner,
    /// A [`DocumentId`](crate::DocumentId).
    Document,
}

impl IdName {
    /// Its name in messages, such as `relationship`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relationship => "relationship",
            Self::Conflict => "conflict",
            Self::Pdf => "pdf",
            Self::Partner => "partner",
            Self::Document => "document",
        }
    }

    const fn rule(self) -> &'static str {
        match self {
            Self::Partner => "it is partner_a or partner_b",
            Self::Document => "its 36 characters are hexadecimal digits and four hyphens",
            _ => {
                "it is 1 to 128 ASCII letters, digits, '-', '_' and '.', each '.' single and between two others"
            }
        }
    }
}

/// What is wrong with an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IdProblem {
    /// It has no characters.
    #[error("is empty")]
    Empty,
    /// It is longer than [`MAX_ID_BYTES`].
    #[error("has {0} bytes, too many")]
    TooLong(
        /// Bytes found.
        usize,
    ),
    /// It holds a character that no id may hold.
    #[error("holds {found:?} at byte {at}")]
    Character {
        /// The character.
        found: char,
        /// Where it starts, in bytes from 0.
        at: usize,
    },
    /// A dot at the start, at the end or beside another: such ids read like `.`, `..` or a hidden file.
    #[error("has a '.' out of place at byte {0}")]
    Dot(
        /// Where, in bytes from 0.
        usize,
    ),
    /// It is not one of the names there are.
    #[error("is not one of the two there are")]
    Unknown,
    /// It does not have the form of a UUID.
    #[error("is not a UUID")]
    NotUuid,
}

/// Why a string is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the {} id {problem}; {}", name.as_str(), name.rule())]
pub struct IdError {
    /// Which id.
    pub name: IdName,
    /// What is wrong with it.
    pub problem: IdProblem,
}

fn check(id: &str) -> Result<(), IdProblem> {
    if id.is_empty() {
        return Err(IdProblem::Empty);
    }
    if id.len() > MAX_ID_BYTES {
        return Err(IdProblem::TooLong(id.len()));
    }
    // A dot before the first character counts as one, so that a leading dot is a double one.
    let mut after_dot = true;
    for (at, found) in id.char_indices() {
        match found {
            '.' if after_dot || at + 1 == id.len() => return Err(IdProblem::Dot(at)),
            '.' => after_dot = true,
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => after_dot = false,
            _ => return Err(IdProblem::Character { found, at }),
        }
    }
    Ok(())
}

macro_rules! id {
    ($name:ident, $id_name:expr, $doc:literal) => {
        #[doc = $doc]
        ///
        /// 1 to 128 ASCII letters, digits, `-`, `_` and `.`, each `.` single and between two others: UUIDs, numbers and slugs fit, and every id
        /// stands as it is for one segment of a key, a URL and a vector's id. Upper and lower case differ. Made by
        /// [`str::parse`], which fails with an [`IdError`].
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The id as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(id: &str) -> Result<Self, IdError> {
                check(id).map_err(|problem| IdError { name: $id_name, problem })?;
                Ok(Self(id.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(RelationshipId, IdName::Relationship, "Whose a document is: the tenant.");
id!(
    ConflictId,
    IdName::Conflict,
    "A conflict, which has one transcript, one analysis and a repair plan for each partner."
);
id!(PdfId, IdName::Pdf, "A profile's or handbook's PDF.");

/// One of the two people of a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partner {
    /// `partner_a`.
    A,
    /// `partner_b`.
    B,
}

impl Partner {
    /// Both.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// The partner's id: `partner_a` or `partner_b`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "partner_a",
            Self::B => "partner_b",
        }
    }
}

impl fmt::Display for Partner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Partner {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        let error = IdError { name: IdName::Partner, problem: IdProblem::Unknown };
        Self::ALL.into_iter().find(|partner| partner.as_str() == id).ok_or(error)
    }
}
