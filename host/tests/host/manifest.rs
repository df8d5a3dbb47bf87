//! What is accepted as a manifest, and what the errors say.

use serene::manifest::App as Read;

use super::support::App;

const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"test\"\n";

fn error(text: &str, profile: Option<&str>) -> String {
    let app = App::with_manifest(text);
    format!("{:#}", Read::read(&app.manifest(), profile).unwrap_err())
}

#[track_caller]
fn names(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
}

#[test]
fn a_mistyped_capability_is_an_error_that_lists_the_names() {
    let error = error(
        &format!(
            "{HEAD}[component.app]\nsource = \"a.wasm\"\n[component.app.dependencies]\n\
            \"a:b\" = {{ path = \"b.wasm\", inherit_configuration = [\"varables\"] }}\n"
        ),
        None,
    );
    names(&error, &["varables", "`variables`", "`sqlite_databases`", "`allowed_outbound_hosts`"]);
}

#[test]
fn a_key_that_spin_does_not_know_is_an_error() {
    names(
        &error(&format!("{HEAD}[component.app]\nsource = \"a.wasm\"\nvariabels = {{}}\n"), None),
        &["variabels"],
    );
    names(&error(&format!("{HEAD}authers = []\n"), None), &["authers"]);
}

#[test]
fn a_profile_that_nobody_defines_is_an_error_that_lists_those_defined() {
    let text = format!(
        "{HEAD}[component.app]\nsource = \"a.wasm\"\n[component.app.profile.cloud]\nsource = \"c.wasm\"\n"
    );
    names(&error(&text, Some("clowd")), &["clowd", "cloud"]);
}

#[test]
fn a_profile_replaces_source_and_single_dependencies_and_adds_environment() {
    let app = App::with_manifest(&format!(
        "{HEAD}[component.app]\nsource = \"a.wasm\"\nenvironment = {{ A = \"1\", B = \"1\" }}\n\
         [component.app.dependencies]\n\"a:b\" = {{ path = \"b.wasm\" }}\n\"a:c\" = {{ path = \"c.wasm\" }}\n\
         [component.app.profile.cloud]\nsource = \"cloud.wasm\"\nenvironment = {{ B = \"2\" }}\n\
         [component.app.profile.cloud.dependencies]\n\"a:b\" = {{ path = \"cloud-b.wasm\" }}\n"
    ));
    let read = Read::read(&app.manifest(), Some("cloud")).unwrap();
    let component = read.component("app").unwrap();
    assert!(read.source("app").unwrap().ends_with("cloud.wasm"));
    assert_eq!(component.environment["A"], "1");
    assert_eq!(component.environment["B"], "2");
    let shown = format!("{:?}", component.dependencies);
    names(&shown, &["cloud-b.wasm", "c.wasm"]);
    assert!(!shown.contains("\"b.wasm\""), "{shown}");
}

#[test]
fn contradictions_are_errors() {
    let component = "[component.app]\nsource = \"a.wasm\"\n";
    let cases = [
        ("[variables]\na = {}\n".to_owned(), "[variables.a]"),
        ("[variables]\na = { required = true, default = \"x\" }\n".to_owned(), "[variables.a]"),
        (format!("[[trigger.http]]\nroute = \"/\"\ncomponent = \"other\"\n{component}"), "`other`"),
        (format!("[[trigger.redis]]\nchannel = \"a\"\ncomponent = \"app\"\n{component}"), "redis"),
        (
            format!(
                "{component}dependencies_inherit_configuration = true\n[component.app.dependencies]\n\
                 \"a:b\" = {{ path = \"b.wasm\", inherit_configuration = true }}\n"
            ),
            "dependencies_inherit_configuration",
        ),
        (
            format!(
                "{component}[component.app.dependencies]\n\"a:b\" = {{ path = \"b.wasm\" }}\n\
                 \"a:b/c@0.1.0\" = {{ path = \"c.wasm\" }}\n"
            ),
            "a:b/c@0.1.0",
        ),
        (
            format!(
                "{component}[component.app.dependencies]\n\"a:b\" = {{ path = \"b.wasm\", component = \"app\" }}\n"
            ),
            "exactly one of",
        ),
    ];
    for (tables, word) in cases {
        names(&error(&format!("{HEAD}{tables}"), None), &[word]);
    }
    names(&error("spin_manifest_version = 1\n[application]\nname = \"test\"\n", None), &["version 2"]);
}
