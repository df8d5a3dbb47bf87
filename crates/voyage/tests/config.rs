//! What an operator is told about each variable.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use upstream::{Error, ErrorKind};
use voyage::{EmbedderConfig, RerankerConfig};

const KEY: (&str, &str) = ("voyage_api_key", "pa-a-secret-key");

fn embedder(variables: &[(&str, &str)]) -> Result<EmbedderConfig, Error> {
    EmbedderConfig::from_variables(|name| lookup(variables, name))
}

fn lookup(variables: &[(&str, &str)], name: &str) -> Option<String> {
    variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn a_key_is_all_that_must_be_set() {
    let info = embedder(&[KEY]).unwrap().info();
    assert_eq!((info.model.as_str(), info.dimensions), ("voyage-3", 1024));
    assert_eq!((info.max_texts, info.max_text_tokens, info.max_call_tokens), (1000, 32_000, 320_000));
    let info = RerankerConfig::from_variables(|name| lookup(&[KEY], name)).unwrap().info();
    assert_eq!((info.model.as_str(), info.max_texts, info.max_call_tokens), ("rerank-2.5", 1000, 600_000));
}

#[test]
fn each_missing_or_wrong_variable_is_named_with_what_to_set() {
    let wrong: [(&[(&str, &str)], &str); 13] = [
        (&[], "voyage_api_key"),
        (&[("voyage_api_key", " \n")], "voyage_api_key"),
        (&[("voyage_api_key", "pa-a-secret\u{7}key")], "voyage_api_key"),
        (&[KEY, ("voyage_base_url", "api.voyageai.com")], "voyage_base_url"),
        (&[KEY, ("voyage_base_url", "ftp://api.voyageai.com")], "voyage_base_url"),
        (&[KEY, ("voyage_base_url", "https://me:pa-a-secret-key@host/v1")], "voyage_base_url"),
        (&[KEY, ("voyage_base_url", "https://host/v1?x=1")], "voyage_base_url"),
        (&[KEY, ("voyage_truncation", "perhaps")], "voyage_truncation"),
        (&[KEY, ("voyage_dimension", "many")], "voyage_dimension"),
        (&[KEY, ("voyage_dimension", "0")], "voyage_dimension"),
        (&[KEY, ("voyage_dimension", "512")], "voyage_dimension"),
        (&[KEY, ("voyage_model", "voyage-3.5"), ("voyage_dimension", "300")], "voyage_dimension"),
        (&[KEY, ("voyage_model", "voyage-9")], "voyage_dimension"),
    ];
    for (variables, name) in wrong {
        let error = embedder(variables).unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some(name)),
            "{variables:?}"
        );
        assert!(error.message.contains(name) && error.message.contains("Set "), "{error}");
        assert!(!format!("{error:?}").contains("pa-a-secret"), "{error}");
    }
}

#[test]
fn a_model_that_is_not_known_needs_its_size_and_gets_the_tightest_limits() {
    let config = embedder(&[KEY, ("voyage_model", "voyage-9"), ("voyage_dimension", "768")]).unwrap();
    let info = config.info();
    assert_eq!((info.model.as_str(), info.dimensions), ("voyage-9@768", 768));
    assert_eq!((info.max_text_tokens, info.max_call_tokens), (16_000, 120_000));
}

#[test]
fn vectors_of_two_sizes_are_told_apart_by_the_model_s_name() {
    let model = |dimension| {
        embedder(&[KEY, ("voyage_model", "voyage-3.5"), ("voyage_dimension", dimension)])
            .unwrap()
            .info()
            .model
    };
    assert_eq!((model("1024").as_str(), model("512").as_str()), ("voyage-3.5", "voyage-3.5@512"));
}

#[test]
fn a_config_shows_no_key() {
    assert!(!format!("{:?}", embedder(&[KEY]).unwrap()).contains("a-secret"));
}
