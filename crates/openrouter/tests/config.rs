//! What an operator is told about each variable.

mod common;

use common::{KEY, config};
use openrouter::Config;
use upstream::ErrorKind;

#[test]
fn a_key_is_all_that_must_be_set() {
    let info = config(&[]).unwrap().info();
    assert_eq!((info.model.as_str(), info.max_output_tokens), ("openai/gpt-4.1-mini", 8192));
    let set =
        [("openrouter_model", "anthropic/claude-sonnet-4.5:floor"), ("openrouter_max_output_tokens", "2000")];
    let info = config(&set).unwrap().info();
    assert_eq!((info.model.as_str(), info.max_output_tokens), ("anthropic/claude-sonnet-4.5:floor", 2000));
}

#[test]
fn each_missing_or_wrong_variable_is_named_with_what_to_set() {
    let wrong = [
        ("openrouter_api_key", "\n"),
        ("openrouter_api_key", "sk-or-v1-0123\u{7}456789"),
        ("openrouter_model", "gpt-4"),
        ("openrouter_model", "/gpt-4"),
        ("openrouter_model", "a/b,c/d"),
        ("openrouter_fallback_models", "a/b, c"),
        ("openrouter_fallback_models", "a/b,a/c,a/d,a/e"),
        ("openrouter_max_output_tokens", "many"),
        ("openrouter_max_output_tokens", "15"),
        ("openrouter_max_output_tokens", "1000000"),
        ("openrouter_data_collection", "maybe"),
        ("openrouter_app_url", "example.com"),
        ("openrouter_app_title", "Sérène"),
        ("openrouter_base_url", "openrouter.ai/api/v1"),
        ("openrouter_base_url", "https://me:sk-or-v1-0123456789-secret@host/v1"),
        ("openrouter_base_url", "https://openrouter.ai/api/v1?x=1"),
    ];
    for (name, value) in wrong {
        let error = config(&[(name, value)]).unwrap_err();
        assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Misconfigured, Some(name)), "{value}");
        assert!(error.message.contains(name) && error.message.contains("Set it to "), "{error}");
        assert!(!format!("{error:?}").contains("0123"), "{error}");
    }
    let error = Config::from_variables(|_| None).unwrap_err();
    assert_eq!(error.extra("variable"), Some("openrouter_api_key"));
}

#[test]
fn a_config_shows_no_key() {
    assert!(!format!("{:?}", config(&[("openrouter_api_key", KEY)])).contains("0123"));
}
