//! Pages, and lists that are longer than an address.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use postgrest::{Order, Predicate, Query};
use serde_json::{Value as Json, json};
use support::{Project, all, filter};
use upstream::ErrorKind;

const PATH: &str = "/rest/v1/documents";
const INSERT: &str = "insert into documents (id, relationship_id, kind, key, status, size)
    select 'd' || n, 'r', 'profile', 'k', 'stored', nullif(n % 7, 0) from generate_series(1, 2500) n";

fn by_size(descending: bool, limit: u32) -> Query {
    let order = vec![Order { column: "size".to_owned(), descending }];
    Query { columns: vec!["id".to_owned(), "size".to_owned()], order, limit, ..all() }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_past_the_cut_of_1000_rows_and_hold_every_row_once() {
    let project = Project::start().await;
    project.sql(INSERT);
    let expected =
        [(1000, vec![1000, 1000, 500]), (999, vec![999, 999, 502]), (700, vec![700, 700, 700, 400])];
    for ((limit, expected), descending) in expected.into_iter().zip([true, false, true]) {
        let (rows, pages) = project.documents(by_size(descending, limit)).await;
        assert_eq!(pages, expected);
        let place = |row: &Json| {
            let size = row["size"].as_i64().map(|size| if descending { -size } else { size });
            (size.unwrap_or(i64::MAX), row["id"].as_str().unwrap().to_owned())
        };
        let in_order = rows.windows(2).all(|pair| place(&pair[0]) < place(&pair[1]));
        assert!(in_order, "nulls last, ties by key, none twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_cuts_earlier_loses_no_rows() {
    let project = Project::start().await;
    project.sql(INSERT);
    project.sql("alter role authenticator set pgrst.db_max_rows = '300'; notify pgrst, 'reload config'");
    let query = Query { filters: vec![filter("size", Predicate::Lt(json!(5)))], ..by_size(false, 1000) };
    // The setting is read a moment after it was made: only cut pages show that it was.
    for _ in 0..500 {
        let (rows, pages) = project.documents(query.clone()).await;
        assert_eq!(rows.len(), 1429);
        if pages == [300, 300, 300, 300, 229] {
            return;
        }
    }
    panic!("PostgREST did not take the setting");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_order_a_database_puts_texts_in_every_row_is_on_one_page() {
    let project = Project::start().await;
    project.sql("alter table documents alter column id type text collate \"und-x-icu\"");
    project.sql(
        "insert into documents (id, relationship_id, kind, key, status)
         select (array['a', 'A', 'b', 'B', 'ä', '-', '_', '\"'])[n % 8 + 1] || n, 'r', 'profile', 'k', 'stored' from generate_series(1, 100) n",
    );
    let (rows, pages) = project.documents(Query { columns: vec!["id".to_owned()], limit: 7, ..all() }).await;
    let ids: std::collections::BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!((rows.len(), ids.len(), pages.len()), (100, 100, 15));
    assert!(rows[0]["id"] != json!("\"15"), "this collation is not C");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_longer_than_an_address_is_asked_for_in_parts() {
    let project = Project::start().await;
    let id = |n: usize| format!("00000000-0000-8000-8000-{n:012}");
    project.sql(
        "insert into documents (id, relationship_id, kind, key, status, size)
         select '00000000-0000-8000-8000-' || lpad(n::text, 12, '0'), 'r', 'profile', 'k', 'stored', nullif(n % 7, 0)
         from generate_series(1, 1200) n",
    );
    let before = project.gateway.calls().to(PATH).len();
    let ids = |count: usize| (0..count).map(|n| json!(id(n))).collect::<Vec<_>>();
    let of = |ids: Vec<Json>, limit| Query {
        filters: vec![filter("id", Predicate::OneOf(ids))],
        ..by_size(true, limit)
    };
    let (rows, pages) = project.documents(of(ids(1000), 1000)).await;
    assert_eq!((pages, rows.len()), (vec![999], 999));
    let place =
        |row: &Json| (row["size"].as_i64().map_or(1, |size| -size), row["id"].as_str().unwrap().to_owned());
    assert!(rows.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])));
    assert!(project.gateway.calls().to(PATH).len() - before > 1);

    // Proxies take less of an address than the longest one: rows that are one page are asked for in parts that they take.
    let before = project.gateway.calls().to(PATH).len();
    assert_eq!(project.documents(of(ids(250), 250)).await.1, [249]);
    let calls = project.gateway.calls().to(PATH);
    assert!(calls.len() - before > 1 && calls[before..].iter().all(|call| call.query.len() < 8 * 1024));

    // What fits an address is paged through as ever; parts are not.
    assert_eq!(project.documents(of(ids(250), 100)).await.1, [100, 100, 49]);
    let error = project.select("documents", &of(ids(1000), 100)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
}
