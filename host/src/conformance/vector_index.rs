//! `serene:vector-index`

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::bindings::types::{Context, Filter, Predicate};
use super::bindings::vector_index::VectorIndexStage;
use super::bindings::vector_index::exports::serene::vector_index::vector_index::{
    IdPage, Match, Nearest, Selection, Vector, VectorIndexInfo,
};
use super::case::{Case, Held, Outcome, cases};
use super::expect::{SECRET, refusal, success};
use super::lab::{Answer, Lab, Session, answered, attempt, context};
use super::stage::{Description, Stage, instantiated};

type VectorIndex = VectorIndexStage;

/// Numbers in a vector, where the index takes any number.
const DIMENSIONS: u32 = 16;
/// How far a score may be from the cosine: providers keep fewer digits.
const SCORE: f32 = 0.01;
/// The most vectors that one call of a case stores.
const MANY: u32 = 1_000;

impl Stage for VectorIndex {
    instantiated!("vector-index");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        let guest = session.stage.serene_vector_index_vector_index();
        let info = answered("describe", guest.call_describe(session.accessor, ctx).await)?;
        Ok(info.map(|info| Description {
            // What it holds changes.
            whole: format!("{:?} {} {}", info.stage, info.max_metadata_bytes, info.max_vectors),
            limits: [
                ("max-metadata-bytes", info.max_metadata_bytes.into()),
                ("max-vectors", info.max_vectors.into()),
            ]
            .into_iter()
            .chain(info.dimensions.map(|dimensions| ("dimensions", dimensions.into())))
            .collect(),
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        let index = Index { session, namespace: session.own(&format!("exercise-{n}")), ctx };
        let dimensions = attempt!(index.dimensions().await?);
        let stored = vector(&format!("v{n}"), direction(n, dimensions), json!({ "n": n }));
        attempt!(index.upsert(vec![stored]).await?);
        let found = attempt!(index.query(nearest(direction(n, dimensions), 1)).await?);
        attempt!(index.delete(Selection::Ids(vec![format!("v{n}")])).await?);
        Ok(Ok(format!("{:?}", found.iter().map(|m| (&m.id, parsed(&m.metadata))).collect::<Vec<_>>())))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            what_is_stored_is_found: "a stored vector is found by the same caller, with its metadata and the score 1",
            nearest_come_first: "matches come nearest first, with their cosine as score",
            equal_scores_come_in_the_order_of_ids: "vectors of equal score come in the order of their ids",
            top_k_is_kept: "at most top-k matches are found",
            an_upsert_replaces_whole: "a vector with a stored id replaces that one, its metadata with it",
            namespaces_are_apart: "a namespace holds its own vectors, and an unknown one is empty",
            filters_hold: "all filters must hold, on strings, numbers, booleans and arrays of strings",
            ids_are_deleted: "vectors are removed by id, and removing what is not there succeeds",
            what_filters_select_is_deleted: "vectors are removed by filters",
            ids_are_listed_in_pages: "ids are listed in ascending order, by prefix, each once over all pages",
            ids_out_of_range_are_invalid: "an id of 1 to 512 visible ASCII characters is taken, and no other",
            values_that_give_no_direction_are_invalid: "values that are not finite, or all zero, are invalid",
            metadata_that_is_not_flat_is_invalid: "metadata that is no object, or nested, is invalid",
            other_dimensions_are_misconfigured: "a vector of other dimensions than the index has is misconfigured",
            as_many_vectors_as_declared_are_taken: "max-vectors vectors are stored by one call",
        ]
    }
}

/// A namespace of its own, as a case uses it.
pub(crate) struct Index<'a> {
    session: &'a Session<'a, VectorIndex>,
    namespace: String,
    ctx: Context,
}

pub(crate) fn index<'a>(session: &'a Session<'a, VectorIndex>, name: &str) -> Index<'a> {
    Index { session, namespace: session.own(name), ctx: context() }
}

