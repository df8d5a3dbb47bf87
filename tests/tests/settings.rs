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

/// Each with what else is set: some are read only when another says so.
const GATEWAY: &[(Wrong, &[Wrong])] = &[
    (("s3_bucket_name", "-bucket"), &[]),
    (("public_url", "serene.example.com"), &[]),
    (("public_url", "https://example.com/serene"), &[]),
    (("max_file_bytes", "many"), &[]),
    (("max_pdf_bytes", "0"), &[]),
    (("max_transcript_bytes", "-1"), &[]),
    (("request_timeout_seconds", "1.5"), &[]),
    (("max_signed_url_seconds", "604801"), &[]),
    (("reconcile_after_seconds", "soon"), &[]),
    (("max_pages", "0"), &[]),
    (("max_passages", "all"), &[]),
    (("max_requests_per_minute", "4294967296"), &[]),
    (("max_concurrent_work", "0"), &[]),
    (("supabase_storage_bucket", "a/b"), &[]),
    (("idempotency_keep_seconds", "0"), &[]),
    (("idempotency_takeover_seconds", "soon"), &[]),
    (("api_keys", ""), &[("auth_mode", "api-key")]),
    (("api_keys", "another-key in the clear"), &[("auth_mode", "api-key")]),
    (("supabase_url", ""), &[("auth_mode", "supabase")]),
    (
        ("supabase_jwt_secret", "another-secret"),
        &[("auth_mode", "supabase"), ("supabase_url", "https://abcdefgh.supabase.co")],
    ),
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
/// Values with which nothing starts, and what is said of them.
const AT_START: [(&str, &str, &str); 3] = [
    ("supabase_url", "https://abcdefgh.supabase.co?x=1", "is not a host"),
    (OUTBOUND, "no host", "an entry has the form scheme://host:port"),
    ("auth_mode", "perhaps", "it must be none, api-key or supabase"),
];
/// Whatever it is, there may be tokens that say the same.
const ISSUER: &str = "supabase_jwt_issuer";

#[test]
fn every_variable_of_the_manifest_has_a_value_here_that_does_not_work() {
    let manifest: DocumentMut =
        std::fs::read_to_string(workspace().join("spin.toml")).unwrap().parse().unwrap();
    let declared: BTreeSet<&str> =
        manifest["variables"].as_table().unwrap().iter().map(|(name, _)| name).collect();
    let gateway = GATEWAY.iter().map(|(wrong, _)| wrong);
    let tried = PROVIDERS.into_iter().flatten().chain(gateway).map(|(variable, _)| *variable);
    let tried = tried.chain(AT_START.map(|(variable, ..)| variable)).chain([ISSUER]);
    assert_eq!(tried.collect::<BTreeSet<_>>(), declared);
}

#[test]
fn a_wrong_variable_of_the_gateway_is_named_by_every_request() {
    for ((variable, value), others) in GATEWAY {
        let state = tempfile::tempdir().unwrap();
        let server = Server::start_with(state.path(), &[&[(*variable, *value)], *others].concat());
        for path in ["/readyz", "/v1/relationships/r/documents"] {
            let answer = request("GET", &format!("{}{path}", server.url()), &[], &[]);
            let shown = answer.text() + &server.log();
            assert!(!shown.contains("another-"), "{variable}: a secret is shown");
            assert_eq!(answer.status, 500, "{path} with {variable} = {value:?}: {}", answer.text());
            let problem = answer.json();
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
        // A wrong name of a model may be mended by another variable, too.
        check["extras"]["variable"].is_string()
            && check["finding"].as_str().is_some_and(|text| text.contains(variable))
    })
}

#[test]
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
fn what_nothing_can_be_served_with_is_named_at_the_start() {
    let emulated = Emulated::start();
    for (variable, value, why) in AT_START {
        let env_file = emulated.env_file_with(&[(variable, value)]);
        let env_file = env_file.to_str().unwrap();
        let output = serene(&["doctor", "--no-build", "--profile", "cloud", "--env-file", env_file]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty(), "{variable}: {said}");
        assert!(said.contains(variable) && said.contains(why), "{said}");
    }
}
