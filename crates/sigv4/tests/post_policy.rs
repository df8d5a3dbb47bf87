//! The policy of a form upload: what it covers, and its signature by an independent signer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sigv4::{Condition, Credentials, SignError, Signer};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 2015-12-29T00:00:00Z
const TIME: u64 = 1_451_347_200;

fn signer() -> Signer {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET, Some("a/token+=".to_owned()));
    Signer::s3(credentials, "us-east-1")
}

fn fields(conditions: &[Condition]) -> BTreeMap<String, String> {
    let policy = signer().post_policy("a-bucket", "profiles/a \"b\".pdf", conditions, 3600, TIME).unwrap();
    policy.fields.into_iter().collect()
}

#[test]
fn a_policy_says_when_it_ends_and_covers_every_field_but_itself_and_the_signature() {
    let fields = fields(&[
        Condition::Equals("success_action_status".to_owned(), "201".to_owned()),
        Condition::StartsWith("Content-Type".to_owned(), "application/".to_owned()),
        Condition::Length(1, 1_048_576),
    ]);
    let policy: Value = serde_json::from_slice(&STANDARD.decode(&fields["policy"]).unwrap()).unwrap();
    assert_eq!(policy["expiration"], "2015-12-29T01:00:00.000Z");
    let conditions = policy["conditions"].as_array().unwrap();
    assert!(conditions.contains(&json!({ "bucket": "a-bucket" })));
    assert!(conditions.contains(&json!(["starts-with", "$Content-Type", "application/"])));
    assert!(conditions.contains(&json!(["content-length-range", 1, 1_048_576])));
    for (name, value) in &fields {
        let is_covered = conditions.contains(&json!({ name: value }));
        assert_eq!(is_covered, !["policy", "x-amz-signature"].contains(&name.as_str()), "{name}");
    }
    assert_eq!(fields["x-amz-credential"], "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request");
    assert_eq!(fields["x-amz-date"], "20151229T000000Z");
    assert_eq!(fields["x-amz-security-token"], "a/token+=");
}

#[test]
fn the_signature_of_a_policy_is_that_of_another_signer() {
    let fields = fields(&[]);
    let key = generate_signing_key(SECRET, UNIX_EPOCH + Duration::from_secs(TIME), "us-east-1", "s3");
    assert_eq!(fields["x-amz-signature"], calculate_signature(key, fields["policy"].as_bytes()));
}

#[test]
fn a_policy_lives_between_a_second_and_a_week() {
    let policy = |seconds| signer().post_policy("b", "k", &[], seconds, TIME).map(drop);
    assert_eq!((policy(1), policy(604_800)), (Ok(()), Ok(())));
    assert_eq!(policy(0), Err(SignError::Expires(0)));
    assert_eq!(policy(604_801), Err(SignError::Expires(604_801)));
}
