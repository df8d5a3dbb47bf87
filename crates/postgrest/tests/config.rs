//! What an operator sets, and what is said when it is missing or wrong.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use postgrest::{Config, Query, RecordStore};
use upstream::{Call, Error, ErrorKind};
use upstream_hyper::Native;

fn config(url: &str, key: &str, schema: &str) -> Result<Config, Error> {
    Config::from_variables(|name| match name {
        "supabase_url" => Some(url.to_owned()),
        "supabase_service_key" => Some(key.to_owned()),
        "supabase_schema" => Some(schema.to_owned()),
        _ => None,
    })
}

#[test]
fn each_variable_missing_or_wrong_is_named_and_no_key_is_shown() {
    let (url, key) = ("https://abcdefgh.supabase.co", "sb_secret_0123456789");
    let wrong = [
        (config("", key, ""), "supabase_url"),
        (config("abcdefgh", key, ""), "supabase_url"),
        (config("https://user:pass@abcdefgh.supabase.co", key, ""), "supabase_url"),
        (config(url, " ", ""), "supabase_service_key"),
        (config(url, "sk-of-somebody-else", ""), "supabase_service_key"),
        (config(url, "sb_secret_a\u{1}b", ""), "supabase_service_key"),
        (config(url, key, "a schema"), "supabase_schema"),
    ];
    for (config, variable) in wrong {
        let error = config.unwrap_err();
        assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Misconfigured, Some(variable)));
        assert!(error.message.starts_with(variable) && !error.message.contains("sk-of"), "{error}");
    }
    assert!(!format!("{:?}", config(url, key, "").unwrap()).contains(key));
}

#[test]
fn an_address_may_end_in_a_slash_or_in_the_rest_path() {
    let plain = config("https://abcdefgh.supabase.co", "sb_secret_0123456789", "").unwrap();
    for url in ["https://abcdefgh.supabase.co/", "https://abcdefgh.supabase.co/rest/v1/"] {
        assert_eq!(config(url, "sb_secret_0123456789", "").unwrap(), plain);
    }
}

#[tokio::test]
async fn an_address_where_nothing_answers_is_said_by_the_name_of_its_variable() {
    // Bound and dropped: a port where nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = config(&format!("http://127.0.0.1:{port}"), "sb_secret_0123456789", "").unwrap();
    let platform = Rc::new(Native::at_pace(20));
    let call = Call::starting_now(&*platform, Duration::from_secs(60), None);
    let store = RecordStore::new(platform, config);
    let query = Query { columns: Vec::new(), filters: Vec::new(), order: Vec::new(), limit: 1, cursor: None };
    let error = store.session(&call, None).unwrap().select("documents", &query).await.unwrap_err();
    assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Unavailable, Some("supabase_url")));
    assert!(error.message.contains("supabase_url"), "{error}");
}
