//! What is removed, and which ids are listed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::rc::Rc;
use std::time::Duration;

use common::{World, answer, asked, filter, index, paths, pinecone, with_header};
use pinecone::{Predicate, Selection};
use serde_json::json;
use upstream::{Error, ErrorKind, Platform};

fn delete(world: &Rc<World>, selection: Selection) -> Result<(), Error> {
    world.run(index(world).delete(&world.call(60), "profiles", &selection))
}

fn ids(ids: &[&str]) -> Selection {
    Selection::Ids(ids.iter().map(|id| (*id).to_owned()).collect())
}

#[test]
fn vectors_are_removed_by_id_and_by_filter() {
    let world = pinecone(|_| answer(200, json!({})));
    delete(&world, ids(&["a", "b"])).unwrap();
    let old = vec![
        filter("document_id", Predicate::Eq(json!("d1"))),
        filter("revision", Predicate::Ne(json!("r2"))),
    ];
    delete(&world, Selection::Filters(old)).unwrap();
    let bodies: Vec<_> = asked(&world).into_iter().map(|(path, body)| (path, body.to_string())).collect();
    let expected = [
        json!({"namespace": "profiles", "ids": ["a", "b"]}),
        json!({"namespace": "profiles", "filter": {"$and": [
            {"document_id": {"$eq": "d1"}},
            {"$and": [{"revision": {"$exists": true}}, {"revision": {"$ne": "r2"}}]},
        ]}}),
    ];
    assert_eq!(bodies, expected.map(|body| ("/vectors/delete".to_owned(), body.to_string())));
}

#[test]
fn removing_from_a_namespace_that_does_not_exist_succeeds() {
    let world =
        pinecone(|_| answer(404, json!({"code": 5, "message": "Namespace not found", "details": []})));
    delete(&world, ids(&["a"])).unwrap();
    assert_eq!(paths(&world).len(), 1);
}

#[test]
fn a_selection_out_of_bounds_is_not_sent() {
    let many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    for selection in [ids(&[]), Selection::Ids(many), ids(&["a b"]), Selection::Filters(Vec::new())] {
        let world = pinecone(|_| answer(200, json!({})));
        assert_eq!((delete(&world, selection).unwrap_err().kind, world.tries()), (ErrorKind::Invalid, 0));
    }
    // Nothing satisfies this, so nothing is removed.
    let world = pinecone(|_| answer(200, json!({})));
    delete(&world, Selection::Filters(vec![filter("f", Predicate::Lt(json!(true)))])).unwrap();
    assert!(asked(&world).is_empty());
}

#[test]
fn a_delete_returns_when_queries_have_come_as_far() {
    for (write, read, queries) in [
        ("x-pinecone-request-lsn", "x-pinecone-max-indexed-lsn", 4),
        ("x-pinecone-lsn-committed", "x-pinecone-lsn-reconciled", 4),
        // Without both numbers nothing tells: that nothing is found proves nothing.
        ("x-unknown", "x-pinecone-max-indexed-lsn", 0),
        ("x-pinecone-request-lsn", "x-unknown", 1),
    ] {
        let mut indexed = 3;
        let world = pinecone(move |sent| {
            if sent.uri.ends_with("/vectors/delete") {
                return with_header(200, write, 7, json!({}));
            }
            indexed += 1;
            with_header(200, read, indexed, json!({"matches": []}))
        });
        delete(&world, ids(&["a"])).unwrap();
        assert_eq!(paths(&world).iter().filter(|path| *path == "/query").count(), queries, "{write} {read}");
    }
}

#[test]
fn what_is_removed_and_still_found_in_the_end_is_said_to_be_so() {
    let world = pinecone(|sent| {
        let lsn = if sent.uri.ends_with("/vectors/delete") { 7 } else { 6 };
        let name = if lsn == 7 { "x-pinecone-request-lsn" } else { "x-pinecone-max-indexed-lsn" };
        with_header(200, name, lsn, json!({}))
    });
    let error = delete(&world, ids(&["a"])).unwrap_err();
    assert_eq!((error.kind, error.extra("reason")), (ErrorKind::TimedOut, Some("not-visible-yet")));
    assert!(world.monotonic() <= Duration::from_secs(30), "{:?}", world.monotonic());
}

