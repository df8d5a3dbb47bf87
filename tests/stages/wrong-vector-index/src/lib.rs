//! A vector index that is right but for one fault: it spoils what another one does.

/// The stage that is spoilt.
mod imports {
    wit_bindgen::generate!({
        inline: "
            package serene-tests:wrong-vector-index;

            world imports {
                import serene:vector-index/vector-index@0.2.0;
            }
        ",
        path: ["../../../wit/types", "../../../wit/vector-index"],
        world: "serene-tests:wrong-vector-index/imports",
        with: { "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

/// The same interface from the other side, over the same types.
mod exports {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/vector-index"],
        world: "serene:vector-index/vector-index-stage",
        with: {
            "serene:types/types@0.2.0": fault::types,
            "serene:vector-index/vector-index@0.2.0/id-page": crate::inner::IdPage,
            "serene:vector-index/vector-index@0.2.0/match": crate::inner::Match,
            "serene:vector-index/vector-index@0.2.0/nearest": crate::inner::Nearest,
            "serene:vector-index/vector-index@0.2.0/selection": crate::inner::Selection,
            "serene:vector-index/vector-index@0.2.0/vector": crate::inner::Vector,
            "serene:vector-index/vector-index@0.2.0/vector-index-info": crate::inner::VectorIndexInfo,
        },
        generate_all,
        async: true,
    });
}

use exports::exports::serene::vector_index::vector_index::Guest;
use fault::types::{Context, Error, Predicate};
use fault::{Fault, invalid, refuse, too_large};
use imports::serene::vector_index::vector_index as inner;
use inner::{IdPage, Match, Nearest, Selection, Vector, VectorIndexInfo};
use serde_json::{Map, Value};

/// Fewer vectors than are declared.
const FEW: usize = 10;

struct Wrong;

impl Guest for Wrong {
    async fn describe(ctx: Context) -> Result<VectorIndexInfo, Error> {
        let fault = Fault::read().await;
        let info = inner::describe(ctx).await?;
        let stage = fault.stage(env!("CARGO_PKG_NAME"));
        Ok(VectorIndexInfo { stage, max_vectors: fault.limit(info.max_vectors), ..info })
    }

    async fn upsert(ctx: Context, namespace: String, mut vectors: Vec<Vector>) -> Result<(), Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        let namespace = place(&fault, namespace);
        if fault.is("takes-fewer-vectors") && vectors.len() > FEW {
            return Err(too_large("There are too many vectors.", FEW, vectors.len()));
        }
        if fault.is("stores-the-first-few") {
            vectors.truncate(FEW);
        }
        if fault.is("refuses-a-long-id") && vectors.iter().any(|vector| vector.id.len() > 100) {
            return Err(invalid("An id is long."));
        }
        if fault.is("keeps-the-first-of-an-id") {
            let stored = inner::list(ctx.clone(), namespace.clone(), String::new(), None, 1_000).await?.ids;
            vectors.retain(|vector| !stored.contains(&vector.id));
        }
        match inner::upsert(ctx, namespace, vectors).await {
            Err(Error::Invalid(_)) if fault.is("passes-over-what-is-invalid") => Ok(()),
            Err(Error::Misconfigured(_)) if fault.is("passes-over-other-dimensions") => Ok(()),
            Err(Error::Misconfigured(why)) if fault.is("does-not-tell-the-dimensions") => {
                Err(Error::Misconfigured(refuse(&why.message, &[])))
            }
            answer => answer,
        }
    }

    async fn query(ctx: Context, namespace: String, mut nearest: Nearest) -> Result<Vec<Match>, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        let namespace = place(&fault, namespace);
        spoil_question(&fault, &mut nearest);
        let mut found = inner::query(ctx, namespace, nearest).await?;
        if found.is_empty() && fault.is("does-not-know-an-empty-namespace") {
            return Err(Error::NotFound(refuse("There is no such namespace.", &[])));
        }
        if fault.is("puts-the-farthest-first") {
            found.sort_by(|one, other| one.score.total_cmp(&other.score));
        }
        if fault.is("has-equal-scores-in-any-order") {
            found.reverse();
            found.sort_by(|one, other| other.score.total_cmp(&one.score));
        }
        if fault.is("finds-three-at-most") {
            found.truncate(3);
        }
        for one in &mut found {
            if fault.is("tells-distances-for-scores") {
                one.score = 1.0 - one.score;
            }
            if fault.is("halves-its-scores") && one.score < 0.99 {
                one.score /= 2.0;
            }
            one.metadata = spoilt(&fault, &one.metadata);
            one.id = fault.text(&one.id).await;
        }
        Ok(found)
    }

    async fn delete(ctx: Context, namespace: String, selection: Selection) -> Result<(), Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        let namespace = place(&fault, namespace);
        if matches!(selection, Selection::Filters(_)) && fault.is("removes-nothing-by-filters") {
            return Ok(());
        }
        if let Selection::Ids(ids) = &selection {
            if fault.is("removes-nothing-by-ids") {
                return Ok(());
            }
            let stored = inner::list(ctx.clone(), namespace.clone(), String::new(), None, 1_000).await?.ids;
            if fault.is("removes-only-what-is-there") && ids.iter().any(|id| !stored.contains(id)) {
                return Err(Error::NotFound(refuse("There is no such vector.", &[])));
            }
        }
        inner::delete(ctx, namespace, selection).await
    }

    async fn list(
        ctx: Context,
        namespace: String,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<IdPage, Error> {
        let fault = Fault::read().await;
        let namespace = place(&fault, namespace);
        let prefix = if fault.is("ignores-the-prefix") { String::new() } else { prefix };
        let limit = if fault.is("ignores-the-limit") { 1_000 } else { limit };
        let mut page = inner::list(ctx, namespace, prefix, cursor, limit).await?;
        if fault.is("lists-in-any-order") {
            page.ids.reverse();
        }
        if fault.is("has-one-page") {
            page.next = None;
        }
        Ok(page)
    }
}

fn place(fault: &Fault, namespace: String) -> String {
    if fault.is("has-one-namespace") { "all".to_owned() } else { namespace }
}

fn spoil_question(fault: &Fault, nearest: &mut Nearest) {
    if fault.is("finds-one-too-many") {
        nearest.top_k = (nearest.top_k + 1).min(1_000);
    }
    if fault.is("holds-to-one-filter") {
        nearest.filters.truncate(1);
    }
    if fault.is("looks-at-no-arrays") {
        // What is in an array is equal to nothing.
        for filter in nearest.filters.iter_mut().filter(|filter| filter.field == "tags") {
            filter.predicate = Predicate::IsNull;
        }
    }
}

fn spoilt(fault: &Fault, metadata: &str) -> String {
    let Ok(mut members) = serde_json::from_str::<Map<String, Value>>(metadata) else {
        return metadata.to_owned();
    };
    if fault.is("forgets-the-metadata") {
        members.clear();
    }
    if fault.is("turns-numbers-into-texts") {
        for value in members.values_mut().filter(|value| value.is_number()) {
            *value = value.to_string().into();
        }
    }
    Value::Object(members).to_string()
}

exports::export!(Wrong with_types_in exports);
