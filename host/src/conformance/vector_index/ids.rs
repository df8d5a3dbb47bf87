//! Vectors by their ids: removed and listed.

use anyhow::ensure;
use serde_json::json;

use super::{VectorIndex, direction, eq, index, nearest, vector};
use crate::conformance::bindings::vector_index::exports::serene::vector_index::vector_index::Selection;
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::success;
use crate::conformance::lab::Lab;

pub(super) fn cases() -> Vec<Case<VectorIndex>> {
    cases![
        ids_are_deleted: "vectors are removed by id, and removing what is not there succeeds",
        what_filters_select_is_deleted: "vectors are removed by filters",
        ids_are_listed_in_pages: "ids are listed in ascending order, by prefix, each once over all pages",
    ]
}

async fn ids_are_deleted(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "delete-ids");
        let dimensions = success("describe", index.dimensions().await?)?;
        index.store(["a", "b"].map(|id| vector(id, direction(0, dimensions), json!({}))).into()).await?;
        let gone = Selection::Ids(vec!["a".to_owned(), "never-stored".to_owned()]);
        success("delete", index.delete(gone.clone()).await?)?;
        success("delete of what is not there", index.delete(gone).await?)?;
        let left = index.found_ids(nearest(direction(0, dimensions), 10)).await?;
        index.clear().await?;
        ensure!(left == ["b"], "after `a` was removed of `a` and `b`, {left:?} are found");
        Ok(Held::Yes)
    })
    .await
}

async fn what_filters_select_is_deleted(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "delete-filters");
        let dimensions = success("describe", index.dimensions().await?)?;
        let vectors = [("a", "old"), ("b", "new"), ("c", "old")]
            .map(|(id, age)| vector(id, direction(0, dimensions), json!({ "age": age })));
        index.store(vectors.into()).await?;
        success("delete", index.delete(Selection::Filters(vec![eq("age", &json!("old"))])).await?)?;
        let left = index.found_ids(nearest(direction(0, dimensions), 10)).await?;
        index.clear().await?;
        ensure!(left == ["b"], "after the old ones were removed, {left:?} are found");
        Ok(Held::Yes)
    })
    .await
}

async fn ids_are_listed_in_pages(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "list");
        let dimensions = success("describe", index.dimensions().await?)?;
        let ids = ["a#10", "a#2", "B", "b", "a#1"];
        index.store(ids.map(|id| vector(id, direction(0, dimensions), json!({}))).into()).await?;
        for limit in [1, 2, 1_000] {
            let listed = index.ids("", limit).await?;
            ensure!(
                listed == ["B", "a#1", "a#10", "a#2", "b"],
                "in pages of {limit}, the ids are {listed:?}"
            );
        }
        let some = index.ids("a#1", 1).await?;
        index.clear().await?;
        ensure!(some == ["a#1", "a#10"], "the ids that start with `a#1` are {some:?}");
        Ok(Held::Yes)
    })
    .await
}
