//! `serene stage bench`: what it runs, beside what, and how it says so. Never how long anything took.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::support::{App, guests, stage};

fn app() -> App {
    let digits = stage("transformer-digits");
    App::with_manifest(&format!(
        "spin_manifest_version = 2\n[application]\nname = \"test\"\n[variables]\nfault = {{ default = \"\" }}\n\
         [component.app]\nsource = \"missing.wasm\"\nvariables = {{ fault = \"{{{{ fault }}}}\" }}\n\
         [component.app.dependencies]\n\"serene:transformer\" = {{ path = {digits:?} }}\n"
    ))
}

fn file(name: &str) -> String {
    stage(name).to_str().unwrap().to_owned()
}

fn bench(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serene"));
    command.args(["stage", "bench"]).args(arguments).current_dir(dir).output().unwrap()
}

#[track_caller]
fn table(dir: &Path, arguments: &[&str]) -> String {
    let output = bench(dir, &[arguments, &["--time", "1"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn json(dir: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&table(dir, &[arguments, &["--format", "json"]].concat())).unwrap()
}

#[track_caller]
fn fails(dir: &Path, arguments: &[&str], words: &[&str]) {
    let output = bench(dir, arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let last = errors.lines().last().unwrap();
    for word in words {
        assert!(last.contains(word), "{word} is not in: {errors}");
    }
}

fn names(report: &Value) -> Vec<&str> {
    let workloads = report["workloads"].as_array().unwrap();
    workloads.iter().map(|workload| workload["name"].as_str().unwrap()).collect()
}

#[test]
fn a_stage_is_timed_beside_the_one_of_the_manifest_at_the_work_of_its_interface() {
    let app = app();
    let report = json(app.dir.path(), &[&file("transformer-digits"), "--rounds", "2"]);
    assert!(report["interface"].as_str().unwrap().starts_with("serene:transformer/transformer@"), "{report}");
    assert_eq!(names(&report), ["describe", "one-text", "100-texts", "long-text"]);
    for side in ["stage", "against"] {
        assert_eq!(report[side]["name"], "transformer-digits");
        assert!(report[side]["size_bytes"].as_u64().unwrap() > 1000, "{report}");
        assert!(report[side]["peak_memory_bytes"].as_u64().unwrap() > 0, "{report}");
        // One instance a round of each workload.
        assert_eq!(report[side]["instantiation_ms"]["samples"], 8, "{report}");
    }
    for workload in report["workloads"].as_array().unwrap() {
        let measured = &workload["measured"];
        for side in ["stage", "against"] {
            assert_eq!(measured[side]["first_ms"]["samples"], 2, "{workload}");
            assert!(measured[side]["later_ms"]["samples"].as_u64().unwrap() >= 2, "{workload}");
            assert!(measured[side]["later_ms"]["median"].as_f64().unwrap() > 0.0, "{workload}");
        }
        assert_eq!(measured["later_ratio"]["rounds"], 2);
        assert!(measured["later_ratio"]["median"].as_f64().unwrap() > 0.0);
        assert_eq!(measured["later_ratio"]["interval"], Value::Null, "two rounds tell none");
    }
    assert_eq!(report["workloads"][2]["amount"], serde_json::json!({ "count": 100, "unit": "texts" }));
    assert!(report["workloads"][2]["measured"]["stage"]["per_second"].as_f64().unwrap() > 0.0);
}

#[test]
fn six_rounds_tell_an_interval_and_one_workload_may_be_named() {
    let app = app();
    let only = ["--workload", "one-text", "--rounds", "6"];
    let report = json(app.dir.path(), &[&[file("transformer-digits").as_str()], &only[..]].concat());
    assert_eq!(names(&report), ["one-text"]);
    let ratio = &report["workloads"][0]["measured"]["later_ratio"];
    let bound = |place: usize| ratio["interval"][place].as_f64().unwrap();
    let median = ratio["median"].as_f64().unwrap();
    assert!(bound(0) <= median && median <= bound(1), "{ratio}");
    let table = table(app.dir.path(), &[&[file("transformer-digits").as_str()], &only[..]].concat());
    for word in ["one-text: ", "transformer_digits.wasm", "texts/s", "ratio", "making an instance", "95 %"] {
        assert!(table.contains(word), "{word} is not in: {table}");
    }
}

#[test]
fn a_stage_that_was_swapped_in_is_timed_beside_the_one_before_it() {
    let app = app();
    let dir = app.dir.path();
    std::fs::copy(stage("transformer-digits"), dir.join("mine.wasm")).unwrap();
    let mut swap = Command::new(env!("CARGO_BIN_EXE_serene"));
    let swapped = swap.args(["stage", "swap", "transformer", "mine.wasm"]).current_dir(dir).output().unwrap();
    assert!(swapped.status.success());
    let before = std::fs::read_to_string(app.manifest()).unwrap();
    let report = json(dir, &["mine.wasm", "--rounds", "1", "--workload", "describe"]);
    assert_eq!(report["stage"]["file"], "mine.wasm");
    assert_eq!(report["against"]["file"], file("transformer-digits"));
    assert_eq!(std::fs::read_to_string(app.manifest()).unwrap(), before);
}

#[test]
fn work_that_a_stage_refuses_is_named_with_its_reason_and_the_rest_is_measured() {
    let app = app();
    app.write("fault.env", "SPIN_VARIABLE_FAULT=takes-fewer-texts\n");
    let wrong = file("wrong-transformer");
    let arguments = [&wrong, "--inherit", "variables", "--env-file", "fault.env", "--rounds", "1"];
    let report = json(app.dir.path(), &arguments);
    let workloads = &report["workloads"];
    assert!(workloads[1]["measured"].is_object(), "{report}");
    let why = workloads[2]["not_run"].as_str().unwrap();
    assert!(why.contains("wrong_transformer.wasm answered `too-large`"), "{why}");
}

#[test]
fn what_cannot_be_timed_is_refused_with_what_it_is() {
    let app = app();
    let dir = app.dir.path();
    let digits = file("transformer-digits");
    fails(dir, &["nowhere.wasm"], &["there is no nowhere.wasm"]);
    let guest = guests().join("guest_app.wasm");
    fails(dir, &[guest.to_str().unwrap()], &["exports no interface of a stage", "it exports: "]);
    fails(dir, &[&digits, "--interface", "embedder"], &["it is a transformer"]);
    fails(
        dir,
        &[&digits, "--against", &file("reranker-reverse")],
        &["not a transformer", "it is a reranker"],
    );
    fails(dir, &[&file("reranker-reverse")], &["no component", "serene:reranker"]);
    fails(dir, &[&digits, "--workload", "nonsense"], &["`nonsense`", "100-texts, describe, long-text"]);
    fails(dir, &[&digits, "--against", &file("transformer-brackets")], &["serene:transformer/transformer@"]);
    let elsewhere = tempfile::tempdir().unwrap();
    fails(elsewhere.path(), &[&digits], &["no spin.toml", "--against"]);
    let beside = [&digits, "--against", &digits, "--workload", "describe", "--rounds", "1"];
    assert_eq!(names(&json(elsewhere.path(), &beside)), ["describe"]);
    for arguments in [["--rounds", "0"], ["--time", "0"]] {
        assert_eq!(bench(dir, &[&[digits.as_str()], &arguments[..]].concat()).status.code(), Some(2));
    }
}
