//! Which rows are read, what of them, and in which order.

use anyhow::ensure;
use serde_json::json;

use super::{RecordStore, eq, parsed, rows, texts};
use crate::conformance::bindings::record_store::exports::serene::record_store::record_store::{Order, Query};
use crate::conformance::bindings::types::Predicate;
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::success;
use crate::conformance::lab::Lab;

pub(super) fn cases() -> Vec<Case<RecordStore>> {
    cases![
        columns_are_chosen: "the columns asked for are given, and no others",
        filters_hold: "all filters must hold, each as the contract says",
        order_is_kept_and_nulls_are_last: "rows come in the order asked for, nulls last in either direction",
        pages_never_overlap: "every row is in one page, and in one only",
    ]
}

async fn columns_are_chosen(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "columns");
        rows.store(&[rows.row("a", json!({ "filename": "a.pdf" }))]).await?;
        let found = rows.found(Query { columns: texts(&["id", "filename"]), ..rows.query() }).await?;
        rows.clear().await?;
        ensure!(
            found == [json!({ "id": "a", "filename": "a.pdf" })],
            "of two columns asked for came {found:?}"
        );
        Ok(Held::Yes)
    })
    .await
}

async fn filters_hold(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "filters");
        rows.store(&[
            rows.row("a", json!({ "filename": "Alpha", "partner_id": "partner_a" })),
            rows.row("b", json!({ "filename": "alpha%", "partner_id": null })),
            rows.row("c", json!({ "filename": null, "partner_id": null })),
            rows.row("d", json!({ "filename": "beta", "partner_id": "partner_b" })),
        ])
        .await?;
        let text = |value: &str| json!(value).to_string();
        let of = |names: &[&str]| names.iter().map(|name| text(name)).collect();
        let cases: [(&str, Predicate, &[&str]); 10] = [
            ("eq", Predicate::Eq(text("beta")), &["d"]),
            ("eq in another case", Predicate::Eq(text("ALPHA")), &[]),
            ("ne", Predicate::Ne(text("beta")), &["a", "b"]),
            ("lt", Predicate::Lt(text("alpha")), &["a"]),
            ("gte", Predicate::Gte(text("alpha%")), &["b", "d"]),
            ("one-of", Predicate::OneOf(of(&["beta", "Alpha", "gamma"])), &["a", "d"]),
            ("starts-with", Predicate::StartsWith("alpha".to_owned()), &["b"]),
            ("starts-with a character that is no wildcard", Predicate::StartsWith("%".to_owned()), &[]),
            ("is-null", Predicate::IsNull, &["c"]),
            ("is-not-null", Predicate::IsNotNull, &["a", "b", "d"]),
        ];
        for (what, predicate, expected) in cases {
            let ids = rows.ids(Query { filters: rows.with("filename", predicate), ..rows.query() }).await?;
            ensure!(ids == expected, "a filter by {what} finds {ids:?} and not {expected:?}");
        }
        let mut both = rows.with("filename", Predicate::IsNotNull);
        both.push(eq("partner_id", &json!("partner_b")));
        let ids = rows.ids(Query { filters: both, ..rows.query() }).await?;
        rows.clear().await?;
        ensure!(ids == ["d"], "two filters find {ids:?}");
        Ok(Held::Yes)
    })
    .await
}

async fn order_is_kept_and_nulls_are_last(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "order");
        let names =
            [("a", json!("m")), ("b", json!("Z")), ("c", json!(null)), ("d", json!("é")), ("e", json!("m"))];
        let all = names.map(|(id, name)| rows.row(id, json!({ "filename": name })));
        rows.store(&all).await?;
        for (descending, expected) in [(false, ["b", "a", "e", "d", "c"]), (true, ["d", "a", "e", "b", "c"])]
        {
            let order = vec![Order { column: "filename".to_owned(), descending }];
            let ids = rows.ids(Query { order, ..rows.query() }).await?;
            let way = if descending { "descending" } else { "ascending" };
            ensure!(
                ids == expected,
                "{way}, by Unicode code point, the rows are {ids:?} and not {expected:?}"
            );
        }
        rows.clear().await?;
        Ok(Held::Yes)
    })
    .await
}

async fn pages_never_overlap(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "pages");
        let all: Vec<_> = (0..7).map(|n| rows.row(&format!("r{n}"), json!({ "filename": "same" }))).collect();
        rows.store(&all).await?;
        for limit in [1, 3, 7] {
            let (mut ids, mut cursor) = (Vec::new(), None);
            loop {
                let order = vec![Order { column: "filename".to_owned(), descending: true }];
                let page =
                    success("select", rows.select(Query { order, limit, cursor, ..rows.query() }).await?)?;
                ensure!(page.rows.len() <= limit as usize, "a page of {limit} rows has {}", page.rows.len());
                for row in &page.rows {
                    ids.push(parsed(row)?["id"].as_str().unwrap_or_default().to_owned());
                }
                ensure!(ids.len() <= all.len(), "pages of {limit} rows give {ids:?}");
                match page.next {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
            let expected: Vec<_> = (0..7).map(|n| format!("r{n}")).collect();
            ensure!(ids == expected, "pages of {limit} equal rows give {ids:?}");
        }
        rows.clear().await?;
        Ok(Held::Yes)
    })
    .await
}
