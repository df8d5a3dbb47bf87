//! Each variable that is missing or wrong is named, with what to set: those of the gateway by every request, those of the cloud stages by the doctor.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::collections::BTreeSet;

use serde_json::Value;
use serene_tests::{Emulated, Server, request, serene, workspace};
use toml_edit::DocumentMut;

/// A variable and a value that does not work; "" is one that is not set.
type Wrong = (&'static str, &'static str);

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

const GATEWAY: &[Wrong] = &[
    ("s3_bucket_name", "No_Bucket"),
    ("public_url", "serene.example.com"),
    ("public_url", "https://example.com/serene"),
    ("max_file_bytes", "many"),
    ("max_pdf_bytes", "0"),
    ("max_transcript_bytes", "-1"),
    ("max_pages", "0"),
    ("max_passages", "all"),
    ("request_timeout_seconds", "1.5"),
    ("max_requests_per_minute", "4294967296"),
    ("max_concurrent_work", "0"),
];

/// By provider. One of each is tried at a time, for one provider's faults hide none of another's.
const PROVIDERS: [&[Wrong]; 6] = [
    &[
        ("aws_access_key_id", ""),
        ("aws_access_key_id", "AKIDUNKNOWN"),
        ("aws_secret_access_key", ""),
        ("aws_secret_access_key", "another-secret-access-key"),
        ("aws_session_token", "another-token with a space"),
        ("aws_region", "eu_central_1"),
        ("s3_endpoint_url", "nonsense"),
        ("s3_endpoint_url", NOWHERE),
        ("s3_force_path_style", "perhaps"),
        ("s3_server_side_encryption", "rot13"),
        ("s3_kms_key_id", "alias/serene"),
    ],
    &[
        ("supabase_url", ""),
        ("supabase_url", NOWHERE),
        ("supabase_service_key", ""),
        ("supabase_service_key", "sb_secret_another"),
        ("supabase_service_key", "sb_publishable_emulated"),
        ("supabase_schema", "no schema"),
        ("supabase_schema", "nowhere"),
    ],
    &[
        ("pinecone_api_key", ""),
        ("pinecone_api_key", "pcsk_another-key"),
        ("pinecone_index_name", ""),
        ("pinecone_index_name", "another"),
        ("pinecone_index_name", "No Index"),
        ("pinecone_index_host", "no host"),
        ("pinecone_index_host", NOWHERE),
        ("pinecone_control_url", "nonsense"),
        ("pinecone_control_url", NOWHERE),
    ],
    &[
        ("mistral_api_key", ""),
        ("mistral_api_key", "another-mistral-key"),
        ("mistral_ocr_model", "mistral-ocr-0000"),
        ("mistral_prefers_url", "perhaps"),
        ("mistral_base_url", "nonsense"),
        ("mistral_base_url", NOWHERE),
    ],
    &[
        ("voyage_api_key", ""),
        ("voyage_api_key", "pa-another-key"),
        ("voyage_model", "voyage-unheard-of"),
        ("voyage_dimension", "many"),
        ("voyage_dimension", "7"),
        ("voyage_truncation", "perhaps"),
        ("voyage_rerank_model", "rerank-0"),
        ("voyage_base_url", "nonsense"),
        ("voyage_base_url", NOWHERE),
    ],
    &[
        ("openrouter_api_key", ""),
        ("openrouter_api_key", "sk-or-another-key"),
        ("openrouter_model", "nothing"),
        ("openrouter_model", "nobody/nothing"),
        ("openrouter_fallback_models", "nothing"),
        ("openrouter_max_output_tokens", "1"),
        ("openrouter_data_collection", "some"),
        ("openrouter_app_url", "nonsense"),
        ("openrouter_app_title", "Märchen"),
        ("openrouter_base_url", "nonsense"),
        ("openrouter_base_url", NOWHERE),
    ],
];

/// Lets the emulated services be called at all.
const OUTBOUND: &str = "extra_outbound_host";

#[test]
#[ignore = "not right yet since access control came: the variables it sets and what it expects must follow"]
fn every_variable_of_the_manifest_has_a_value_here_that_does_not_work() {
    let manifest: DocumentMut =
        std::fs::read_to_string(workspace().join("spin.toml")).unwrap().parse().unwrap();
    let declared: BTreeSet<&str> =
        manifest["variables"].as_table().unwrap().iter().map(|(name, _)| name).collect();
    let tried = PROVIDERS.into_iter().chain([GATEWAY]).flatten().map(|(variable, _)| *variable);
    assert_eq!(tried.chain([OUTBOUND]).collect::<BTreeSet<_>>(), declared);
}