#[test]
fn of_a_namespace_that_is_gone_nothing_is_found() {
    let world = pinecone(|sent| {
        if sent.uri.ends_with("/vectors/delete") {
            return with_header(200, "x-pinecone-request-lsn", 7, json!({}));
        }
        answer(404, json!({"code": 5, "message": "Namespace not found", "details": []}))
    });
    delete(&world, ids(&["a"])).unwrap();
    assert_eq!(paths(&world), ["/vectors/delete", "/query"]);
}

/// A Pinecone that holds the ids 0000, 0001, … and lists at most 100 a page.
fn listing(count: usize) -> Rc<World> {
    pinecone(move |sent| {
        let query = sent.uri.split_once('?').unwrap().1;
        let value = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        };
        assert_eq!(value("namespace").as_deref(), Some("a%20b%2F%C3%A9"));
        let limit: usize = value("limit").unwrap().parse().unwrap();
        assert!((1..=100).contains(&limit));
        let start: usize = match value("paginationToken") {
            None => 0,
            Some(token) => match token.strip_prefix("at%3D") {
                Some(at) => at.parse().unwrap(),
                None => {
                    return answer(
                        400,
                        json!({"code": 3, "message": "Invalid pagination token", "details": []}),
                    );
                }
            },
        };
        let end = (start + limit).min(count);
        let vectors: Vec<_> = (start..end).map(|n| json!({"id": format!("{n:04}")})).collect();
        let mut body = json!({"vectors": vectors, "namespace": "a b/é", "usage": {"readUnits": 1}});
        if end < count {
            body["pagination"] = json!({"next": format!("at={end}")});
        }
        answer(200, body)
    })
}

fn all(world: &Rc<World>, limit: u32) -> Vec<Vec<String>> {
    let index = index(world);
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = world.run(index.list(&world.call(60), "a b/é", "", cursor.as_deref(), limit)).unwrap();
        pages.push(page.ids);
        cursor = page.next;
        if cursor.is_none() {
            return pages;
        }
    }
}

#[test]
fn pages_of_any_size_come_whole_and_in_order() {
    let every: Vec<String> = (0..250).map(|n| format!("{n:04}")).collect();
    for (limit, lengths) in
        [(1000, vec![250]), (100, vec![100, 100, 50]), (120, vec![120, 120, 10]), (250, vec![250])]
    {
        let pages = all(&listing(250), limit);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), lengths);
        assert_eq!(pages.concat(), every);
    }
    assert_eq!(all(&listing(0), 10), [Vec::<String>::new()]);
}

#[test]
fn a_prefix_goes_out_escaped_and_one_that_no_id_has_finds_nothing() {
    let world = pinecone(|_| answer(200, json!({"vectors": [{"id": "a&b#1"}]})));
    let list =
        |prefix: &str| world.run(index(&world).list(&world.call(60), "", prefix, None, 10)).unwrap().ids;
    assert_eq!(list("a&b#"), ["a&b#1"]);
    assert!(list("a b").is_empty() && list("é").is_empty());
    assert_eq!(paths(&world), ["/vectors/list?limit=10&namespace=&prefix=a%26b%23"]);
}

#[test]
fn a_listing_of_nothing_without_end_is_given_up_with_a_cursor() {
    let world = pinecone(|_| answer(200, json!({"vectors": [], "pagination": {"next": "more"}})));
    let page = world.run(index(&world).list(&world.call(60), "n", "", None, 1000)).unwrap();
    assert_eq!((page.ids.len(), page.next.as_deref()), (0, Some("more")));
    assert_eq!(paths(&world).len(), 30);
}

#[test]
fn what_is_out_of_bounds_is_invalid() {
    let world = listing(10);
    let index = index(&world);
    let list =
        |cursor, limit| world.run(index.list(&world.call(60), "a b/é", "", cursor, limit)).unwrap_err();
    for error in [list(None, 0), list(None, 1001), list(Some(""), 10), list(Some("made up"), 10)] {
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
    assert!(list(Some("made up"), 10).message.contains("cursor"));
}

#[test]
fn a_namespace_that_does_not_exist_has_no_ids() {
    let world =
        pinecone(|_| answer(404, json!({"code": 5, "message": "Namespace not found", "details": []})));
    let page = world.run(index(&world).list(&world.call(60), "n", "", None, 10)).unwrap();
    assert_eq!((page.ids.len(), page.next), (0, None));
}
