//! `serene stage check`: each deliberately wrong stage of `tests/stages` fails the case that names its fault, and no
//! case when it has none.

use std::process::Command;
use std::sync::OnceLock;

use serene::conformance::{Report, Subject, Verdict, check};
use serene::manifest::{App as Read, Capability};
use serene::runtime::Engine;
use serene::stage::{Artifact, Contract};

use super::support::{App, guests, stage};

/// Faults of any wrong stage, and the cases that must find them.
const COMMON: [(&str, &str); 7] = [
    ("has-no-kebab-name", "describe-names-the-stage"),
    ("has-no-version", "describe-names-the-stage"),
    ("takes-nothing-at-all", "describe-gives-limits"),
    ("describes-itself-anew", "describe-is-repeatable"),
    ("needs-a-trace", "unknown-context-is-ignored"),
    ("leaks", "one-instance-serves-many-calls"),
    ("does-not-look-at-its-time", "ends-within-the-time-left"),
];

const TRANSFORMER: &[(&str, &str)] = &[
    ("remembers", "calls-are-repeatable"),
    ("mixes-calls-up", "calls-run-concurrently"),
    ("is-stuck-after-a-call-that-nobody-waits-for", "an-abandoned-call-harms-no-other"),
    ("drops-a-text", "as-many-texts-come-back"),
    ("turns-the-order", "each-text-is-transformed-by-itself"),
    ("makes-a-text-up", "no-text-gives-no-text"),
    ("refuses-an-empty-text", "an-empty-text-is-taken"),
    ("knows-its-kinds", "every-kind-is-taken"),
    ("cuts-characters", "unicode-passes"),
    ("takes-shorter-texts", "texts-of-the-largest-size-are-taken"),
    ("cuts-texts-off", "a-text-over-the-limit-is-too-large"),
    ("repeats-the-text-in-its-error", "a-text-over-the-limit-is-too-large"),
    ("does-not-say-its-limit", "a-text-over-the-limit-is-too-large"),
    ("takes-fewer-texts", "as-many-texts-as-declared-are-taken"),
    ("takes-more-texts", "more-texts-than-declared-are-too-large"),
];

const EMBEDDER: &[(&str, &str)] = &[
    ("remembers", "calls-are-repeatable"),
    ("mixes-calls-up", "calls-run-concurrently"),
    ("drops-a-vector", "one-vector-a-text"),
    ("has-fewer-dimensions", "vectors-have-the-declared-dimensions"),
    ("has-vectors-of-any-length", "vectors-are-finite-and-of-length-1"),
    ("has-no-numbers", "vectors-are-finite-and-of-length-1"),
    ("turns-the-order", "vectors-come-in-the-order-of-the-texts"),
    ("puts-all-in-one-place", "other-texts-get-other-vectors"),
    ("puts-questions-elsewhere", "questions-lie-in-the-same-space"),
    ("is-another-model", "the-model-is-the-one-described"),
    ("embeds-no-text", "no-text-is-invalid"),
    ("embeds-an-empty-text", "an-empty-text-is-invalid"),
    ("cuts-characters", "unicode-passes"),
    ("cuts-texts-off", "a-text-over-the-limit-is-too-large"),
    ("takes-fewer-texts", "as-many-texts-as-declared-are-taken"),
    ("takes-more-texts", "more-texts-than-declared-are-too-large"),
];

const RERANKER: &[(&str, &str)] = &[
    ("remembers-the-call-before", "calls-are-repeatable"),
    ("drops-a-text", "every-text-has-one-place"),
    ("names-a-text-twice", "every-text-has-one-place"),
    ("names-a-text-that-is-not-there", "every-text-has-one-place"),
    ("puts-the-worst-first", "best-comes-first"),
    ("has-scores-that-are-none", "best-comes-first"),
    ("ignores-top-k", "top-k-is-the-start-of-the-whole"),
    ("refuses-a-large-k", "top-k-may-be-more-than-there-is"),
    ("ranks-what-is-not-there", "no-text-gives-no-order"),
    ("takes-an-empty-query", "an-empty-query-is-invalid"),
    ("cuts-characters", "unicode-passes"),
    ("takes-equal-texts-for-one", "texts-that-are-the-same-are-taken"),
    ("names-no-model", "the-model-is-named"),
    ("takes-fewer-texts", "as-many-texts-as-declared-are-taken"),
    ("takes-more-texts", "more-texts-than-declared-are-too-large"),
];

const CHUNKER: &[(&str, &str)] = &[
    ("remembers", "calls-are-repeatable"),
    ("mixes-calls-up", "calls-run-concurrently"),
    ("loses-the-end", "every-character-is-in-a-passage"),
    ("changes-the-text", "a-passage-is-the-text-between-its-places"),
    ("turns-the-order", "passages-come-in-order"),
    ("makes-passages-too-long", "passages-keep-to-max-tokens"),
    ("joins-what-is-to-be-apart", "sections-are-kept-apart-unless-joined"),
    ("loses-the-first-when-joining", "sections-may-be-joined"),
    ("numbers-sections-anew", "places-name-sections-by-their-index"),
    ("makes-a-passage-of-nothing", "no-text-gives-no-passages"),
    ("stops-at-an-empty-section", "empty-sections-are-passed-over"),
    ("counts-characters-for-bytes", "unicode-passes"),
    ("cuts-at-spaces-only", "text-without-a-break-is-cut"),
    ("takes-any-options", "options-out-of-range-are-invalid"),
    ("takes-any-order", "sections-out-of-order-are-invalid"),
    ("takes-any-size", "more-text-than-declared-is-too-large"),
];

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(&guests().join("host-test-cache")).unwrap())
}

