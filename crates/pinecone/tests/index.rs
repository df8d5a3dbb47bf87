//! How the index is found, and what it must be.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::cell::Cell;
use std::rc::Rc;

use common::{HOST, KEY, Reply, World, answer, asked, index, index_with, model, nearest, pinecone, query};
use serde_json::{Value, json};
use upstream::{ErrorKind, TransportFault};

fn nothing() -> Reply {
    answer(200, json!({"matches": [], "namespace": "profiles", "usage": {"readUnits": 1}}))
}

/// A control plane that describes the index so.
fn described(model: Value) -> Rc<World> {
    World::new(move |sent| if sent.uri.starts_with(HOST) { nothing() } else { answer(200, &model) })
}

fn with(name: &str, value: Value) -> Value {
    let mut model = model();
    model[name] = value;
    model
}

#[test]
fn the_host_is_looked_up_once_and_every_request_says_who_asks_and_for_which_version() {
    let world = pinecone(|_| nothing());
    let index = index(&world);
    for _ in 0..2 {
        world.run(index.query(&world.call(60), "profiles", &nearest(Vec::new()))).unwrap();
    }
    let sent = world.sent.borrow();
    let places: Vec<String> = sent.iter().map(|sent| format!("{} {}", sent.method, sent.uri)).collect();
    assert_eq!(
        places,
        [
            "GET https://api.pinecone.io/indexes/serene".to_owned(),
            format!("POST {HOST}/query"),
            format!("POST {HOST}/query"),
        ]
    );
    for sent in &*sent {
        assert_eq!(sent.headers["api-key"], KEY);
        assert_eq!(sent.headers["x-pinecone-api-version"], "2025-10");
        assert!(sent.headers["api-key"].is_sensitive());
    }
}

#[test]
fn a_host_that_is_set_is_asked_what_it_is() {
    let world = World::new(|sent| {
        if sent.uri.ends_with("/query") {
            return nothing();
        }
        answer(
            200,
            json!({"namespaces": {"profiles": {"vectorCount": 3}, "__default__": {"vectorCount": 1}},
            "dimension": 2, "metric": "cosine", "vectorType": "dense", "totalVectorCount": 4}),
        )
    });
    let variables = [("pinecone_api_key", KEY), ("pinecone_index_host", "serene-abc.svc.pinecone.io")];
    let index = index_with(&world, &variables);
    world.run(index.query(&world.call(60), "profiles", &nearest(Vec::new()))).unwrap();
    let info = world.run(index.describe(&world.call(60))).unwrap();
    assert_eq!(
        (info.dimensions, info.namespaces),
        (Some(2), vec![(String::new(), 1), ("profiles".to_owned(), 3)])
    );
    let paths: Vec<String> = asked(&world).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["/describe_index_stats", "/query", "/describe_index_stats"]);
}

#[test]
fn a_bare_host_is_reached_as_the_control_plane_is() {
    let world = World::new(|sent| {
        if sent.uri.contains("/indexes/") {
            return answer(200, with("host", json!("127.0.0.1:5081")));
        }
        assert!(sent.uri.starts_with("http://127.0.0.1:5081/"), "{}", sent.uri);
        nothing()
    });
    let variables = [
        ("pinecone_api_key", KEY),
        ("pinecone_index_name", "serene"),
        ("pinecone_control_url", "http://127.0.0.1:5080/"),
    ];
    world.run(index_with(&world, &variables).query(&world.call(60), "a", &nearest(Vec::new()))).unwrap();
    assert_eq!(world.sent.borrow()[0].uri, "http://127.0.0.1:5080/indexes/serene");
}

/// The answer of a control plane that is not what it should be must not take the key elsewhere.
#[test]
fn a_host_elsewhere_than_the_control_plane_gets_no_request() {
    let ours = "https://api.pinecone.io";
    let emulator = "http://127.0.0.1:5080";
    for (control, host) in [
        (ours, "169.254.169.254"),
        (ours, "http://169.254.169.254/latest"),
        (ours, "127.0.0.1:8080"),
        (ours, "[::1]:443"),
        (ours, "localhost"),
        (ours, "http://serene-abc.svc.pinecone.io"),
        (ours, "pinecone.io.evil.example"),
        (ours, "evilpinecone.io"),
        (ours, "pinecone.io"),
        (ours, ".pinecone.io"),
        (ours, "serene.svc.pinecone.io@evil.example"),
        (ours, "serene.svc.pinecone.io/../x"),
        (ours, "evil.example#.pinecone.io"),
        (emulator, "10.0.0.1:5081"),
        (emulator, "https://127.0.0.1:5081"),
        (emulator, "x.0.0.1"),
        ("https://control.example", "index.example"),
    ] {
        let (control, host) = (control.to_owned(), host.to_owned());
        let world = World::new(move |sent| {
            assert!(sent.uri.contains("/indexes/serene"), "{} was asked", sent.uri);
            answer(200, with("host", json!(host)))
        });
        let variables = [
            ("pinecone_api_key", KEY),
            ("pinecone_index_name", "serene"),
            ("pinecone_control_url", control.as_str()),
        ];
        let asked = index_with(&world, &variables);
        let error = world.run(asked.query(&world.call(60), "a", &nearest(Vec::new()))).unwrap_err();
        assert!(error.message.contains("pinecone_index_host"), "{error}");
        assert_eq!(world.tries(), 1, "{error}");
    }
}

