//! The IAM policies name the actions that the client uses, and no other.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use s3::Operation;
use serde_json::Value;

fn actions_of(policy: &str) -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/iam");
    let text = std::fs::read_to_string(format!("{folder}/{policy}")).unwrap();
    let policy: Value = serde_json::from_str(&text).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    statements
        .iter()
        .inspect(|statement| {
            assert_eq!(statement["Effect"], "Allow");
            let resource = statement["Resource"].as_str().unwrap();
            assert!(resource.starts_with("arn:aws:s3:::serene-relationship-mediator"), "{resource}");
        })
        .flat_map(|statement| statement["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

fn needed(operations: &[Operation]) -> BTreeSet<String> {
    operations.iter().map(|operation| operation.action().to_owned()).collect()
}

#[test]
fn the_policy_to_run_with_names_exactly_what_requests_need() {
    assert_eq!(actions_of("serene-s3-policy.json"), needed(&Operation::SERVING));
}

#[test]
fn the_policy_for_set_up_names_exactly_what_set_up_needs() {
    assert_eq!(actions_of("serene-s3-setup-policy.json"), needed(&Operation::SET_UP));
}
