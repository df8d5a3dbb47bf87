//! The walk through the idempotency keys: those that ran out are removed. No store disagrees about them, so they are no finding.

use super::{Progress, Run};
use crate::stages::{Call, Stages};
use crate::{Environment, Pipeline, Result};

impl<S: Stages, E: Environment> Pipeline<S, E> {
    pub(super) async fn walk_keys(&self, call: &Call, run: &mut Run<'_>) -> Result<Progress> {
        if run.request.dry_run {
            return Ok(Progress::Done);
        }
        let limit = run.room();
        let removed = self.forget_expired_keys(call, limit).await?;
        run.looked_at.keys += u64::from(removed);
        Ok(if removed < limit { Progress::Done } else { Progress::More })
    }
}