impl Index<'_> {
    async fn info(&self) -> Result<Answer<VectorIndexInfo>> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        answered("describe", guest.call_describe(self.session.accessor, self.ctx.clone()).await)
    }

    async fn dimensions(&self) -> Result<Answer<u32>> {
        Ok(self.info().await?.map(|info| info.dimensions.unwrap_or(DIMENSIONS)))
    }

    pub(crate) async fn upsert(&self, vectors: Vec<Vector>) -> Result<Answer<()>> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        let namespace = self.namespace.clone();
        answered(
            "upsert",
            guest.call_upsert(self.session.accessor, self.ctx.clone(), namespace, vectors).await,
        )
    }

    pub(crate) async fn query(&self, nearest: Nearest) -> Result<Answer<Vec<Match>>> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        let namespace = self.namespace.clone();
        answered("query", guest.call_query(self.session.accessor, self.ctx.clone(), namespace, nearest).await)
    }

    pub(crate) async fn delete(&self, selection: Selection) -> Result<Answer<()>> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        let namespace = self.namespace.clone();
        answered(
            "delete",
            guest.call_delete(self.session.accessor, self.ctx.clone(), namespace, selection).await,
        )
    }

    async fn list(&self, prefix: &str, cursor: Option<String>, limit: u32) -> Result<IdPage> {
        let guest = self.session.stage.serene_vector_index_vector_index();
        let (ctx, namespace, prefix) = (self.ctx.clone(), self.namespace.clone(), prefix.to_owned());
        let page = guest.call_list(self.session.accessor, ctx, namespace, prefix, cursor, limit).await;
        success("list", answered("list", page)?)
    }

    /// The ids of all pages.
    async fn ids(&self, prefix: &str, limit: u32) -> Result<Vec<String>> {
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.list(prefix, cursor, limit).await?;
            ensure!(page.ids.len() <= limit as usize, "a page of {limit} ids has {}", page.ids.len());
            ids.extend(page.ids);
            ensure!(ids.len() <= MANY as usize, "the pages do not end");
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(ids),
            }
        }
    }

    /// Stores vectors, and takes nothing but success.
    async fn store(&self, vectors: Vec<Vector>) -> Result<u32> {
        let dimensions = success("describe", self.dimensions().await?)?;
        success("upsert", self.upsert(vectors).await?)?;
        Ok(dimensions)
    }

    async fn found(&self, nearest: Nearest) -> Result<Vec<Match>> {
        success("query", self.query(nearest).await?)
    }

    async fn found_ids(&self, nearest: Nearest) -> Result<Vec<String>> {
        Ok(self.found(nearest).await?.into_iter().map(|m| m.id).collect())
    }

    /// Leaves nothing behind in a store that others use as well.
    async fn clear(&self) -> Result<()> {
        let ids = self.ids("", 1_000).await?;
        if !ids.is_empty() {
            success("delete", self.delete(Selection::Ids(ids)).await?)?;
        }
        Ok(())
    }
}

pub(crate) fn vector(id: &str, values: Vec<f32>, metadata: Value) -> Vector {
    Vector { id: id.to_owned(), values, metadata: metadata.to_string() }
}

pub(crate) fn nearest(values: Vec<f32>, top_k: u32) -> Nearest {
    Nearest { values, top_k, filters: Vec::new() }
}

/// A direction of length 1 in the plane of the first two dimensions, `n` tenths of a right angle from the first.
fn direction(n: u32, dimensions: u32) -> Vec<f32> {
    let angle = (n % 10) as f32 * std::f32::consts::FRAC_PI_2 / 10.0;
    let mut values = vec![0.0; dimensions as usize];
    values[0] = angle.cos();
    values[1 % dimensions as usize] += angle.sin();
    values
}

fn parsed(metadata: &str) -> Value {
    serde_json::from_str(metadata).unwrap_or(Value::Null)
}

fn eq(field: &str, value: &Value) -> Filter {
    Filter { field: field.to_owned(), predicate: Predicate::Eq(value.to_string()) }
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
        refusal(
            &format!("upsert of {} numbers into an index of {dimensions}", dimensions + 1),
            answer,
            "misconfigured",
        )
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
