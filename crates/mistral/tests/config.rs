//! What an operator is told about each variable.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use mistral::Config;
use upstream::{Error, ErrorKind};

const KEY: (&str, &str) = ("mistral_api_key", "a-secret-key");

fn config(variables: &[(&str, &str)]) -> Result<Config, Error> {
    let value = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    Config::from_variables(value)
}

#[test]
fn a_key_is_all_that_must_be_set() {
    let info = config(&[KEY]).unwrap().info();
    assert_eq!(info.model, "mistral-ocr-2512");
    assert_eq!((info.max_bytes, info.max_pages, info.prefers_url), (50_000_000, 1000, true));
    assert!(info.media_types.contains(&"application/pdf"));
    assert!(!config(&[KEY, ("mistral_prefers_url", "false")]).unwrap().info().prefers_url);
}

#[test]
fn each_missing_or_wrong_variable_is_named_with_what_to_set() {
    let wrong: [(&[(&str, &str)], &str); 7] = [
        (&[], "mistral_api_key"),
        (&[("mistral_api_key", " ")], "mistral_api_key"),
        (&[("mistral_api_key", "a-secret\u{7}key")], "mistral_api_key"),
        (&[KEY, ("mistral_base_url", "api.mistral.ai")], "mistral_base_url"),
        (&[KEY, ("mistral_base_url", "https://me:a-secret-key@host/v1")], "mistral_base_url"),
        (&[KEY, ("mistral_base_url", "https://host/v1#x")], "mistral_base_url"),
        (&[KEY, ("mistral_prefers_url", "sometimes")], "mistral_prefers_url"),
    ];
    for (variables, name) in wrong {
        let error = config(variables).unwrap_err();
        assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Misconfigured, Some(name)));
        assert!(error.message.contains(name) && error.message.contains("et it to"), "{error}");
        assert!(!format!("{error:?}").contains("a-secret"), "{error}");
    }
}

#[test]
fn a_config_shows_no_key() {
    assert!(!format!("{:?}", config(&[KEY]).unwrap()).contains("a-secret"));
}
