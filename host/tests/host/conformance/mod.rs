//! `serene stage check`: each deliberately wrong stage of `tests/stages` fails the case that names its fault, and says
//! what is wrong; without a fault it fails none. A file an interface.

mod chunker;
mod command;
mod embedder;
mod extractor;
mod generator;
mod object_store;
mod record_store;
mod reranker;
mod shared;
mod transformer;
mod vector_index;

use std::sync::OnceLock;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use serene::conformance::{Report, Subject, Verdict, check};
use serene::manifest::{App as Read, Capability};
use serene::runtime::Engine;
use serene::stage::{Artifact, Contract, wrap};

use super::support::{App, guests, shipped, stage};

/// A fault of a wrong stage, the case that must find it, and words of what the case says then.
type Fault = (&'static str, &'static str, &'static str);

/// How many faults are looked for at the same time: some of them wait.
const AT_ONCE: usize = 4;
/// The longest that a case may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(300);
/// The file of a wrong stage, in the folder of its application.
const WRONG: &str = "wrong.wasm";
/// Says how many cases each interface has.
const DOCUMENTED: &str = include_str!("../../../../docs/stages.md");

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(&guests().join("host-test-cache")).unwrap())
}

/// An application with the wrong stage of an interface, around the shipped one that it spoils, if it spoils one.
fn wrong(interface: &str, spoils: Option<&str>) -> App {
    let contract = Contract::named(interface).unwrap();
    let outer = Artifact::read(&stage(&format!("wrong-{interface}"))).unwrap();
    let bytes = match spoils {
        Some(name) => wrap(contract, &outer, &Artifact::read(&shipped(name)).unwrap(), &[]).unwrap(),
        None => outer.bytes,
    };
    let app = App::with_manifest(&format!(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n[variables]\nfault = {{ default = \"\" }}\n\
         [component.app]\nsource = \"missing.wasm\"\nsqlite_databases = [\"default\"]\n\
         variables = {{ fault = \"{{{{ fault }}}}\" }}\n\
         [component.app.dependencies]\n\"serene:{interface}\" = {{ path = {WRONG:?}, \
         inherit_configuration = [\"variables\", \"sqlite_databases\"] }}\n"
    ));
    std::fs::write(app.dir.path().join(WRONG), bytes).unwrap();
    app
}

/// What the cases named, or all, find in a stage with this fault, which gets what its line grants it or what `inherit` says.
async fn checked(
    app: &App,
    interface: &str,
    fault: &str,
    cases: &[&str],
    inherit: Option<&[Capability]>,
    patience: Duration,
) -> Report {
    let env = format!("{fault}.env");
    app.write(&env, &format!("SPIN_VARIABLE_FAULT={fault}\n"));
    let read = Read::read(&app.manifest(), None).unwrap();
    let contract = Contract::named(interface).unwrap();
    let artifact = Artifact::read(&app.dir.path().join(WRONG)).unwrap();
    let env_file = app.dir.path().join(env);
    let subject = Subject::new(Some(&read), contract, &artifact, inherit, Some(&env_file)).unwrap();
    let only: Vec<_> = cases.iter().map(|case| (*case).to_owned()).collect();
    let scratch = tempfile::tempdir().unwrap();
    check(contract, &subject, engine(), &only, patience, scratch.path()).await.unwrap()
}

/// What is not as it should be when a stage has this fault.
async fn unnoticed(app: &App, interface: &str, (fault, case, words): Fault) -> Option<String> {
    let report = checked(app, interface, fault, &[case], None, PATIENCE).await;
    match &report.cases[0].verdict {
        Verdict::Failed(detail) if detail.contains(words) => None,
        Verdict::Failed(detail) => {
            Some(format!("{fault} fails {case}, which does not say {words:?}: {detail}"))
        }
        verdict => Some(format!("{fault} does not fail {case}: {verdict:?}")),
    }
}

/// Checks that no case fails without a fault, that each fault fails its case, and that there is a fault for every case.
async fn each_fault_fails_its_case(interface: &str, spoils: Option<&str>, faults: &[Fault]) {
    let app = wrong(interface, spoils);
    let right = checked(&app, interface, "", &[], None, PATIENCE).await;
    for case in &right.cases {
        assert_eq!(case.verdict, Verdict::Passed, "{}", right.table());
        assert!(
            shared::FAULTS.iter().chain(faults).any(|(_, found_by, _)| *found_by == case.name)
                || case.name == shared::GRANTS,
            "no fault is made for {}",
            case.name
        );
    }
    let row = format!("| {interface} | {} |", right.cases.len());
    assert!(DOCUMENTED.contains(&row), "docs/stages.md has no row that begins with {row:?}");
    shared::an_import_without_a_grant_is_found(&app, interface).await;
    let faults = shared::FAULTS.iter().chain(faults);
    let found =
        stream::iter(faults).map(|fault| unnoticed(&app, interface, *fault)).buffer_unordered(AT_ONCE);
    let unnoticed: Vec<_> = found.filter_map(async |found| found).collect().await;
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}
