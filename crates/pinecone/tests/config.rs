//! What an operator is told about each variable.

mod common;

use common::{KEY, config};
use upstream::ErrorKind;

const API_KEY: (&str, &str) = ("pinecone_api_key", KEY);
const NAME: (&str, &str) = ("pinecone_index_name", "serene");

#[test]
fn a_key_and_a_name_or_a_host_are_all_that_must_be_set() {
    assert!(config(&[API_KEY, NAME]).is_ok());
    for host in ["serene-abc.svc.pinecone.io", "https://serene-abc.svc.pinecone.io/", "http://127.0.0.1:5081"]
    {
        assert!(config(&[API_KEY, ("pinecone_index_host", host)]).is_ok(), "{host}");
    }
}

#[test]
fn each_missing_or_wrong_variable_is_named_with_what_to_set() {
    let wrong: [(&[(&str, &str)], &str); 13] = [
        (&[NAME], "pinecone_api_key"),
        (&[NAME, ("pinecone_api_key", " \n")], "pinecone_api_key"),
        (&[NAME, ("pinecone_api_key", "pcsk_0123\u{7}456789")], "pinecone_api_key"),
        (&[API_KEY], "pinecone_index_name"),
        (&[API_KEY, ("pinecone_index_name", "")], "pinecone_index_name"),
        (&[API_KEY, ("pinecone_index_name", "Serene")], "pinecone_index_name"),
        (&[API_KEY, ("pinecone_index_name", "-serene")], "pinecone_index_name"),
        (&[API_KEY, ("pinecone_index_name", "../indexes")], "pinecone_index_name"),
        (&[API_KEY, ("pinecone_index_host", "ftp://host")], "pinecone_index_host"),
        (&[API_KEY, ("pinecone_index_host", "https://host/path")], "pinecone_index_host"),
        (&[API_KEY, ("pinecone_index_host", "me:pcsk_0123456789-secret@host")], "pinecone_index_host"),
        (&[API_KEY, NAME, ("pinecone_control_url", "api.pinecone.io")], "pinecone_control_url"),
        (&[API_KEY, NAME, ("pinecone_control_url", "https://api.pinecone.io?x=1")], "pinecone_control_url"),
    ];
    for (variables, name) in wrong {
        let error = config(variables).unwrap_err();
        let found = (error.kind, error.extra("variable"));
        assert_eq!(found, (ErrorKind::Misconfigured, Some(name)), "{variables:?}");
        assert!(error.message.contains(name) && error.message.contains("Set "), "{error}");
        assert!(!format!("{error:?}").contains("0123"), "{error}");
    }
}

#[test]
fn a_config_shows_no_key() {
    assert!(!format!("{:?}", config(&[API_KEY, NAME])).contains("0123"));
}
