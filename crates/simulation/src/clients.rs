//! What clients do, and what they hear.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use layout::{Kind, Partner};
use pipeline::stages::{GetOptions, Stages};
use pipeline::{
    ByteStream, Durability, Environment, Error, Outcome, PdfUpload, Pipeline, ReconcileRequest, Result,
    SearchRequest, collect,
};

use crate::engine::Engine;
use crate::library::{Doc, Label, Version, call, relationship_id};

/// One request of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    /// When it breaks off, the sender hangs up in the middle.
    Upload {
        doc: Doc,
        version: Version,
        breaks_off: bool,
    },
    Generate {
        doc: Doc,
        again: bool,
    },
    Delete {
        doc: Doc,
    },
    Resume {
        doc: Doc,
    },
    Read {
        doc: Doc,
    },
    /// Of everything, or of one document.
    Search {
        relationship: &'static str,
        doc: Option<Doc>,
    },
    /// Of one relationship, or of everything.
    Reconcile {
        relationship: Option<&'static str>,
    },
}

/// What a client hears.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The document is complete.
    Complete {
        sha256: Option<String>,
        unchanged: bool,
    },
    /// Its file is safe, the rest is not done.
    Stored,
    Deleted,
    File(Option<Vec<u8>>),
    /// Document ids and passages.
    Found(Vec<(String, String)>),
    Reconciled,
    Failed(Error),
}

impl Operation {
    /// What a client does next, mostly with one of `favourites`.
    pub(crate) fn draw(engine: &Engine, favourites: &[Doc]) -> Self {
        let doc = if engine.happens(850) {
            engine.one_of(favourites)
        } else {
            engine.one_of(&Doc::all().collect::<Vec<_>>())
        };
        match engine.between(0..=99) {
            0..=44 if doc.is_generated() => Self::Generate { doc, again: engine.happens(300) },
            0..=44 => {
                let version = match engine.between(0..=19) {
                    0 => Version::Unreadable,
                    n => Version::Upload((n % 3) as usize + 1),
                };
                Self::Upload { doc, version, breaks_off: engine.happens(50) }
            }
            45..=57 => Self::Delete { doc },
            58..=69 => Self::Resume { doc },
            70..=79 => Self::Read { doc },
            80..=91 => Self::Search { relationship: doc.relationship, doc: None },
            92..=96 => Self::Search { relationship: doc.relationship, doc: Some(doc) },
            97 => Self::Reconcile { relationship: Some(doc.relationship) },
            _ => Self::Reconcile { relationship: None },
        }
    }

    pub(crate) fn doc(self) -> Option<Doc> {
        match self {
            Self::Upload { doc, .. }
            | Self::Generate { doc, .. }
            | Self::Delete { doc }
            | Self::Resume { doc }
            | Self::Read { doc } => Some(doc),
            Self::Search { doc, .. } => doc,
            Self::Reconcile { .. } => None,
        }
    }

    /// Whose data it may be told; `None` for an operator, who may be told all.
    pub(crate) fn relationship(self) -> Option<&'static str> {
        match self {
            Self::Search { relationship, .. } => Some(relationship),
            Self::Reconcile { relationship } => relationship,
            other => other.doc().map(|doc| doc.relationship),
        }
    }
}

/// Sends a client's request through the flows, as the gateway does.
pub(crate) async fn perform<S: Stages, E: Environment>(
    pipeline: &Pipeline<S, E>,
    number: usize,
    operation: Operation,
) -> Answer {
    attempt(pipeline, number, operation).await.unwrap_or_else(Answer::Failed)
}

