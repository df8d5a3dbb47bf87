//! `serene doctor`: what it prints, what it makes, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::process::Output;

use pipeline::Stage;
use serde_json::{Value, json};
use serene_tests::{Emulated, Server, serene};

/// How a checkup ended.
struct Checkup {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Checkup {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    fn asking(url: &str, more: &[&str]) -> Self {
        Self::of(&serene(&[&["doctor", "--url", url], more].concat()))
    }

    /// Of the cloud profile, with these variables changed.
    fn of_cloud(emulated: &Emulated, changes: &[(&str, &str)], more: &[&str]) -> Self {
        let env_file = emulated.env_file_with(changes);
        let env_file = env_file.to_str().unwrap();
        let checkup = ["doctor", "--no-build", "--profile", "cloud", "--env-file", env_file];
        let checkup = Self::of(&serene(&[&checkup, more].concat()));
        for secret in emulated.secrets() {
            assert!(
                !checkup.stdout.contains(&secret) && !checkup.stderr.contains(&secret),
                "a secret is shown"
            );
        }
        checkup
    }

    /// The findings of the checks that failed, as the table shows them.
    fn failed(&self) -> String {
        let mut failed = String::new();
        let mut is_failed = false;
        // Columns are as wide as what stands in them.
        let findings = self.stdout.lines().find_map(|line| Some(line.find(" ms  ")? + " ms  ".len()));
        for line in self.stdout.lines() {
            let (head, finding) = line.split_at_checked(findings.unwrap_or_default()).unwrap_or((line, ""));
            if !head.trim().is_empty() {
                is_failed = head.contains("FAIL");
            }
            if is_failed {
                failed += &format!("{} ", finding.trim());
            }
        }
        failed
    }
}

#[test]
fn a_healthy_application_gets_a_table_of_its_stages_or_json_and_status_0() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let table = Checkup::asking(server.url(), &[]);
    assert_eq!(table.code, Some(0), "{}", table.stderr);
    for stage in Stage::ALL {
        let lines = table.stdout.lines().filter(|line| line.starts_with(stage.as_str()));
        assert_eq!(lines.count(), 1, "{stage}: {}", table.stdout);
    }
    let checks = table.stdout.lines().filter(|line| line.contains(" ok ") && line.contains(" ms ")).count();
    assert_eq!(table.stdout.lines().last(), Some(format!("Every stage works: {checks} checks.").as_str()));

    let json = Checkup::asking(server.url(), &["--json"]);
    let checkup: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &checkup["healthy"]), (Some(0), &json!(true)));
    assert_eq!(checkup["checks"].as_array().unwrap().len(), checks);
}

#[test]
fn what_cannot_be_asked_is_an_error_and_no_checkup() {
    let gone = {
        let state = tempfile::tempdir().unwrap();
        Server::start(state.path(), &[]).url().to_owned()
    };
    let checkup = Checkup::asking(&gone, &[]);
    assert_eq!((checkup.code, checkup.stdout.as_str()), (Some(1), ""));
    assert!(checkup.stderr.contains("Serene"), "{}", checkup.stderr);
    for wrong in [["--url", "nonsense"].as_slice(), &["--url", &gone, "--fix"], &["--profile", "no-such"]] {
        let checkup = Checkup::of(&serene(&[&["doctor", "--no-build"], wrong].concat()));
        assert!(checkup.code != Some(0) && checkup.stdout.is_empty(), "{wrong:?}: {}", checkup.stdout);
    }
}

#[test]
fn what_does_not_work_is_said_with_what_mends_it_and_status_1() {
    let emulated = Emulated::start();
    let wrong = [("voyage_api_key", "pa-another"), ("openrouter_model", "nobody/nothing")];
    let table = Checkup::of_cloud(&emulated, &wrong, &[]);
    assert_eq!(table.code, Some(1), "{}", table.stderr);
    let failed = table.failed();
    assert!(failed.contains("voyage_api_key") && failed.contains("openrouter_model"), "{}", table.stdout);
    assert!(table.stdout.lines().last().unwrap().ends_with("checks failed."), "{}", table.stdout);
    assert!(table.stdout.lines().all(|line| line.chars().count() <= 140), "{}", table.stdout);

    let json = Checkup::of_cloud(&emulated, &wrong, &["--json"]);
    let checkup: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &checkup["healthy"]), (Some(1), &json!(false)));
}

#[test]
fn a_missing_table_a_missing_grant_and_a_key_that_may_not_are_found() {
    let emulated = Emulated::start();
    // Anyone's key: it has no grant on any table.
    let anyone = Checkup::of_cloud(&emulated, &[("supabase_service_key", "sb_publishable_emulated")], &[]);
    let failed = anyone.failed();
    assert!(anyone.code == Some(1) && failed.contains("grant"), "{}", anyone.stdout);
    assert!(failed.contains("supabase_service_key"), "{failed}");

    let supabase = emulated.service("supabase_url");
    let missing =
        json!({ "code": "PGRST205", "message": "Could not find the table", "details": null, "hint": null });
    let answer = json!({ "answer": { "status": 404, "body": missing } });
    supabase.fail(&json!({ "path": "/rest/v1/repair_plans", "times": 50, "effect": answer }));
    let without = Checkup::of_cloud(&emulated, &[], &[]);
    let failed = without.failed();
    assert_eq!(without.stdout.lines().last(), Some("1 check failed."), "{}", without.stdout);
    assert!(failed.contains("repair_plans is missing") && failed.contains("db/migrations"), "{failed}");
}

#[test]
fn fix_makes_the_bucket_and_goes_on_to_the_checkup_whatever_it_may_not_do() {
    let emulated = Emulated::start();
    let bucket = [("s3_bucket_name", "made-by-the-doctor")];
    // This server makes a bucket of itself where an object is put; others say so.
    let s3 = emulated.service("s3_endpoint_url");
    let missing =
        "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
    let answer = json!({ "answer": { "status": 404, "body": missing } });
    s3.fail(&json!({ "path": "/made-by-the-doctor", "times": 50, "effect": answer }));
    let before = Checkup::of_cloud(&emulated, &bucket, &[]);
    s3.heal();
    let failed = before.failed();
    assert!(before.code == Some(1) && failed.contains("s3_bucket_name"), "{}", before.stdout);
    assert!(failed.contains("serene doctor --fix"), "{failed}");
    for said in ["Made the bucket made-by-the-doctor.", "The bucket made-by-the-doctor is there."] {
        let fixed = Checkup::of_cloud(&emulated, &bucket, &["--fix"]);
        assert!(fixed.stderr.contains(said), "{}", fixed.stderr);
        assert_eq!(fixed.code, Some(0), "{}", fixed.stdout);
    }
    for (variable, value, said) in [
        ("aws_secret_access_key", "another-secret", "Cannot ask for the bucket"),
        ("aws_access_key_id", "", "No S3 can be asked"),
    ] {
        let refused = Checkup::of_cloud(&emulated, &[(variable, value)], &["--fix"]);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
        assert_eq!(refused.code, Some(1));
        assert!(refused.failed().contains(variable), "{}", refused.stdout);
    }
}
