//! Who is a member of which relationship: a row of `relationship_members`, remembered for a short while, for as long as the instance lives.

use std::cell::RefCell;

use auth::{Memberships, User};
use http_api::problem::Problem;
use layout::RelationshipId;
use pipeline::stages::{Call, Filter, RecordStore, RowQuery};
use stage_support::Wasi;
use upstream::Platform as _;

use crate::respond;
use crate::stages::Composed;

const TABLE: &str = "relationship_members";

thread_local! {
    static KNOWN: RefCell<Memberships> = RefCell::default();
}

/// Whether the user is a member. It is the service that asks: the answer must not hang on a policy for the one it is about.
pub async fn is_member(
    user: &User,
    relationship: &RelationshipId,
    stages: &Composed,
    call: &Call,
) -> Result<bool, Problem> {
    // From before the question: the row may go while it is on its way.
    let now = Wasi.monotonic();
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&user.id, relationship, now)) {
        return Ok(known);
    }
    let query = RowQuery {
        columns: vec!["user_id".to_owned()],
        filters: vec![
            Filter::eq("relationship_id", relationship.as_str()),
            Filter::eq("user_id", user.id.as_str()),
        ],
        limit: 1,
        ..RowQuery::default()
    };
    let call = Call { caller_token: None, ..call.clone() };
    let page = stages.select(&call, TABLE, query).await.map_err(respond::error)?;
    let is_member = !page.rows.is_empty();
    KNOWN.with_borrow_mut(|known| known.put(&user.id, relationship, is_member, now));
    Ok(is_member)
}
