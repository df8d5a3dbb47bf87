//! What any stage can do wrong.

use std::time::Duration;

use serene::conformance::Verdict;
use serene::manifest::Capability;

use super::{App, Fault, PATIENCE, checked, wrong};

/// The case that finds an import without a grant.
pub(super) const GRANTS: &str = "imports-only-what-is-granted";

/// Faults of any wrong stage.
pub(super) const FAULTS: &[Fault] = &[
    ("has-no-kebab-name", "describe-names-the-stage", "is not lower-case kebab-case"),
    ("has-no-version", "describe-names-the-stage", "is not a semantic version"),
    ("takes-nothing-at-all", "describe-gives-limits", "is 0, so no call could be made"),
    ("describes-itself-anew", "describe-is-repeatable", ", and then "),
    ("describes-each-instance", "describe-is-repeatable", "in another instance"),
    ("needs-a-trace", "unknown-context-is-ignored", "There is no trace."),
    ("needs-a-relationship", "unknown-context-is-ignored", "There is no relationship."),
    ("knows-all-extras", "unknown-context-is-ignored", "There are extras"),
    ("remembers", "calls-are-repeatable", "answers another thing the second time"),
    ("is-another-in-each-instance", "calls-are-repeatable", "answers another thing in another instance"),
    ("takes-one-call-at-a-time", "calls-run-concurrently", "There is another call."),
    ("leaks", "one-instance-serves-many-calls", "kB of memory"),
    ("wears-out", "one-instance-serves-many-calls", "wasm trap"),
    ("is-stuck-after-a-call-that-nobody-waits-for", "an-abandoned-call-harms-no-other", "the instance ended"),
    ("does-not-look-at-its-time", "ends-within-the-time-left", "with 1 ms left, a call took"),
    ("calls-the-end-of-its-time-something-else", "ends-within-the-time-left", "and not `timed-out`"),
    ("traps", "calls-are-repeatable", "wasm trap"),
    ("takes-too-much-memory", "calls-are-repeatable", "asked for more than 512 MiB of memory"),
];

/// Checks that the stage may read variables when it is granted them, and is found to reach for them when it is not.
pub(super) async fn an_import_without_a_grant_is_found(app: &App, interface: &str) {
    let granted = [Capability::Variables, Capability::SqliteDatabases];
    for (inherit, is_found) in [(&granted[..], false), (&granted[1..], true)] {
        let report = checked(app, interface, "", &[GRANTS], Some(inherit), PATIENCE).await;
        match &report.cases[0].verdict {
            Verdict::Failed(detail) => {
                assert!(
                    detail.contains("spin:variables/variables@3.0.0")
                        && detail.contains("--inherit variables"),
                    "{detail}"
                );
                assert!(is_found, "{detail}");
            }
            verdict => assert!(!is_found, "{verdict:?}"),
        }
    }
}

#[tokio::test]
async fn a_stage_that_does_not_end_is_ended_and_found() {
    let app = wrong("transformer", None);
    for (fault, words) in
        [("never-ends", "it did not end within 1 seconds"), ("waits-for-nothing", "the instance ended")]
    {
        let case = ["calls-are-repeatable"];
        let report = checked(&app, "transformer", fault, &case, None, Duration::from_secs(1)).await;
        let Verdict::Failed(detail) = &report.cases[0].verdict else { panic!("{}", report.table()) };
        assert!(detail.contains(words), "{detail}");
    }
}
