//! What is stored, and what is refused.

use anyhow::ensure;
use serde_json::json;

use super::{DIMENSIONS, MANY, SCORE, VectorIndex, direction, index, nearest, parsed, vector};
use crate::conformance::bindings::types::Error;
use crate::conformance::bindings::vector_index::exports::serene::vector_index::vector_index::Vector;
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::{SECRET, refusal, success};
use crate::conformance::lab::Lab;

pub(super) fn cases() -> Vec<Case<VectorIndex>> {
    cases![
        what_is_stored_is_found: "a stored vector is found by the same caller, with its metadata and the score 1",
        an_upsert_replaces_whole: "a vector with a stored id replaces that one, its metadata with it",
        as_many_vectors_as_declared_are_taken: "max-vectors vectors are stored by one call",
        ids_out_of_range_are_invalid: "an id of 1 to 512 visible ASCII characters is taken, and no other",
        values_that_give_no_direction_are_invalid: "values that are not finite, or all zero, are invalid",
        metadata_that_is_not_flat_is_invalid: "metadata that is no object, or nested, is invalid",
        other_dimensions_are_misconfigured: "a vector of other dimensions than the index has is misconfigured",
    ]
}

async fn what_is_stored_is_found(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "stored");
        let dimensions = success("describe", index.dimensions().await?)?;
        let metadata =
            json!({ "text": "Zitat „ü“", "page": 3, "share": 0.5, "final": true, "tags": ["a", "b"] });
        index.store(vec![vector("one", direction(2, dimensions), metadata.clone())]).await?;
        let found = index.found(nearest(direction(2, dimensions), 10)).await?;
        index.clear().await?;
        ensure!(
            found.len() == 1 && found[0].id == "one",
            "one vector is stored, and {} are found",
            found.len()
        );
        ensure!((found[0].score - 1.0).abs() <= SCORE, "its own direction has the score {}", found[0].score);
        let same = parsed(&found[0].metadata);
        ensure!(same == metadata, "the metadata {metadata} came back as {same}");
        Ok(Held::Yes)
    })
    .await
}

async fn an_upsert_replaces_whole(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "replace");
        let dimensions = success("describe", index.dimensions().await?)?;
        index.store(vec![vector("one", direction(0, dimensions), json!({ "old": 1, "kept": 1 }))]).await?;
        index.store(vec![vector("one", direction(9, dimensions), json!({ "kept": 2 }))]).await?;
        let found = index.found(nearest(direction(9, dimensions), 10)).await?;
        index.clear().await?;
        ensure!(found.len() == 1, "one id was stored twice, and {} are found", found.len());
        ensure!((found[0].score - 1.0).abs() <= SCORE, "the values are still the old ones");
        let metadata = parsed(&found[0].metadata);
        ensure!(metadata == json!({ "kept": 2 }), "the metadata is {metadata}");
        Ok(Held::Yes)
    })
    .await
}

async fn as_many_vectors_as_declared_are_taken(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "many");
        let info = success("describe", index.info().await?)?;
        let (dimensions, count) = (info.dimensions.unwrap_or(DIMENSIONS), info.max_vectors.min(MANY));
        let vectors =
            (0..count).map(|n| vector(&format!("v{n:04}"), direction(n, dimensions), json!({ "n": n })));
        index.store(vectors.collect()).await?;
        let listed = index.ids("", 1_000).await?.len();
        index.clear().await?;
        ensure!(listed == count as usize, "{count} vectors were stored, and {listed} are listed");
        Ok(Held::Yes)
    })
    .await
}

async fn ids_out_of_range_are_invalid(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "ids");
        let dimensions = success("describe", index.dimensions().await?)?;
        let of = |id: &str| vec![vector(id, direction(0, dimensions), json!({}))];
        for id in ["!", "~", &"i".repeat(512)] {
            success(&format!("upsert of an id of {} characters", id.len()), index.upsert(of(id)).await?)?;
        }
        index.clear().await?;
        for (what, id) in [
            ("no character", String::new()),
            ("513 characters", "i".repeat(513)),
            ("an umlaut", "ü".to_owned()),
        ] {
            refusal(&format!("upsert of an id of {what}"), index.upsert(of(&id)).await?, "invalid")?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn values_that_give_no_direction_are_invalid(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "values");
        let dimensions = success("describe", index.dimensions().await?)? as usize;
        for value in [0.0, f32::NAN, f32::INFINITY] {
            let vectors = vec![vector("v", vec![value; dimensions], json!({ "text": SECRET }))];
            refusal(
                &format!("upsert of values that are all {value}"),
                index.upsert(vectors).await?,
                "invalid",
            )?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn metadata_that_is_not_flat_is_invalid(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "metadata");
        let dimensions = success("describe", index.dimensions().await?)?;
        for metadata in ["[1]", "\"text\"", "{", "{\"a\": {\"b\": 1}}", "{\"a\": null}", "{\"$a\": 1}"] {
            let metadata = metadata.to_owned();
            let vectors = vec![Vector {
                id: "v".to_owned(),
                values: direction(0, dimensions),
                metadata: metadata.clone(),
            }];
            refusal(&format!("upsert of the metadata {metadata}"), index.upsert(vectors).await?, "invalid")?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn other_dimensions_are_misconfigured(lab: &Lab<VectorIndex>) -> Outcome {
    lab.with(async |session| {
        let index = index(session, "dimensions");
        let dimensions = success("describe", index.dimensions().await?)?;
        index.store(vec![vector("v", direction(0, dimensions), json!({}))]).await?;
        let other = vec![vector("w", direction(0, dimensions + 1), json!({}))];
        let answer = index.upsert(other).await?;
        index.clear().await?;
        let call = format!("upsert of {} numbers into an index of {dimensions}", dimensions + 1);
        let extras = match &answer {
            Err(Error::Misconfigured(fault)) => fault.extras.clone(),
            _ => Vec::new(),
        };
        refusal(&call, answer, "misconfigured")?;
        for number in [dimensions, dimensions + 1] {
            ensure!(
                extras.iter().any(|(_, value)| *value == number.to_string()),
                "{call} is misconfigured, and {number} is not among the extras"
            );
        }
        Ok(Held::Yes)
    })
    .await
}
