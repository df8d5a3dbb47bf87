//! What is found, and in which order.

use anyhow::ensure;
use serde_json::{Value, json};

use super::{SCORE, VectorIndex, direction, eq, index, nearest, vector};
use crate::conformance::bindings::types::{Filter, Predicate};
use crate::conformance::bindings::vector_index::exports::serene::vector_index::vector_index::{
    Nearest, Selection,
};
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::success;
use crate::conformance::lab::Lab;

pub(super) fn cases() -> Vec<Case<VectorIndex>> {
    cases![
        nearest_come_first: "matches come nearest first, with their cosine as score",
        equal_scores_come_in_the_order_of_ids: "vectors of equal score come in the order of their ids",
        top_k_is_kept: "at most top-k matches are found",
        namespaces_are_apart: "a namespace holds its own vectors, and an unknown one is empty",
        filters_hold: "all filters must hold, on strings, numbers, booleans and arrays of strings",
    ]
}

async fn nearest_come_first(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "nearest");
        let dimensions = success("describe", index.dimensions().await?)?;
        let names = [(8, "far"), (1, "near"), (4, "between")];
        // Lengths other than 1: it is the direction that counts.
        let longer = |n| direction(n, dimensions).into_iter().map(|x| x * 3.0).collect();
        index.store(names.map(|(n, id)| vector(id, longer(n), json!({}))).into()).await?;
        let found = index.found(nearest(direction(0, dimensions), 10)).await?;
        index.clear().await?;
        let ids: Vec<_> = found.iter().map(|m| m.id.as_str()).collect();
        ensure!(ids == ["near", "between", "far"], "the nearest first are {ids:?}");
        for (found, n) in found.iter().zip([1, 4, 8]) {
            let cosine = direction(n, dimensions)[0];
            ensure!(
                (found.score - cosine).abs() <= SCORE,
                "`{}` has the score {}, and its cosine is {cosine}",
                found.id,
                found.score
            );
        }
        Ok(Held::Yes)
    })
    .await
}

async fn equal_scores_come_in_the_order_of_ids(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "equal");
        let dimensions = success("describe", index.dimensions().await?)?;
        let vectors = ["c", "a", "b"].map(|id| vector(id, direction(3, dimensions), json!({})));
        index.store(vectors.into()).await?;
        let ids = index.found_ids(nearest(direction(3, dimensions), 10)).await?;
        index.clear().await?;
        ensure!(ids == ["a", "b", "c"], "three equal vectors come as {ids:?}");
        Ok(Held::Yes)
    })
    .await
}

async fn top_k_is_kept(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "top-k");
        let dimensions = success("describe", index.dimensions().await?)?;
        let vectors = (0..5).map(|n| vector(&format!("v{n}"), direction(n, dimensions), json!({})));
        index.store(vectors.collect()).await?;
        let few = index.found_ids(nearest(direction(0, dimensions), 2)).await?;
        let all = index.found_ids(nearest(direction(0, dimensions), 1_000)).await?;
        index.clear().await?;
        ensure!(few == ["v0", "v1"], "the nearest 2 are {few:?}");
        ensure!(all.len() == 5, "of 5 vectors, a top-k of 1,000 finds {}", all.len());
        Ok(Held::Yes)
    })
    .await
}

async fn namespaces_are_apart(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let (one, other) = (index(session, "apart-1"), index(session, "apart-2"));
        let dimensions = success("describe", one.dimensions().await?)?;
        one.store(vec![vector("same", direction(0, dimensions), json!({ "in": 1 }))]).await?;
        let nothing = other.found_ids(nearest(direction(0, dimensions), 10)).await?;
        ensure!(nothing.is_empty(), "a namespace without vectors holds {nothing:?}");
        ensure!(other.ids("", 10).await?.is_empty(), "a namespace without vectors lists ids");
        other.store(vec![vector("same", direction(0, dimensions), json!({ "in": 2 }))]).await?;
        success("delete", other.delete(Selection::Ids(vec!["same".to_owned()])).await?)?;
        let left = one.found_ids(nearest(direction(0, dimensions), 10)).await?;
        one.clear().await?;
        ensure!(left == ["same"], "removing an id from one namespace left {left:?} in another");
        Ok(Held::Yes)
    })
    .await
}

async fn filters_hold(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "filters");
        let dimensions = success("describe", index.dimensions().await?)?;
        let place = direction(0, dimensions);
        index
            .store(vec![
                vector(
                    "a",
                    place.clone(),
                    json!({ "kind": "x", "page": 1, "final": true, "tags": ["red", "blue"] }),
                ),
                vector(
                    "b",
                    place.clone(),
                    json!({ "kind": "x", "page": 2, "final": false, "tags": ["blue"] }),
                ),
                vector("c", place.clone(), json!({ "kind": "y", "page": 3 })),
            ])
            .await?;
        let with = |field: &str, predicate| Filter { field: field.to_owned(), predicate };
        let text = |value: &Value| value.to_string();
        let cases: [(&str, Vec<Filter>, &[&str]); 9] = [
            ("a string", vec![eq("kind", &json!("x"))], &["a", "b"]),
            ("a number", vec![eq("page", &json!(2))], &["b"]),
            ("a boolean", vec![eq("final", &json!(true))], &["a"]),
            ("an element of an array", vec![eq("tags", &json!("blue"))], &["a", "b"]),
            ("two filters", vec![eq("kind", &json!("x")), eq("page", &json!(1))], &["a"]),
            (
                "one-of",
                vec![with("page", Predicate::OneOf(vec![text(&json!(1)), text(&json!(3))]))],
                &["a", "c"],
            ),
            ("a comparison", vec![with("page", Predicate::Gte(text(&json!(2))))], &["b", "c"]),
            ("unequal", vec![with("kind", Predicate::Ne(text(&json!("x"))))], &["c"]),
            ("nothing", vec![eq("kind", &json!("X"))], &[]),
        ];
        for (what, filters, expected) in cases {
            let asked = Nearest { filters, ..nearest(place.clone(), 10) };
            let ids = index.found_ids(asked).await?;
            ensure!(ids == expected, "a filter by {what} finds {ids:?} and not {expected:?}");
        }
        index.clear().await?;
        Ok(Held::Yes)
    })
    .await
}
