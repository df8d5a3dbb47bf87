//! The walk through the objects: has every file of the layout a document?

use std::collections::HashSet;

use layout::{DocumentRef, Kind};
use serde_json::Value;

use super::cursor::Position;
use super::heal::{Found, Plan};
use super::{Drift, Progress, Run, Subject};
use crate::flows::doctor;
use crate::ledger::TABLE;
use crate::stages::{Call, Filter, ObjectInfo, ObjectStore, RecordStore, RowQuery, Stages};
use crate::{Environment, Pipeline, Result};

impl<S: Stages, E: Environment> Pipeline<S, E> {
    pub(super) async fn walk_objects(
        &self,
        call: &Call,
        run: &mut Run<'_>,
        position: &mut Position,
        kind: Kind,
    ) -> Result<Progress> {
        let prefix = match &run.request.relationship {
            Some(relationship) => kind.key_prefix(relationship),
            None => format!("{}/", kind.prefix()),
        };
        let page = self.stages.objects().list(call, &prefix, position.page.clone(), run.room()).await?;
        let objects: Vec<(ObjectInfo, Option<DocumentRef>)> = page
            .objects
            .into_iter()
            .filter(|object| position.after.as_ref().is_none_or(|after| object.key > *after))
            .map(|object| {
                let reference = DocumentRef::parse_key(&object.key).ok();
                (object, reference)
            })
            .collect();
        let ids =
            objects.iter().filter_map(|(_, reference)| Some(reference.as_ref()?.document_id().to_string()));
        let known = self.known(call, ids.collect()).await?;
        for (object, reference) in objects {
            let found = if run.is_recent(object.modified_ms) {
                None
            } else {
                self.compare_object(call, &object.key, reference, &known).await?
            };
            if found.is_some() && self.must_stop(run) {
                return Ok(Progress::More);
            }
            run.looked_at.objects += 1;
            if let Some(found) = found {
                self.settle(call, run, found).await;
            }
            position.after = Some(object.key);
        }
        Ok(position.turn(page.next))
    }

    /// Those of these ids that the ledger has a row of.
    pub(super) async fn known(&self, call: &Call, ids: Vec<String>) -> Result<HashSet<String>> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let query = RowQuery {
            columns: vec!["id".to_owned()],
            limit: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            filters: vec![Filter::one_of("id", ids)],
            ..RowQuery::default()
        };
        let rows = self.stages.records().select(call, TABLE, query).await?.rows;
        Ok(rows.iter().filter_map(|row| row.get("id")?.as_str().map(str::to_owned)).collect())
    }

    async fn compare_object(
        &self,
        call: &Call,
        key: &str,
        reference: Option<DocumentRef>,
        known: &HashSet<String>,
    ) -> Result<Option<Found>> {
        let mut found = compare(key, reference, known);
        if let Some(Found { plan, .. }) = &mut found
            && let Plan::Adopt(reference) = plan
            && let Some(row) = self.product_row(call, reference).await?
            && let Some(path) = row.get(reference.kind().path_column()).and_then(Value::as_str)
            && !self.is_path_of(path, reference)
        {
            // To adopt the file is to write the row.
            *plan = Plan::Leave(
                "The product's row names another place than this file. If that is a path in Supabase Storage, migrate the storage paths; otherwise remove the file or mend the row.".to_owned(),
            );
        }
        Ok(found)
    }
}

fn compare(key: &str, reference: Option<DocumentRef>, known: &HashSet<String>) -> Option<Found> {
    let foreign = |why: &str| Found {
        drift: Drift::ForeignObject,
        subject: Subject { key: Some(key.to_owned()), ..Subject::default() },
        plan: Plan::Ignore(why.to_owned()),
    };
    match reference {
        None => Some(foreign("Its key is none of the layout: Serene neither reads nor changes it.")),
        Some(reference) if reference.relationship().as_str() == doctor::RELATIONSHIP => {
            Some(foreign("A doctor that was interrupted left it. It can be deleted."))
        }
        Some(reference) if known.contains(reference.document_id().as_str()) => None,
        Some(reference) => {
            let subject = Subject::from(&reference);
            Some(Found { drift: Drift::UnknownObject, subject, plan: Plan::Adopt(reference) })
        }
    }
}
