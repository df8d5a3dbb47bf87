//! The walk through the vectors: is each a document's?

use std::collections::BTreeMap;

use layout::DocumentId;

use super::cursor::Position;
use super::heal::{Found, Plan};
use super::{Drift, Progress, Run, Subject};
use crate::stages::{Call, Stages, VectorIndex};
use crate::{Environment, Pipeline, Result};

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Vectors have no time of their own and need none: a document's row is in the ledger before its first vector, and goes after its last. So the ids are
    /// listed first, and then the ledger is asked.
    pub(super) async fn walk_vectors(
        &self,
        call: &Call,
        run: &mut Run<'_>,
        position: &mut Position,
        namespace: &'static str,
    ) -> Result<Progress> {
        let page = self.stages.vectors().list(call, namespace, "", position.page.clone(), run.room()).await?;
        run.looked_at.vectors += page.ids.len() as u64;
        let mut by_document: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in page.ids {
            // What does not begin with a document's id is none of Serene's.
            if let Some(document) = id.split('.').next().filter(|id| id.parse::<DocumentId>().is_ok()) {
                by_document.entry(document.to_owned()).or_default().push(id);
            }
        }
        let known = self.known(call, by_document.keys().cloned().collect()).await?;
        for (document, ids) in by_document {
            if !known.contains(&document) {
                let subject = Subject { document_id: Some(document.clone()), ..Subject::default() };
                let plan = Plan::DeleteVectors { namespace, ids };
                self.settle(call, run, Found { drift: Drift::OrphanVectors, subject, plan }).await;
            }
        }
        Ok(position.turn(page.next))
    }
}
