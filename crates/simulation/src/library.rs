//! What clients store: few documents, in few versions, each of which says in every passage what it is.
//!
//! A [`Label`] such as `ours:handbook:v2` is in every text of that version and in no other, so that bytes and passages tell where they are from.

use std::fmt;

use layout::{DocumentRef, Partner, RelationshipId};
use pipeline::stages::{Call, GenerationRequest};
use serde_json::{Value, json};

use crate::pdf;

/// Two relationships, so that one can be told what is the other's.
pub(crate) const RELATIONSHIPS: [&str; 2] = ["ours", "theirs"];
const NAMES: [&str; 6] = ["profile", "handbook", "transcript", "analysis", "plan_a", "plan_b"];

/// One of the documents that clients work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Doc {
    pub(crate) relationship: &'static str,
    pub(crate) name: &'static str,
}

impl Doc {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        RELATIONSHIPS.into_iter().flat_map(|relationship| NAMES.map(|name| Self { relationship, name }))
    }

    pub(crate) fn reference(self) -> DocumentRef {
        // All of these are ids.
        fn id<T: std::str::FromStr<Err: fmt::Debug>>(text: &str) -> T {
            text.parse().expect("an id")
        }
        let relationship = relationship_id(self.relationship);
        match self.name {
            "profile" => DocumentRef::Profile { relationship, pdf: id("p") },
            "handbook" => DocumentRef::Handbook { relationship, pdf: id("h") },
            "transcript" => DocumentRef::Transcript { relationship, conflict: id("c") },
            "analysis" => DocumentRef::Analysis { relationship, conflict: id("c") },
            name => DocumentRef::RepairPlan {
                relationship,
                conflict: id("c"),
                partner: if name == "plan_a" { Partner::A } else { Partner::B },
            },
        }
    }

    pub(crate) fn of(reference: &DocumentRef) -> Option<Self> {
        Self::all().find(|doc| doc.reference() == *reference)
    }

    /// Whether a generator writes it, from what is stored.
    pub(crate) fn is_generated(self) -> bool {
        matches!(self.name, "analysis" | "plan_a" | "plan_b")
    }

    pub(crate) fn is_pdf(self) -> bool {
        matches!(self.name, "profile" | "handbook")
    }

    pub(crate) fn label(self, version: Version) -> Label {
        Label { doc: self, version }
    }
}

impl fmt::Display for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.relationship, self.name)
    }
}

pub(crate) fn relationship_id(name: &str) -> RelationshipId {
    name.parse().expect("an id")
}

/// One content of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// What a client uploads: the same bytes whoever does.
    Upload(usize),
    /// What a client uploads and no extractor can read.
    Unreadable,
    /// What a generator wrote for this operation.
    Generation(usize),
}

/// A version of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Label {
    pub(crate) doc: Doc,
    pub(crate) version: Version,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Version::Upload(n) => write!(f, "{}:v{n}", self.doc),
            Version::Unreadable => write!(f, "{}:x0", self.doc),
            Version::Generation(n) => write!(f, "{}:g{n}", self.doc),
        }
    }
}

impl Label {
    /// The labels in a text or a file, in their order.
    pub(crate) fn find_all(text: &str) -> Vec<Self> {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || ":_".contains(c)));
        words.filter_map(Self::parse).collect()
    }

    fn parse(word: &str) -> Option<Self> {
        let mut parts = word.split(':');
        let (Some(relationship), Some(name), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let doc = Doc::all().find(|doc| doc.relationship == relationship && doc.name == name)?;
        let number = version.get(1..)?.parse().ok()?;
        let version = match version.get(..1)? {
            "v" => Version::Upload(number),
            "x" => Version::Unreadable,
            "g" => Version::Generation(number),
            _ => return None,
        };
        Some(Self { doc, version })
    }

    /// The passages by which the document is found.
    pub(crate) fn passages(self) -> Vec<String> {
        match (self.doc.name, self.version) {
            ("plan_a" | "plan_b", _) => Vec::new(),
            ("analysis", _) => {
                ["partner_a", "partner_b", "summary"].map(|section| format!("{self} {section}\n")).to_vec()
            }
            // Two of the three versions have files of the same size.
            (_, Version::Upload(n)) => (0..=n % 2).map(|page| format!("{self} part {page}")).collect(),
            (_, Version::Unreadable | Version::Generation(_)) => Vec::new(),
        }
    }

    /// The file as a client uploads it.
    pub(crate) fn file(self) -> Vec<u8> {
        if self.version == Version::Unreadable {
            return pdf(&[format!("{self} ENCRYPTED")]);
        }
        if self.doc.is_pdf() {
            return pdf(&self.passages());
        }
        let segments =
            self.passages().into_iter().map(|text| json!({ "speaker": "partner_a", "text": text }));
        json!({ "segments": segments.collect::<Vec<_>>() }).to_string().into_bytes()
    }

    /// What is filed under the document's name when it is uploaded.
    pub(crate) fn filename(self) -> String {
        format!("{self}.pdf")
    }
}

/// The operation that a call is made for.
pub(crate) fn call(relationship: Option<&str>, operation: usize) -> Call {
    Call {
        traceparent: Some(operation.to_string()),
        relationship: relationship.map(str::to_owned),
        deadline_ms: u64::MAX,
        ..Call::default()
    }
}

/// What the generator writes: the document that is asked for, in this operation's version. It tells of what it was given that was not of the relationship.
pub(crate) fn write(call: &Call, request: &GenerationRequest, leak: impl Fn(String)) -> Value {
    let relationship = RELATIONSHIPS.into_iter().find(|name| call.relationship.as_deref() == Some(name));
    let operation = call.traceparent.as_deref().and_then(|operation| operation.parse().ok());
    let (Some(relationship), Some(operation)) = (relationship, operation) else { return Value::Null };
    for label in request.messages.iter().flat_map(|message| Label::find_all(&message.content)) {
        if label.doc.relationship != relationship {
            leak(format!("the generator was given {label} to write for {relationship}"));
        }
    }
    let version = Version::Generation(operation);
    if request.schema_name == "analysis" {
        let label = Doc { relationship, name: "analysis" }.label(version);
        let [summary, a, b] =
            ["summary", "partner_a", "partner_b"].map(|section| format!("{label} {section}"));
        let side = |perspective: String| json!({ "perspective": perspective, "feelings": [], "needs": [], "requests": [] });
        return json!({
            "summary": summary, "topics": [], "partner_a": side(a), "partner_b": side(b), "escalation_moments": [],
            "repair_moments": [], "shared_ground": [], "open_questions": [], "limitations": [],
        });
    }
    let for_a = request.messages.iter().any(|message| message.content.contains("repair plan for partner_a"));
    let (name, partner) = if for_a { ("plan_a", "partner_a") } else { ("plan_b", "partner_b") };
    let label = Doc { relationship, name }.label(version);
    json!({
        "for_partner": partner, "summary": label.to_string(), "what_i_heard": [], "steps": [], "things_to_avoid": [],
        "check_in": { "when": "", "questions": [] }, "safety_note": "", "limitations": [],
    })
}
