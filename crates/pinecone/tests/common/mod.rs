//! A simulated Pinecone.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

use pinecone::{Config, Filter, Match, Nearest, Predicate, Vector, VectorIndex};
use serde_json::{Value, json};
pub use simulated::{Reply, Sent, World, answer, shown, shows_part_of};
use upstream::Error;

pub const KEY: &str = "pcsk_0123456789-secret";
pub const HOST: &str = "https://serene-abc.svc.pinecone.io";

pub fn index(world: &Rc<World>) -> VectorIndex<World> {
    index_with(world, &[("pinecone_api_key", KEY), ("pinecone_index_name", "serene")])
}

pub fn index_with(world: &Rc<World>, variables: &[(&str, &str)]) -> VectorIndex<World> {
    VectorIndex::new(Rc::clone(world), config(variables).unwrap())
}

pub fn config(variables: &[(&str, &str)]) -> Result<Config, Error> {
    let get = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    Config::from_variables(get)
}

/// The control plane's description of an index of two dimensions.
pub fn model() -> Value {
    json!({
        "name": "serene", "dimension": 2, "metric": "cosine", "vector_type": "dense",
        "host": "serene-abc.svc.pinecone.io", "status": {"ready": true, "state": "Ready"},
        "deletion_protection": "disabled", "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
    })
}

/// A Pinecone whose control plane answers, and whose index does what `data` does.
pub fn pinecone(mut data: impl FnMut(&Sent) -> Reply + 'static) -> Rc<World> {
    World::new(move |sent| {
        if sent.uri.starts_with("https://api.pinecone.io/indexes/") {
            answer(200, model())
        } else {
            data(sent)
        }
    })
}

/// What was asked of the index: path and query, and the body.
pub fn asked(world: &World) -> Vec<(String, Value)> {
    let sent = world.sent.borrow();
    let of_index = sent.iter().filter_map(|sent| Some((sent.uri.strip_prefix(HOST)?.to_owned(), sent)));
    of_index.map(|(path, sent)| (path, serde_json::from_slice(&sent.body).unwrap_or_default())).collect()
}

/// The paths asked of the index.
pub fn paths(world: &World) -> Vec<String> {
    asked(world).into_iter().map(|(path, _)| path).collect()
}

/// An answer with a header.
pub fn with_header(status: u16, name: &'static str, value: impl ToString, body: Value) -> Reply {
    Reply::Answer(status, vec![(name, value.to_string())], body.to_string().into_bytes())
}

pub fn stored(sent: &Sent) -> Value {
    json!({"upsertedCount": sent.json()["vectors"].as_array().unwrap().len()})
}

pub fn vector(id: &str, metadata: &str) -> Vector {
    Vector { id: id.to_owned(), values: vec![3.0, 4.0], metadata: metadata.to_owned() }
}

pub fn nearest(filters: Vec<Filter>) -> Nearest {
    Nearest { values: vec![0.0, 2.0], top_k: 10, filters }
}

pub fn filter(field: &str, predicate: Predicate) -> Filter {
    Filter { field: field.to_owned(), predicate }
}

pub fn query(world: &Rc<World>, filters: Vec<Filter>) -> Result<Vec<Match>, Error> {
    world.run(index(world).query(&world.call(60), "profiles", &nearest(filters)))
}

pub fn upsert(world: &Rc<World>, vectors: &[Vector]) -> Result<(), Error> {
    world.run(index(world).upsert(&world.call(60), "profiles", vectors))
}