async fn attempt<S: Stages, E: Environment>(
    pipeline: &Pipeline<S, E>,
    number: usize,
    operation: Operation,
) -> Result<Answer> {
    let call = &call(operation.relationship(), number);
    match operation {
        Operation::Upload { doc, version, breaks_off } => {
            let label = doc.label(version);
            let (bytes, body) = upload(label, breaks_off);
            let reference = doc.reference();
            if !doc.is_pdf() {
                return pipeline.put_transcript(call, &reference, body).await.map(outcome);
            }
            let about_a = version == Version::Upload(1);
            let partner = (doc.name == "profile").then_some(if about_a { Partner::A } else { Partner::B });
            let filename = Some(label.filename());
            let upload = PdfUpload { body, size: Some(bytes), filename, partner };
            pipeline.put_pdf(call, &reference, upload).await.map(outcome)
        }
        Operation::Generate { doc, again } => {
            let (relationship, reference) = (relationship_id(doc.relationship), doc.reference());
            let Some(conflict) = reference.conflict() else { return Err(Error::invalid("Not generated.")) };
            match reference.partner() {
                None => pipeline.analyse(call, &relationship, conflict, again).await,
                Some(partner) => pipeline.plan_repair(call, &relationship, conflict, partner, again).await,
            }
            .map(outcome)
        }
        Operation::Delete { doc } => {
            pipeline.delete(call, &doc.reference()).await?;
            Ok(Answer::Deleted)
        }
        Operation::Resume { doc } => {
            let (relationship, id) = (relationship_id(doc.relationship), doc.reference().document_id());
            let document = pipeline.document(call, &relationship, &id).await?;
            Ok(pipeline.resume(call, document).await?.map_or(Answer::Deleted, outcome))
        }
        Operation::Read { doc } => {
            match pipeline.get_file(call, &doc.reference(), GetOptions::default()).await {
                Ok(object) => Ok(Answer::File(Some(collect(object.body, 1 << 20, "The file").await?))),
                Err(error) if error.code() == "not-found" => Ok(Answer::File(None)),
                Err(error) => Err(error),
            }
        }
        Operation::Search { relationship, doc } => {
            let request = SearchRequest {
                query: format!("{relationship} part"),
                kinds: doc.map_or_else(|| Kind::ALL.to_vec(), |doc| vec![doc.reference().kind()]),
                limit: pipeline.settings().max_search_limit,
                document_id: doc.map(|doc| doc.reference().document_id().to_string()),
                ..SearchRequest::default()
            };
            let found = pipeline.search(call, &relationship_id(relationship), request).await?;
            let passages = found.passages.into_iter().map(|passage| (passage.document.id, passage.text));
            Ok(Answer::Found(passages.collect()))
        }
        Operation::Reconcile { relationship } => {
            let mut request = ReconcileRequest {
                relationship: relationship.map(relationship_id),
                dry_run: false,
                limit: 5,
                cursor: None,
            };
            loop {
                request.cursor = pipeline.reconcile(call, &request).await?.next;
                if request.cursor.is_none() {
                    return Ok(Answer::Reconciled);
                }
            }
        }
    }
}

fn outcome(outcome: Outcome) -> Answer {
    let sha256 = outcome.document.sha256;
    match outcome.durability {
        Durability::Complete => Answer::Complete { sha256, unchanged: outcome.unchanged },
        Durability::Stored { .. } => Answer::Stored,
    }
}

/// The body of an upload, and how many bytes it is said to have.
fn upload(label: Label, breaks_off: bool) -> (u64, ByteStream) {
    let bytes = label.file();
    let mut chunks: Vec<_> = bytes.chunks(40).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    if breaks_off {
        chunks.truncate(1);
        chunks.push(Err(Error::failed("The client hung up.")));
    }
    (bytes.len() as u64, Box::pin(Drip { chunks: chunks.into_iter(), rested: false }))
}

/// Chunks that come one by one, with a rest before each.
struct Drip {
    chunks: std::vec::IntoIter<Result<Bytes>>,
    rested: bool,
}

impl Stream for Drip {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::replace(&mut self.rested, true) {
            self.rested = false;
            return Poll::Ready(self.chunks.next());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