#[test]
fn an_index_whose_scores_are_no_cosines_is_refused() {
    assert!(query(&described(with("metric", json!("dotproduct"))), Vec::new()).is_ok());
    let wrong = [("metric", json!("euclidean")), ("vector_type", json!("sparse"))]
        .map(|(name, value)| with(name, value));
    for model in wrong {
        let world = described(model);
        let error = query(&world, Vec::new()).unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some("pinecone_index_name"))
        );
        assert_eq!(world.tries(), 1);
        assert!(error.message.contains("metric cosine"), "{error}");
    }
}

#[test]
fn an_index_that_is_being_made_is_waited_for_and_one_that_never_will_be_is_not() {
    for (model, tries, kind) in [
        (with("status", json!({"ready": false, "state": "Initializing"})), 4, ErrorKind::Unavailable),
        (with("host", Value::Null), 4, ErrorKind::Unavailable),
        (
            with("status", json!({"ready": false, "state": "InitializationFailed"})),
            1,
            ErrorKind::Misconfigured,
        ),
        (with("status", json!({"ready": false, "state": "Terminating"})), 1, ErrorKind::Misconfigured),
    ] {
        let world = described(model);
        let error = query(&world, Vec::new()).unwrap_err();
        assert_eq!((error.kind, world.tries()), (kind, tries), "{error}");
    }
    let mut tries = 0;
    let world = World::new(move |sent| {
        if sent.uri.starts_with(HOST) {
            return nothing();
        }
        tries += 1;
        answer(
            200,
            if tries < 3 {
                with("status", json!({"ready": false, "state": "Initializing"}))
            } else {
                model()
            },
        )
    });
    assert!(query(&world, Vec::new()).is_ok());
}

#[test]
fn an_index_that_does_not_exist_is_said_by_name_of_the_variable() {
    let world = World::new(|_| {
        answer(
            404,
            json!({"status": 404, "error": {"code": "NOT_FOUND", "message": "Resource serene not found"}}),
        )
    });
    let error = query(&world, Vec::new()).unwrap_err();
    assert_eq!((error.kind, error.status, world.tries()), (ErrorKind::Misconfigured, Some(404), 1));
    assert_eq!(
        (error.extra("variable"), error.extra("provider-code")),
        (Some("pinecone_index_name"), Some("NOT_FOUND"))
    );
    assert!(error.message.contains("Resource serene not found"), "{error}");
}

#[test]
fn an_index_that_moved_is_found_again() {
    let gone = Rc::new(Cell::new(false));
    let is_gone = Rc::clone(&gone);
    let world = World::new(move |sent| {
        if sent.uri.starts_with(HOST) {
            return if is_gone.get() { Reply::Fault(TransportFault::NoSuchHost) } else { nothing() };
        }
        if sent.uri.contains("/indexes/") {
            return answer(
                200,
                if is_gone.get() { with("host", json!("new.svc.pinecone.io")) } else { model() },
            );
        }
        nothing()
    });
    let index = index(&world);
    let ask = || world.run(index.query(&world.call(60), "profiles", &nearest(Vec::new())));
    assert!(ask().is_ok());
    gone.set(true);
    assert_eq!(ask().unwrap_err().kind, ErrorKind::Unavailable);
    assert!(ask().is_ok());
    assert_eq!(world.sent.borrow().last().unwrap().uri, "https://new.svc.pinecone.io/query");
}

#[test]
fn another_number_of_dimensions_is_said_with_both_and_nothing_is_sent() {
    let world = described(with("dimension", json!(1024)));
    let error = query(&world, Vec::new()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Misconfigured);
    assert_eq!((error.extra("expected"), error.extra("actual")), (Some("1024"), Some("2")));
    let error = common::upsert(&world, &[common::vector("a", "{}")]).unwrap_err();
    assert_eq!((error.extra("expected"), error.extra("actual")), (Some("1024"), Some("2")));
    assert!(asked(&world).is_empty());
}

#[test]
fn an_index_that_was_made_anew_with_other_dimensions_is_found_in_the_same_call() {
    let dimension = Rc::new(Cell::new(1024));
    let now = Rc::clone(&dimension);
    let world = World::new(move |sent| {
        if sent.uri.contains("/indexes/") {
            return answer(200, with("dimension", json!(now.get())));
        }
        nothing()
    });
    let index = index(&world);
    let ask = || world.run(index.query(&world.call(60), "profiles", &nearest(Vec::new())));
    assert_eq!(ask().unwrap_err().extra("expected"), Some("1024"));
    dimension.set(2);
    assert!(ask().is_ok());
}

#[test]
fn an_address_that_is_set_is_named_where_nothing_answers_there() {
    let key = ("pinecone_api_key", KEY);
    let name = ("pinecone_index_name", "serene");
    let cases: [(&[(&str, &str)], _); 3] = [
        (&[key, name], None),
        (&[key, name, ("pinecone_control_url", "https://control.example")], Some("pinecone_control_url")),
        (&[key, ("pinecone_index_host", "index.example")], Some("pinecone_index_host")),
    ];
    for (variables, named) in cases {
        let world = World::new(|_| Reply::Fault(TransportFault::NoSuchHost));
        let ask = index_with(&world, variables);
        let error = world.run(ask.query(&world.call(60), "profiles", &nearest(Vec::new()))).unwrap_err();
        assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Unavailable, named), "{error}");
    }
}