#[test]
#[ignore = "not right yet since access control came: the variables it sets and what it expects must follow"]
fn a_wrong_variable_of_the_gateway_is_named_by_every_request() {
    let folder = tempfile::tempdir().unwrap();
    for (variable, value) in GATEWAY {
        let env_file = folder.path().join("env");
        std::fs::write(&env_file, format!("SPIN_VARIABLE_{}={value}\n", variable.to_uppercase())).unwrap();
        let state = tempfile::tempdir().unwrap();
        let server = Server::start(state.path(), &["--env-file", env_file.to_str().unwrap()]);
        for path in ["/readyz", "/v1/relationships/r/documents"] {
            let problem = request("GET", &format!("{}{path}", server.url()), &[], &[]).expect(500);
            assert_eq!(
                (&problem["type"], &problem["variable"]),
                (&"/problems/misconfigured".into(), &(*variable).into())
            );
            let advice = format!("Set SPIN_VARIABLE_{}", variable.to_uppercase());
            assert!(problem["detail"].as_str().unwrap().contains(&advice), "{problem:#}");
        }
    }
}

/// Every complaint of the doctor of an application with these variables changed; and that no secret is shown.
fn complaints(emulated: &Emulated, changes: &[Wrong]) -> Vec<Value> {
    let state = tempfile::tempdir().unwrap();
    let env_file = emulated.env_file_with(changes);
    let server =
        Server::start(state.path(), &["--profile", "cloud", "--env-file", env_file.to_str().unwrap()]);
    let answer = request("GET", &format!("{}/v1/doctor", server.url()), &[], &[]);
    let shown = answer.text() + &server.log();
    let wrong = changes.iter().map(|(_, value)| (*value).to_owned());
    for secret in emulated.secrets().into_iter().chain(wrong.filter(|value| value.contains("another-"))) {
        assert!(!shown.contains(&secret), "{changes:?}: a secret is shown");
    }
    let checks = answer.expect(503)["checks"].as_array().unwrap().clone();
    checks.into_iter().filter(|check| check["ok"] == false).collect()
}

fn is_named(variable: &str, complaints: &[Value]) -> bool {
    complaints.iter().any(|check| {
        check["extras"]["variable"] == variable
            && check["finding"].as_str().is_some_and(|text| text.contains(variable))
    })
}

#[test]
#[ignore = "not right yet since access control came: the variables it sets and what it expects must follow"]
fn each_missing_or_wrong_variable_of_a_stage_is_named_by_the_doctor_and_no_secret_is_shown() {
    let emulated = Emulated::start();
    let mut unnamed = Vec::new();
    for round in 0..PROVIDERS.map(<[Wrong]>::len).into_iter().max().unwrap() {
        let changes: Vec<Wrong> = PROVIDERS.iter().filter_map(|wrong| wrong.get(round).copied()).collect();
        let complaints = complaints(&emulated, &changes);
        for (variable, value) in changes {
            if !is_named(variable, &complaints) {
                unnamed.push(format!("{variable} = {value:?}: {complaints:#?}"));
            }
        }
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

#[test]
fn a_host_that_may_not_be_called_is_reported_with_what_allows_it() {
    let emulated = Emulated::start();
    let complaints = complaints(&emulated, &[(OUTBOUND, "")]);
    let stages: BTreeSet<_> = complaints
        .iter()
        .filter(|check| check["finding"].as_str().unwrap().contains(OUTBOUND))
        .map(|check| check["stage"].as_str().unwrap())
        .collect();
    // Supabase's address is allowed by its own variable.
    let called = ["object-store", "vector-index", "extractor", "embedder", "generator", "reranker"];
    assert_eq!(stages, called.into_iter().collect(), "{complaints:#?}");
}

#[test]
#[ignore = "not right yet since access control came: the variables it sets and what it expects must follow"]
fn an_address_that_names_no_host_is_named_at_the_start() {
    let emulated = Emulated::start();
    for (variable, value) in [("supabase_url", "https://abcdefgh.supabase.co?x=1"), (OUTBOUND, "no host")] {
        let env_file = emulated.env_file_with(&[(variable, value)]);
        let env_file = env_file.to_str().unwrap();
        let output = serene(&["doctor", "--no-build", "--profile", "cloud", "--env-file", env_file]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty(), "{variable}: {said}");
        assert!(said.contains(variable) && said.contains("is not a host"), "{said}");
    }
}
