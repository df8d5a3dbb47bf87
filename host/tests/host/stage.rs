//! `serene stage`: what is composed, one stage in the place of another, and one around another.

use std::path::Path;
use std::process::{Command, Output};

use super::support::{App, guests, stage};

/// An application whose own component is not built, with comments and forms that are to be kept.
const MANIFEST: &str = r#"spin_manifest_version = 2
[application]
name = "test" # the name

[variables]
key = { default = "the-value", secret = true }
other = { default = "" }

[component.gateway]
source = "missing.wasm"
allowed_outbound_hosts = ["https://a.example.com", "https://b.example.com"]

[component.gateway.variables]
key = "{{ key }}"
other = "{{ other }}"

# One stage a line.
[component.gateway.dependencies]
# Redaction's place.
"serene:transformer" = { path = "STAGE",   inherit_configuration = [ 'variables' ] }   # kept
"serene:chunker"     = { path = "not-built.wasm" }

[component.gateway.tool.serene.stages.transformer_digits]
variables = ["key"]

[component.gateway.profile.cloud.dependencies]
"serene:chunker" = { path = "cloud.wasm" }
"#;

fn app() -> App {
    let digits = stage("transformer-digits");
    App::with_manifest(&MANIFEST.replace("STAGE", digits.to_str().unwrap()))
}

fn serene(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serene"));
    command.arg("stage").args(arguments).current_dir(dir).output().unwrap()
}

