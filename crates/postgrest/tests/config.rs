//! What an operator sets beyond the project, and what is said when it is wrong.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use postgrest::{Config, Query, RecordStore};
use upstream::{Call, Error, ErrorKind};
use upstream_hyper::Native;

fn config(url: &str, schema: &str) -> Result<Config, Error> {
    Config::from_variables(|name| match name {
        "supabase_url" => Some(url.to_owned()),
        "supabase_service_key" => Some("sb_secret_0123456789".to_owned()),
        "supabase_schema" => Some(schema.to_owned()),
        _ => None,
    })
}

#[test]
fn a_schema_is_one_name_or_not_set() {
    let config = |schema| config("https://abcdefgh.supabase.co", schema);
    assert_eq!(config("").unwrap(), config(" ").unwrap());
    assert_ne!(config("serene").unwrap(), config("").unwrap());
    for wrong in ["a schema", "1st", "public,private"] {
        let error = config(wrong).unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some("supabase_schema"))
        );
    }
}

#[tokio::test]
async fn an_address_where_nothing_answers_is_said_by_the_name_of_its_variable() {
    // Bound and dropped: a port where nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = config(&format!("http://127.0.0.1:{port}"), "").unwrap();
    let platform = Rc::new(Native::at_pace(20));
    let call = Call::starting_now(&*platform, Duration::from_secs(60), None);
    let store = RecordStore::new(platform, config);
    let query = Query { columns: Vec::new(), filters: Vec::new(), order: Vec::new(), limit: 1, cursor: None };
    let error = store.session(&call, None).unwrap().select("documents", &query).await.unwrap_err();
    assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Unavailable, Some("supabase_url")));
    assert!(error.message.contains("supabase_url"), "{error}");
}
