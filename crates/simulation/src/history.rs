//! What clients asked for and what they were told, and whether one can be true with the other.
//!
//! A write may have taken effect at any moment between its beginning and its end, and one whose outcome nobody knows at any moment from its beginning on. A
//! reader may be given what such an order explains, and nothing else.

use crate::clients::{Answer, Operation};
use crate::library::{Doc, Label, Version};

/// What an operation does to its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Write(Version),
    Delete,
    /// Must leave it as it was for readers, whatever it does to make it whole.
    Mend,
    Look,
}

/// What is known of an operation's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nothing,
    /// Stored, indexed, and acknowledged so: the document with this version.
    Complete(Version),
    /// Stored, and acknowledged so.
    Stored,
    Deleted,
}

struct Entry {
    /// `None`: any.
    doc: Option<Doc>,
    effect: Effect,
    begun: u64,
    ended: Option<u64>,
    known: Known,
}

/// All operations so far, by their number.
#[derive(Default)]
pub(crate) struct History(Vec<Entry>);

/// A promise that was broken: its number in `docs/simulation.md`, and how.
pub(crate) type Breach = (&'static str, String);

impl History {
    /// The number that the next operation gets.
    pub(crate) fn next(&self) -> usize {
        self.0.len()
    }

    /// An operation begins.
    pub(crate) fn begin(&mut self, operation: Operation, moment: u64) {
        let effect = match operation {
            Operation::Upload { version, breaks_off: false, .. } => Effect::Write(version),
            Operation::Generate { .. } => Effect::Write(Version::Generation(self.next())),
            Operation::Delete { .. } => Effect::Delete,
            Operation::Upload { .. } | Operation::Resume { .. } | Operation::Reconcile { .. } => Effect::Mend,
            Operation::Read { .. } | Operation::Search { .. } => Effect::Look,
        };
        self.0.push(Entry {
            doc: operation.doc(),
            effect,
            begun: moment,
            ended: None,
            known: Known::Nothing,
        });
    }

    /// An operation ends without an answer.
    pub(crate) fn lose(&mut self, number: usize, moment: u64) {
        self.0[number].ended = Some(moment);
    }

    /// An operation ends with an answer, which is held to all that is known. `content` gives the bytes of a hash.
    pub(crate) fn end(
        &mut self,
        number: usize,
        operation: Operation,
        answer: &Answer,
        moment: u64,
        content: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<(), Breach> {
        self.0[number].ended = Some(moment);
        match answer {
            Answer::Complete { sha256, unchanged } => {
                let (Some(doc), Some(bytes)) = (operation.doc(), sha256.as_deref().and_then(content)) else {
                    return Err(("I1", "what was acknowledged as complete was never stored".to_owned()));
                };
                let version = version_of(doc, &bytes)?;
                match (operation, self.0[number].effect) {
                    (Operation::Upload { .. }, Effect::Write(own)) if own != version => {
                        let (own, other) = (doc.label(own), doc.label(version));
                        return Err(("I1", format!("{own} was sent, and {other} acknowledged")));
                    }
                    // What was there already was looked at, not written.
                    (Operation::Generate { .. }, _) if *unchanged => self.0[number].effect = Effect::Mend,
                    _ => {}
                }
                self.0[number].known = Known::Complete(version);
            }
            Answer::Stored => self.0[number].known = Known::Stored,
            Answer::Deleted => self.0[number].known = Known::Deleted,
            Answer::File(file) => {
                let Some(doc) = operation.doc() else { return Ok(()) };
                let version = file.as_deref().map(|bytes| version_of(doc, bytes)).transpose()?;
                self.explain_file(number, doc, version)?;
            }
            Answer::Reconciled => {}
            Answer::Found(passages) => self.explain_search(number, operation, passages)?,
            Answer::Failed(error) => {
                refusals(operation, error)?;
                if matches!(error.code(), "invalid" | "too-large") {
                    self.0[number].effect = Effect::Mend;
                }
            }
        }
        Ok(())
    }

    /// A file may be what the newest acknowledged write or delete left, or what one left that may have come after it.
    fn explain_file(&self, number: usize, doc: Doc, version: Option<Version>) -> Result<(), Breach> {
        let settled = |entry: &Entry| match (entry.known, entry.effect) {
            (Known::Complete(version), _) | (Known::Stored, Effect::Write(version)) => Some(Some(version)),
            (Known::Deleted, _) => Some(None),
            _ => None,
        };
        if self.explains(number, doc, version, settled) {
            return Ok(());
        }
        Err(match version {
            None => ("I1", format!("{doc} was acknowledged and is not there")),
            Some(version) => {
                ("I2", format!("{} was read after what replaced or deleted it", doc.label(version)))
            }
        })
    }

    /// A passage may be of what was last acknowledged as complete, and of nothing that was deleted.
    fn explain_search(
        &self,
        number: usize,
        operation: Operation,
        passages: &[(String, String)],
    ) -> Result<(), Breach> {
        let settled = |entry: &Entry| match entry.known {
            Known::Complete(version) => Some(Some(version)),
            Known::Deleted => Some(None),
            _ => None,
        };
        let Some(relationship) = operation.relationship() else { return Ok(()) };
        for doc in Doc::all() {
            let id = doc.reference().document_id();
            let mut texts: Vec<&str> = passages
                .iter()
                .filter(|(document, _)| document == id.as_str())
                .map(|(_, text)| text.as_str())
                .collect();
            texts.sort_unstable();
            let mut labels: Vec<Label> = texts.iter().flat_map(|text| Label::find_all(text)).collect();
            labels.dedup();
            if doc.relationship != relationship {
                if !texts.is_empty() {
                    return Err(("I5", format!("a search of {relationship} found {texts:?}")));
                }
                continue;
            }
            let found = match labels.as_slice() {
                [] => None,
                [label] if label.doc == doc => Some(label.version),
                _ => return Err(("I3", format!("a search showed {texts:?} as one document, {doc}"))),
            };
            if let Some(version) = found
                && !self.explains(number, doc, found, settled)
            {
                let label = doc.label(version);
                return Err(("I2", format!("{label} was found after what replaced or deleted it")));
            }
            let searched = operation.doc().is_none_or(|only| only == doc);
            if let (true, Some(expected)) = (searched, self.undisturbed(number, doc)) {
                let label = doc.label(expected);
                let mut passages = label.passages();
                passages.sort_unstable();
                if texts != passages {
                    return Err(("I6", format!("{label} is complete, and of it a search found {texts:?}")));
                }
            }
        }
        Ok(())
    }

    /// Whether some order of the operations lets a reader see this version, or with `None` nothing. `settled` gives what an acknowledged operation left.
    fn explains(
        &self,
        reader: usize,
        doc: Doc,
        version: Option<Version>,
        settled: impl Fn(&Entry) -> Option<Option<Version>>,
    ) -> bool {
        let reader = &self.0[reader];
        let of_doc = || self.0.iter().filter(|entry| entry.doc == Some(doc));
        // What was surely over before the reader began, and had surely begun after `moment`.
        let replaced_after = |moment: u64| {
            of_doc().any(|entry| {
                settled(entry).is_some_and(|left| left != version)
                    && entry.begun > moment
                    && entry.ended.is_some_and(|ended| ended < reader.begun)
            })
        };
        let never_written = version.is_none() && !replaced_after(0);
        let writers = of_doc().filter(|entry| match (entry.effect, version) {
            (Effect::Write(written), Some(version)) => written == version,
            (Effect::Delete, None) => true,
            (Effect::Mend, None) => entry.known == Known::Deleted,
            _ => false,
        });
        never_written
            || writers.filter(|entry| reader.ended.is_none_or(|ended| entry.begun < ended)).any(|entry| {
                match entry.ended {
                    None => true,
                    Some(ended) if entry.known == Known::Nothing => {
                        !self.is_past(doc, entry, ended, reader, &settled)
                    }
                    Some(ended) => !replaced_after(ended),
                }
            })
    }

    /// Whether what a writer that is over without an answer has sent can no longer take effect. It replaces only what its sender has seen: not a version that
    /// was acknowledged later and is new, unless that has given way again to what was there before, or to nothing.
    fn is_past(
        &self,
        doc: Doc,
        writer: &Entry,
        over: u64,
        reader: &Entry,
        settled: impl Fn(&Entry) -> Option<Option<Version>>,
    ) -> bool {
        let of_doc = || self.0.iter().filter(|entry| entry.doc == Some(doc) && entry.effect != Effect::Look);
        let is_new = |version: Version| {
            of_doc().all(|entry| entry.effect != Effect::Write(version) || entry.begun > over)
        };
        of_doc().any(|newer| {
            let acknowledged = settled(newer).is_some()
                && newer.begun > over
                && newer.ended.is_some_and(|ended| ended < reader.begun);
            let Effect::Write(version) = newer.effect else { return false };
            let gives_way = |entry: &Entry| match entry.effect {
                Effect::Write(version) => !is_new(version),
                _ => true,
            };
            acknowledged
                && writer.effect != newer.effect
                && is_new(version)
                && !of_doc().any(|entry| {
                    let may_be_later = match (entry.known, entry.ended) {
                        (Known::Nothing, _) | (_, None) => true,
                        (_, Some(ended)) => ended > newer.begun,
                    };
                    !std::ptr::eq(entry, writer) && may_be_later && gives_way(entry)
                })
        })
    }

    /// The version that was acknowledged as complete, when nothing else has been done to the document since that began.
    fn undisturbed(&self, reader: usize, doc: Doc) -> Option<Version> {
        let reader = &self.0[reader];
        let complete = self.0.iter().filter_map(|entry| match entry.known {
            Known::Complete(version) if entry.doc == Some(doc) => Some((entry, version)),
            _ => None,
        });
        let (newest, version) = complete.max_by_key(|(entry, _)| entry.ended)?;
        let before = newest.ended.is_some_and(|ended| ended < reader.begun);
        let alone = self.0.iter().all(|entry| {
            std::ptr::eq(entry, newest)
                || entry.effect == Effect::Look
                || entry.doc.is_some_and(|other| other != doc)
                || entry.ended.is_some_and(|ended| ended < newest.begun)
        });
        (before && alone).then_some(version)
    }
}

/// The version whose bytes these are.
fn version_of(doc: Doc, bytes: &[u8]) -> Result<Version, Breach> {
    let labels = Label::find_all(&String::from_utf8_lossy(bytes));
    match labels.first() {
        Some(label) if label.doc.relationship != doc.relationship => {
            Err(("I5", format!("{doc} holds {label}")))
        }
        Some(label)
            if label.doc == doc
                && labels.iter().all(|other| other == label)
                && (doc.is_generated() || bytes == label.file()) =>
        {
            Ok(label.version)
        }
        _ => Err(("I1", format!("{doc} holds what was never sent: {}", String::from_utf8_lossy(bytes)))),
    }
}

/// Clients send nothing that breaks a rule but what is said to: any other such answer is a mistake of the flows.
fn refusals(operation: Operation, error: &pipeline::Error) -> Result<(), Breach> {
    let unreadable = matches!(operation, Operation::Upload { version: Version::Unreadable, .. });
    match error.code() {
        "invalid" | "too-large" if !unreadable => Err(("contract", error.to_string())),
        _ => Ok(()),
    }
}
