//! What an operator sets, and what is said when it is wrong.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use s3::{Config, VARIABLES};
use upstream::{Error, ErrorKind};

fn read(variables: &[(&str, &str)]) -> Result<Config, Error> {
    let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    let usual = |name: &str| match name {
        "aws_access_key_id" => Some("AKIAKEY".to_owned()),
        "aws_secret_access_key" => Some("5ecret-value".to_owned()),
        _ => None,
    };
    Config::from_variables(|name| {
        assert!(VARIABLES.contains(&name), "{name} is read but not listed");
        find(name).or_else(|| usual(name))
    })
}

#[test]
fn only_a_key_must_be_set_and_the_rest_has_defaults() {
    let config = read(&[]).unwrap();
    assert_eq!(config.bucket(), "serene-relationship-mediator");
    assert_eq!(config.region(), "us-east-1");
}

#[test]
fn white_space_around_values_does_not_count() {
    let spaced =
        read(&[("aws_access_key_id", " AKIAKEY\n"), ("aws_region", " \n"), ("s3_force_path_style", "")]);
    assert_eq!(spaced.unwrap(), read(&[]).unwrap());
}

#[test]
fn each_wrong_value_is_named_with_what_to_set() {
    let cases: [(&str, &[&str]); 9] = [
        ("s3_bucket_name", &["a", "Upper", "a_b", "a/b", "s3://bucket", "-ab", "ab.", "a..b"]),
        ("aws_access_key_id", &[" ", "AK IA", "AKIA/x", "AKIA,x"]),
        ("aws_secret_access_key", &[" ", "a b", "a\u{e9}"]),
        ("aws_session_token", &["a b", "a\nb"]),
        ("aws_region", &["EU Central", "eu.central", "eu/central"]),
        (
            "s3_endpoint_url",
            &["s3.example.com", "ftp://h", "https://u@h", "https://h?x", "https://h#x", "https://"],
        ),
        ("s3_force_path_style", &["yes", "1", "TRUE"]),
        ("s3_server_side_encryption", &["aes256", "kms"]),
        ("s3_kms_key_id", &["alias/serene"]),
    ];
    for (variable, values) in cases {
        for value in values {
            let error = read(&[(variable, value)]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Misconfigured, "{variable}={value}");
            assert_eq!(error.extra("variable"), Some(variable), "{variable}={value}");
            assert!(error.message.starts_with(variable) && error.message.contains("et it to"), "{error}");
        }
    }
}

#[test]
fn a_key_of_a_session_needs_its_token() {
    let error = read(&[("aws_access_key_id", "ASIAKEY")]).unwrap_err();
    assert_eq!(error.extra("variable"), Some("aws_session_token"));
    assert!(read(&[("aws_access_key_id", "ASIAKEY"), ("aws_session_token", "t0ken")]).is_ok());
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", read(&[("aws_session_token", "t0ken-value")]).unwrap());
    assert!(!shown.contains("5ecret-value") && !shown.contains("t0ken-value"), "{shown}");
}