/// An application with the wrong stage of an interface, whose variable says what is wrong with it.
fn wrong(interface: &str) -> App {
    let file = stage(&format!("wrong-{interface}"));
    App::with_manifest(&format!(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n[variables]\nfault = {{ default = \"\" }}\n\
         [component.app]\nsource = \"missing.wasm\"\nvariables = {{ fault = \"{{{{ fault }}}}\" }}\n\
         [component.app.dependencies]\n\"serene:{interface}\" = {{ path = {file:?}, inherit_configuration = [\"variables\"] }}\n"
    ))
}

async fn checked(
    app: &App,
    interface: &str,
    fault: &str,
    case: &[&str],
    inherit: Option<&[Capability]>,
) -> Report {
    app.write("fault.env", &format!("SPIN_VARIABLE_FAULT={fault}\n"));
    let read = Read::read(&app.manifest(), None).unwrap();
    let contract = Contract::named(interface).unwrap();
    let artifact = Artifact::read(&stage(&format!("wrong-{interface}"))).unwrap();
    let env_file = app.dir.path().join("fault.env");
    let subject = Subject::new(Some(&read), contract, &artifact, inherit, Some(&env_file)).unwrap();
    let only: Vec<_> = case.iter().map(|case| (*case).to_owned()).collect();
    let scratch = tempfile::tempdir().unwrap();
    check(contract, &subject, engine(), &only, scratch.path()).await.unwrap()
}

/// Checks that no case fails without a fault, that each fault fails its case, and that each case can fail.
async fn each_fault_fails_its_case(interface: &str, faults: &[(&str, &str)]) {
    let app = wrong(interface);
    let right = checked(&app, interface, "", &[], None).await;
    assert!(right.passed(), "{}", right.table());
    assert!(right.cases.len() >= 12, "{}", right.table());
    let mut unnoticed = Vec::new();
    for (fault, case) in COMMON.iter().chain(faults) {
        let report = checked(&app, interface, fault, &[case], None).await;
        assert_eq!(report.cases.len(), 1);
        if !matches!(report.cases[0].verdict, Verdict::Failed(_)) {
            unnoticed.push(format!("{fault} passes {case}"));
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    let tried: Vec<_> = COMMON.iter().chain(faults).map(|(_, case)| *case).collect();
    for case in &right.cases {
        let is_elsewhere =
            ["imports-only-what-is-granted", "calls-run-concurrently", "an-abandoned-call-harms-no-other"];
        let name = case.name.as_str();
        assert!(tried.contains(&name) || is_elsewhere.contains(&name), "no fault is made for {name}");
        assert_eq!(case.verdict, Verdict::Passed, "{name} is put to the test");
    }
}

#[tokio::test]
async fn each_fault_of_a_transformer_fails_its_case() {
    each_fault_fails_its_case("transformer", TRANSFORMER).await;
}

#[tokio::test]
async fn each_fault_of_an_embedder_fails_its_case() {
    each_fault_fails_its_case("embedder", EMBEDDER).await;
}

#[tokio::test]
async fn each_fault_of_a_reranker_fails_its_case() {
    each_fault_fails_its_case("reranker", RERANKER).await;
}

#[tokio::test]
async fn each_fault_of_a_chunker_fails_its_case() {
    each_fault_fails_its_case("chunker", CHUNKER).await;
}

#[tokio::test]
async fn an_import_without_a_grant_is_found_and_says_how_to_grant_it() {
    let app = wrong("embedder");
    let case = &["imports-only-what-is-granted"];
    assert!(checked(&app, "embedder", "", case, Some(&[Capability::Variables])).await.passed());
    let report = checked(&app, "embedder", "", case, Some(&[])).await;
    let Verdict::Failed(detail) = &report.cases[0].verdict else { panic!("{}", report.table()) };
    assert!(
        detail.contains("spin:variables/variables@3.0.0") && detail.contains("--inherit variables"),
        "{detail}"
    );
}

#[test]
fn the_command_says_what_it_found_in_three_forms_and_by_its_exit_code() {
    let app = wrong("transformer");
    app.write("fault.env", "SPIN_VARIABLE_FAULT=drops-a-text\n");
    let run = |arguments: &[&str]| {
        let file = stage("wrong-transformer");
        let mut command = Command::new(env!("CARGO_BIN_EXE_serene"));
        command.args(["stage", "check", file.to_str().unwrap()]).args(arguments);
        let output = command.current_dir(app.dir.path()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, table, _) = run(&["--case", "as-many-texts-come-back"]);
    assert_eq!(code, Some(0), "{table}");
    let faulty =
        ["--env-file", "fault.env", "--case", "as-many-texts-come-back", "--case", "every-kind-is-taken"];
    let (code, table, _) = run(&faulty);
    assert_eq!(code, Some(1));
    assert!(
        table.contains("FAIL as-many-texts-come-back") && table.contains("1 texts went in, and 0 came back"),
        "{table}"
    );
    let (code, json, _) = run(&[&faulty[..], &["--format", "json"]].concat());
    assert_eq!(code, Some(1));
    let reports: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(reports[0]["interface"], "serene:transformer/transformer@0.2.0");
    assert_eq!(reports[0]["cases"][0]["verdict"], "failed");
    let (code, xml, _) = run(&[&faulty[..], &["--format", "junit"]].concat());
    assert_eq!(code, Some(1));
    assert!(xml.contains("tests=\"2\" failures=\"2\""), "{xml}");
    let (code, _, errors) = run(&["--case", "nonsense"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("`nonsense`") && errors.contains("unicode-passes"), "{errors}");
    let (code, _, errors) = run(&["--interface", "embedder"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("it is a transformer"), "{errors}");
}
