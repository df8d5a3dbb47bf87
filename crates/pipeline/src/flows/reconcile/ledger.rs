//! The walk through the ledger: is what each row says true of the other stores?

use futures::future::join_all;

use super::cursor::Position;
use super::{Progress, Run};
use crate::ledger::TABLE;
use crate::stages::{Call, Filter, Order, Predicate, RecordStore, RowQuery, Stages};
use crate::{Environment, Pipeline, Result};

impl<S: Stages, E: Environment> Pipeline<S, E> {
    pub(super) async fn walk_ledger(
        &self,
        call: &Call,
        run: &mut Run<'_>,
        position: &mut Position,
    ) -> Result<Progress> {
        let workshops = self.workshops(call).await?;
        let mut filters = run.tenant();
        if let Some(after) = &position.after {
            filters.push(Filter { field: "id".to_owned(), predicate: Predicate::Gt(after.as_str().into()) });
        }
        let order = vec![Order { column: "id".to_owned(), descending: false }];
        let query = RowQuery { filters, order, limit: run.room(), ..RowQuery::default() };
        let page = self.stages.records().select(call, TABLE, query).await?;
        for rows in page.rows.chunks(self.settings.concurrency.max(1)) {
            if self.must_stop(run) {
                return Ok(Progress::More);
            }
            let examined = rows.iter().map(|row| self.examine(call, row, run.cutoff_ms, &workshops));
            for examined in join_all(examined).await {
                // Looking takes little time; healing may take minutes.
                if !examined.found.is_empty() && self.must_stop(run) {
                    return Ok(Progress::More);
                }
                run.looked_at.documents += 1;
                run.looked_at.recent += u64::from(examined.is_recent);
                for found in examined.found {
                    self.settle(call, run, found).await;
                }
                position.after = Some(examined.id);
            }
        }
        Ok(if page.next.is_some() { Progress::More } else { Progress::Done })
    }
}
