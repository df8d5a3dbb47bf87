use std::time::Duration;

use crate::Policy;

/// How long to wait after the failed try of this number (from 1): anything from nothing to a bound that doubles, so that callers who failed together do not
/// come back together ("full jitter").
pub(crate) fn backoff(policy: &Policy, attempt: u32, random: u64) -> Duration {
    let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    let bound = policy.base_delay.saturating_mul(factor).min(policy.max_delay);
    let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(random % nanos.saturating_add(1).max(1))
}
