use std::rc::Rc;

use percent_encoding::percent_decode_str;
use postgrest::{Config, Filter, Order, Predicate, Query, RecordStore};
use serde_json::json;
use simulated::{World, answer};

/// A value in a question to PostgREST, and the same bytes as the cursor of a page: it stays one value of one parameter, at one table.
pub fn filters(data: &[u8]) {
    let value = String::from_utf8_lossy(data).into_owned();
    let world = World::new(|_| answer(200, json!([])));
    let store = RecordStore::new(Rc::clone(&world), config());
    let select = |filters: Vec<Predicate>, cursor: Option<String>| {
        let filters =
            filters.into_iter().map(|predicate| Filter { field: "relationship_id".to_owned(), predicate });
        let query = Query {
            columns: vec!["id".to_owned()],
            filters: filters.collect(),
            order: vec![Order { column: "key".to_owned(), descending: false }],
            limit: 10,
            cursor,
        };
        let call = world.call(60);
        let session = store.session(&call, None).expect("a session");
        world.run(session.select("documents", &query)).is_ok()
    };
    select(vec![Predicate::Eq(json!(value))], None);
    let equal = world.sent.borrow_mut().pop();
    if let Some(sent) = equal {
        let parameters = parameters(&sent.uri);
        let about: Vec<_> = parameters.iter().filter(|(name, _)| name == "relationship_id").collect();
        let [(_, condition)] = about.as_slice() else { panic!("{} conditions of one", about.len()) };
        assert_eq!(*condition, format!("eq.{value}"));
    }
    select(vec![Predicate::OneOf(vec![json!(value), json!("other")])], None);
    select(vec![Predicate::StartsWith(value.clone())], None);
    select(Vec::new(), Some(value));
    for sent in world.sent.borrow().iter() {
        let known = ["select", "order", "limit", "relationship_id", "or", "and", "offset", "not.and"];
        for (name, _) in parameters(&sent.uri) {
            assert!(known.contains(&name.as_str()), "{name} in {}", sent.uri);
        }
    }
}

/// The parameters of a request to the one table that was asked for.
fn parameters(uri: &str) -> Vec<(String, String)> {
    let query = uri.strip_prefix("https://abcdefgh.supabase.co/rest/v1/documents?");
    let query = query.unwrap_or_else(|| panic!("{uri} was asked"));
    assert!(!query.contains(['#', '?', ' ']), "{uri}");
    let decode = |text: &str| percent_decode_str(text).decode_utf8().expect("text").into_owned();
    let pairs = query.split('&').map(|pair| pair.split_once('=').expect("a name and a value"));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn config() -> Config {
    Config::from_variables(|name| {
        let value = match name {
            "supabase_url" => "https://abcdefgh.supabase.co",
            "supabase_service_key" => "sb_secret_0123456789abcdef",
            _ => return None,
        };
        Some(value.to_owned())
    })
    .expect("a configuration")
}