#[track_caller]
fn succeeds(dir: &Path, arguments: &[&str]) -> String {
    let output = serene(dir, arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{out}{err}");
    out
}

/// The one line with which it fails.
#[track_caller]
fn fails(dir: &Path, arguments: &[&str], words: &[&str]) {
    let output = serene(dir, arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    for word in words {
        assert!(errors.contains(word), "{word} is not in: {errors}");
    }
}

fn manifest(app: &App) -> String {
    std::fs::read_to_string(app.manifest()).unwrap()
}

#[test]
fn the_list_says_what_each_stage_is_and_what_it_may_use_and_no_value() {
    let app = app();
    let text = succeeds(app.dir.path(), &["list", "--json"]);
    assert!(!text.contains("the-value"), "{text}");
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    let [chunker, transformer] = &list.as_array().unwrap()[..] else { panic!("{list}") };
    assert_eq!(
        (&chunker["interface"], &chunker["size_bytes"]),
        (&"serene:chunker".into(), &serde_json::Value::Null)
    );
    assert_eq!(transformer["export"], "serene:transformer/transformer@0.2.0");
    assert_eq!((&transformer["language"], &transformer["component"]), (&"Rust".into(), &"gateway".into()));
    assert!(transformer["size_bytes"].as_u64().unwrap() > 1000);
    assert_eq!(transformer["allowed"]["inherits"], serde_json::json!(["variables"]));
    assert_eq!(
        transformer["allowed"]["variables"],
        serde_json::json!(["key"]),
        "narrowed to what it declares"
    );
    assert_eq!(transformer["allowed"]["allowed_outbound_hosts"], serde_json::json!([]));
    assert_eq!(transformer.get("described"), None, "nothing runs unasked");
    let table = succeeds(app.dir.path(), &["list", "--describe"]);
    for word in [
        "is         transformer-digits 0.1.0",
        "serene:transformer/transformer@0.2.0",
        "Rust",
        "variables  key",
        "not built",
    ] {
        assert!(table.contains(word), "{word} is not in: {table}");
    }
}

#[test]
fn a_swap_changes_one_line_says_what_is_allowed_and_can_be_undone() {
    let app = app();
    let before = manifest(&app);
    let mine = app.dir.path().join("mine.wasm");
    std::fs::copy(stage("transformer-digits"), mine).unwrap();
    let said = succeeds(app.dir.path(), &["swap", "transformer", "mine.wasm"]);
    for word in ["mine.wasm", "Rust", "It may use nothing outside of itself", "not built yet", "--undo"] {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
    let after = manifest(&app);
    let new = "\"serene:transformer\" = { path = \"mine.wasm\" }   # kept";
    assert!(after.contains(new), "{after}");
    let kept: Vec<_> = before.lines().filter(|line| !line.starts_with("\"serene:transformer\"")).collect();
    let still: Vec<_> = after
        .lines()
        .filter(|line| *line != new && !line.starts_with("# before `serene stage swap`"))
        .collect();
    assert_eq!(kept, still);
    // A second swap keeps what was there before the first.
    let said = succeeds(
        app.dir.path(),
        &["swap", "transformer", "mine.wasm", "--inherit", "variables,allowed_outbound_hosts"],
    );
    for word in
        ["variables    key, other", "https://b.example.com", "[component.gateway.tool.serene.stages.mine]"]
    {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
    assert!(manifest(&app).contains(r#"inherit_configuration = ["variables", "allowed_outbound_hosts"]"#));
    succeeds(app.dir.path(), &["swap", "transformer", "--undo"]);
    assert_eq!(manifest(&app), before);
    fails(app.dir.path(), &["swap", "transformer", "--undo"], &["serene:transformer", "was not swapped"]);
}

#[test]
fn a_profile_gets_a_line_of_its_own_and_loses_it_again() {
    let app = app();
    let before = manifest(&app);
    let digits = stage("transformer-digits");
    let swap =
        ["swap", "transformer", digits.to_str().unwrap(), "--profile", "cloud", "--inherit", "variables"];
    succeeds(app.dir.path(), &swap);
    assert_eq!(manifest(&app).matches("\"serene:transformer\" = ").count(), 2);
    succeeds(app.dir.path(), &["swap", "transformer", "--undo", "--profile", "cloud"]);
    assert_eq!(manifest(&app), before);
}

#[test]
fn what_is_no_such_stage_is_refused_with_what_it_is_and_the_manifest_stays() {
    let app = app();
    let before = manifest(&app);
    let dir = app.dir.path();
    let file = |name: &str| stage(name).to_str().unwrap().to_owned();
    fails(
        dir,
        &["swap", "transformer", &file("reranker-reverse")],
        &["it is a reranker", "serene:reranker/reranker@0.2.0"],
    );
    fails(dir, &["swap", "chunker", &file("embedder-letters")], &["not a chunker", "it is an embedder"]);
    let sync = &[
        "`describe` and `transform`",
        "synchronous",
        "componentize-py",
        "componentize-qjs",
        "wit-bindgen 0.57",
    ];
    fails(dir, &["swap", "transformer", &file("transformer-sync")], sync);
    fails(dir, &["swap", "transformer", &file("transformer-brackets")], &["serene stage wrap"]);
    fails(dir, &["swap", "embedder", &file("embedder-letters")], &["no component", "serene:embedder"]);
    fails(dir, &["swap", "transformer", "nowhere.wasm"], &["there is no nowhere.wasm"]);
    assert_eq!(manifest(&app), before);
    let output = serene(dir, &["swap", "transfomer", "x.wasm"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("there are: object-store"));
}

#[test]
fn a_stage_around_another_is_one_stage_that_can_be_wrapped_again() {
    let app = app();
    let dir = app.dir.path();
    let (outer, inner) = (stage("transformer-brackets"), stage("transformer-digits"));
    let (outer, inner) = (outer.to_str().unwrap(), inner.to_str().unwrap());
    let said = succeeds(dir, &["wrap", outer, inner, "-o", "once.wasm"]);
    assert!(said.contains("once.wasm exports serene:transformer/transformer@0.2.0"), "{said}");
    assert!(!said.contains("imports serene:transformer"), "{said}");
    succeeds(dir, &["wrap", outer, "once.wasm", "-o", "twice.wasm"]);
    succeeds(dir, &["swap", "transformer", "twice.wasm"]);
    fails(dir, &["wrap", inner, inner, "-o", "x.wasm"], &["does not import", "nothing in it"]);
    let reranker = stage("reranker-reverse");
    let reranker = reranker.to_str().unwrap();
    fails(dir, &["wrap", outer, reranker, "-o", "x.wasm"], &["it is a reranker"]);
    let sync = stage("transformer-sync");
    fails(
        dir,
        &["wrap", outer, sync.to_str().unwrap(), "-o", "x.wasm"],
        &["transformer_sync", "without `async`"],
    );
    let old =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/compatibility/0.1.0/transformer-digits.wasm");
    let versions = ["the inner stage exports the version that the outer one imports", "transformer@0.1.0"];
    fails(dir, &["wrap", outer, old.to_str().unwrap(), "-o", "x.wasm"], &versions);
    let second = |import: &str, file: &str| format!("{import}={file}");
    let none = ["wrap", outer, inner, "--and", &second("replica", inner), "-o", "x.wasm"];
    fails(dir, &none, &["has no import `replica`", "its imports are: "]);
    let twice = ["wrap", outer, inner, "--and", &second("transformer", inner), "-o", "x.wasm"];
    fails(dir, &twice, &["two stages are given for the import `serene:transformer/transformer@"]);
    assert_eq!(
        serene(dir, &["wrap", outer, inner, "--and", "replica", "-o", "x.wasm"]).status.code(),
        Some(2)
    );
    assert!(!dir.join("x.wasm").exists());
}

/// The languages' own tools, in the folder of a project.
fn runs(dir: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_new_project_in_rust_builds_passes_its_test_and_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = guests().ancestors().nth(2).unwrap().to_str().unwrap();
    // What the projects depend on is compiled already for the checkout's components, by this profile and these versions.
    let profile = here.join("tests/component-profile.toml");
    let common = ["--quiet", "--profile", "component", "--target-dir", target];
    let common = [&["--config", profile.to_str().unwrap()], &common[..]].concat();
    for interface in ["extractor", "transformer", "chunker", "embedder", "generator", "reranker"] {
        let said = succeeds(folder.path(), &["new", interface, "--lang", "rust"]);
        assert!(said.contains(&format!("my-{interface}")) && said.contains("README.md"), "{said}");
        let project = folder.path().join(format!("my-{interface}"));
        std::fs::copy(here.join("../Cargo.lock"), project.join("Cargo.lock")).unwrap();
        runs(&project, env!("CARGO"), &[&["test"], &common[..]].concat());
        runs(&project, env!("CARGO"), &[&["build", "--target", "wasm32-wasip2"], &common[..]].concat());
        let file = guests().join(format!("my_{interface}.wasm"));
        let checked = succeeds(&project, &["check", file.to_str().unwrap()]);
        assert!(checked.contains(" passed, 0 failed; "), "{checked}");
        let readme = std::fs::read_to_string(project.join("README.md")).unwrap();
        assert!(readme.contains(&format!("my_{interface}.wasm")) && !readme.contains("{{"), "{readme}");
    }
}

#[test]
fn a_new_project_has_its_name_wherever_that_stands() {
    let folder = tempfile::tempdir().unwrap();
    let shown = [
        ("python", "app.py", "NAME = \"transformer-mail\""),
        ("python", "README.md", "-w transformer-stage componentize --stub-wasi app -o transformer_mail.wasm"),
        ("js", "stage.js", "const NAME = \"transformer-mail\""),
        ("js", "package.json", "-w wit -n transformer-stage -j stage.js -o transformer_mail.wasm"),
        ("c", "stage.c", "#define NAME \"transformer-mail\""),
        ("c", "Makefile", "transformer_mail.wasm: $(SOURCES)"),
        ("rust", "Cargo.toml", "name = \"transformer-mail\""),
    ];
    for (language, file, text) in shown {
        if !folder.path().join(language).exists() {
            let new = ["new", "transformer", "--lang", language, language, "--name", "transformer-mail"];
            succeeds(folder.path(), &new);
        }
        let project = folder.path().join(language);
        let written = std::fs::read_to_string(project.join(file)).unwrap();
        assert!(written.contains(text) && !written.contains("{{"), "{language}/{file}: {written}");
        assert!(project.join("wit/deps/types/types.wit").exists(), "{language}");
    }
}

#[test]
fn a_project_is_made_only_where_there_is_one_to_make_and_room_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fails(
        dir,
        &["new", "record-store", "--lang", "python"],
        &["a record store", "there are: extractor", "components/"],
    );
    fails(
        dir,
        &["new", "chunker", "--lang", "c"],
        &["a chunker", "in C", "there are: transformer, reranker"],
    );
    fails(dir, &["new", "chunker", "--lang", "rust", "My Stage"], &["\"My Stage\"", "--name"]);
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 0);
    std::fs::create_dir(dir.join("used")).unwrap();
    std::fs::write(dir.join("used/notes.txt"), "mine").unwrap();
    fails(dir, &["new", "chunker", "--lang", "rust", "used"], &["holds something already"]);
    assert_eq!(std::fs::read_dir(dir.join("used")).unwrap().count(), 1);
}
