//! How much of this instance a caller and a relationship may take: kept from request to request, for as long as the instance lives.

use std::cell::RefCell;
use std::time::Duration;

use auth::Caller;
use http_api::problem::{Problem, ProblemKind};
use layout::RelationshipId;
use stage_support::Wasi;
use throttle::{Place, Places, Rates};
use upstream::Platform as _;

/// When a place may be free again: work takes seconds.
const WORK_WAIT: Duration = Duration::from_secs(1);

thread_local! {
    static RATES: RefCell<Rates> = RefCell::default();
    static PLACES: Places = Places::default();
}

/// Counts a request of a caller who showed credentials; others are bounded by what they may ask for.
pub fn check_rate(caller: &Caller, per_minute: u32) -> Result<(), Problem> {
    let caller = match caller {
        Caller::Service(key) => format!("key {}", key.name),
        Caller::User(user) => format!("user {}", user.id.as_str()),
        Caller::Local | Caller::Anonymous => return Ok(()),
    };
    let taken = RATES.with_borrow_mut(|rates| rates.take(&caller, per_minute, Wasi.monotonic()));
    taken.map_err(|wait| {
        let detail = format!(
            "These credentials may send {per_minute} requests a minute to one instance of this server, in bursts of a twelfth of that. Wait before the next."
        );
        over(detail, per_minute, wait)
    })
}

/// A place for a piece of a relationship's work.
pub fn place(relationship: &RelationshipId, most: u32) -> Result<Place, Problem> {
    PLACES.with(|places| places.enter(relationship.as_str(), most)).ok_or_else(|| {
        let detail = format!(
            "This relationship has {most} uploads, searches and generations under way in one instance of this server, which is as many as it may have. Try again when one has ended."
        );
        over(detail, most, WORK_WAIT)
    })
}

fn over(detail: String, limit: u32, wait: Duration) -> Problem {
    Problem::new(ProblemKind::RateLimited, detail).with_extension("limit", limit).with_retry_after(wait)
}
