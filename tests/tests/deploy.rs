//! The manifests of `deploy/` hold what a cluster and this application expect of them. No cluster is asked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serene::compose::compose;
use serene::manifest::App;
use serene_tests::workspace;
use toml_edit::DocumentMut;
use wasmparser::{Encoding, Instance, Parser, Payload};

const SCHEMA: &str = include_str!("deploy/spinkube.schema.json");

fn text(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn yaml(name: &str) -> Value {
    let path = format!("deploy/spinkube/{name}");
    serde_saphyr::from_str(&text(&path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn spin_toml() -> DocumentMut {
    text("spin.toml").parse().unwrap()
}

/// Every manifest of the folder, by its file's name.
fn manifests() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(workspace().join("deploy/spinkube")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".yaml")).map(|name| (name.clone(), yaml(&name))).collect()
}

/// What is wrong with a manifest, by the definition of its kind.
fn errors(manifest: &Value) -> Vec<String> {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    schema["$ref"] = format!("#/$defs/{}", manifest["kind"].as_str().unwrap()).into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(manifest).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn manifests_have_the_fields_of_their_kinds() {
    let manifests = manifests();
    for kind in ["SpinApp", "SpinAppExecutor", "HorizontalPodAutoscaler", "Kustomization", "CronJob"] {
        assert!(manifests.values().any(|manifest| manifest["kind"] == kind), "no {kind}");
    }
    for (name, manifest) in manifests {
        assert_eq!(errors(&manifest), [""; 0], "{name}");
    }
}

/// The definition of a kind that the operator installs in a cluster, closed: a cluster drops what it does not know.
fn published(kind: &str) -> Value {
    let folder = std::env::var_os("SPINKUBE_CRDS").expect("SPINKUBE_CRDS names the folder config/crd/bases");
    let name = format!("core.spinkube.dev_{}s.yaml", kind.to_lowercase());
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join(name)).unwrap();
    let definition: Value = serde_saphyr::from_str(&text).unwrap();
    let version = &definition["spec"]["versions"][0];
    assert_eq!(version["name"], "v1alpha1");
    let mut schema = closed(&version["schema"]["openAPIV3Schema"]);
    schema["properties"]["metadata"] = json!({ "type": "object" });
    schema
}

/// A schema of Kubernetes as one of JSON, which takes no member that it does not list.
fn closed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if schema["x-kubernetes-int-or-string"] == true {
        schema["type"] = json!(["integer", "string"]);
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(|property| *property = closed(property));
        schema["additionalProperties"] = json!(false);
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(inner).filter(|inner| inner.is_object()) {
            *inner = closed(inner);
        }
    }
    schema
}

/// The definitions are the operator's own and not kept here. Last held to those of spin-operator at 943f5b1.
#[test]
#[ignore = "needs a checkout of spin-operator: SPINKUBE_CRDS=.../spin-operator/config/crd/bases"]
fn manifests_fit_the_definitions_of_a_checked_out_operator() {
    for (file, kind) in [("app.yaml", "SpinApp"), ("executor.yaml", "SpinAppExecutor")] {
        let schema = published(kind);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut manifest = yaml(file);
        let errors: Vec<_> =
            validator.iter_errors(&manifest).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(errors, [""; 0], "{file}");
        // What is allowed here and unknown there would be dropped silently: every field named here is one of theirs.
        let ours: Value = serde_json::from_str(SCHEMA).unwrap();
        for field in ours["$defs"][kind]["properties"]["spec"]["properties"].as_object().unwrap().keys() {
            assert!(schema["properties"]["spec"]["properties"][field].is_object(), "{kind}: {field}");
        }
        manifest["spec"]["misspelt"] = json!(true);
        assert!(!validator.is_valid(&manifest), "{file}");
    }
}

#[test]
fn a_misspelt_field_a_wrong_type_and_both_ways_to_scale_are_noticed() {
    let app = yaml("app.yaml");
    for (field, value) in
        [("healthChecks", json!({})), ("enableAutoscaling", json!("yes")), ("replicas", json!(2))]
    {
        let mut wrong = app.clone();
        wrong["spec"][field] = value;
        assert_ne!(errors(&wrong), [""; 0], "{field}");
    }
}

#[test]
fn manifests_name_one_another() {
    let (app, executor, autoscaler) = (yaml("app.yaml"), yaml("executor.yaml"), yaml("autoscaler.yaml"));
    assert_eq!(app["spec"]["executor"], executor["metadata"]["name"]);
    assert_eq!(autoscaler["spec"]["scaleTargetRef"]["name"], app["metadata"]["name"]);
    let resources: Vec<String> =
        serde_json::from_value(yaml("kustomization.yaml")["resources"].clone()).unwrap();
    let mut others: Vec<String> =
        manifests().into_keys().filter(|name| name != "kustomization.yaml").collect();
    others.sort();
    let mut listed = resources;
    listed.sort();
    assert_eq!(listed, others);
    let scripts = &yaml("kustomization.yaml")["configMapGenerator"][0];
    let pod = &yaml("reconcile.yaml")["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(pod["volumes"][0]["configMap"]["name"], scripts["name"]);
    let mounted = pod["containers"][0]["volumeMounts"][0]["mountPath"].as_str().unwrap();
    let script = scripts["files"][0].as_str().unwrap();
    assert_eq!(pod["containers"][0]["command"][1], format!("{mounted}/{script}"));
    assert_eq!(
        pod["containers"][0]["command"][2],
        format!("http://{}", app["metadata"]["name"].as_str().unwrap())
    );
    assert!(text(&format!("deploy/spinkube/{script}")).contains("/v1/reconcile"));
}

#[test]
fn the_app_binds_variables_of_the_application_and_every_secret_from_a_secret() {
    let (app, manifest) = (yaml("app.yaml"), spin_toml());
    let declared = manifest["variables"].as_table().unwrap();
    let mut bound = BTreeMap::new();
    for variable in app["spec"]["variables"].as_array().unwrap() {
        let name = variable["name"].as_str().unwrap();
        assert!(declared.contains_key(name), "{name} is no variable of spin.toml");
        assert!(bound.insert(name, variable).is_none(), "{name} is bound twice");
        // The Secret is made of the same file of variables that `serene` and Spin read.
        if let Some(key) = variable["valueFrom"]["secretKeyRef"]["key"].as_str() {
            assert_eq!(key, format!("SPIN_VARIABLE_{}", name.to_uppercase()));
        }
    }
    for (name, variable) in declared.iter() {
        if variable.get("secret").and_then(|secret| secret.as_bool()) == Some(true) {
            let variable = bound.get(name).unwrap_or_else(|| panic!("the secret {name} is not bound"));
            assert!(variable["valueFrom"]["secretKeyRef"].is_object(), "{name}");
        }
    }
    // A key that a pod cannot start without has a line to fill in.
    let example = text(".env.example");
    for (name, variable) in bound {
        let reference = &variable["valueFrom"]["secretKeyRef"];
        if reference.is_object() && reference["optional"] != true {
            let line = format!("\nSPIN_VARIABLE_{}=", name.to_uppercase());
            assert!(example.contains(&line), "{name} is commented out in .env.example");
        }
    }
}

#[test]
fn health_checks_ask_for_paths_that_the_gateway_has() {
    let app = yaml("app.yaml");
    let openapi: Value = serde_json::from_str(http_api::OPENAPI).unwrap();
    for check in ["liveness", "readiness"] {
        let path = app["spec"]["checks"][check]["httpGet"]["path"].as_str().unwrap();
        assert!(openapi["paths"][path]["get"].is_object(), "{check}: {path}");
    }
}

/// What one instance of a composed component takes of a pool.
#[derive(Default)]
struct Taken {
    memories: u64,
    tables: u64,
    core_instances: u64,
    core_modules: u64,
}

fn taken(component: &[u8]) -> Taken {
    let mut taken = Taken::default();
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::Version { encoding: Encoding::Module, .. } => taken.core_modules += 1,
            Payload::MemorySection(section) => taken.memories += u64::from(section.count()),
            Payload::TableSection(section) => taken.tables += u64::from(section.count()),
            Payload::InstanceSection(section) => {
                let instances = section.into_iter().map(Result::unwrap);
                taken.core_instances +=
                    instances.filter(|one| matches!(one, Instance::Instantiate { .. })).count() as u64;
            }
            _ => {}
        }
    }
    taken
}

/// What Spin puts before each dependency to deny it what it is not granted, counted in an image that Spin 4.1 pushed. Our host needs no such thing.
const ADAPTER: Taken = Taken { memories: 1, tables: 2, core_instances: 3, core_modules: 3 };

/// The first two numbers of the row of `docs/configuration.md` that begins with this name.
fn documented(row: &str) -> (u64, u64) {
    let text = text("docs/configuration.md");
    let line = text.lines().find(|line| line.starts_with(&format!("| {row} | "))).unwrap();
    let mut numbers = line.split('|').skip(2).map(|cell| cell.trim().replace(',', "").parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

#[test]
fn the_pool_is_raised_for_what_one_instance_takes_as_documented() {
    for profile in [None, Some("cloud")] {
        let app = App::read(&workspace().join("spin.toml"), profile).unwrap();
        let dependencies =
            spin_toml()["component"]["gateway"]["dependencies"].as_table().unwrap().len() as u64;
        let taken = taken(&compose(&app, "gateway").unwrap().bytes);
        // Each module is instantiated once, so that what modules define is what an instance has.
        assert_eq!(taken.core_modules, taken.core_instances, "{profile:?}");
        let containerfile = text("deploy/spinkube/spin.Containerfile");
        let raised = containerfile.lines().find_map(|line| line.strip_prefix("ENV SPIN_MAX_INSTANCE_COUNT="));
        let raised: u64 = raised.unwrap().parse().unwrap();
        let rows = [
            ("memories", taken.memories + dependencies * ADAPTER.memories, raised),
            ("tables", taken.tables + dependencies * ADAPTER.tables, 2 * raised),
            ("core instances", taken.core_instances + dependencies * ADAPTER.core_instances, 4 * raised),
        ];
        for (row, one, total) in rows {
            let (said, usual) = documented(row);
            assert_eq!(said, one, "docs/configuration.md, the pool's {row}, {profile:?}");
            assert!(usual < total, "{row}");
            assert!(total / one >= 105, "{row}: {} instances fit", total / one);
        }
    }
}

#[test]
fn the_runtime_config_gives_values_to_variables_of_the_application_that_are_no_secrets() {
    let config: DocumentMut = text("deploy/runtime-config.toml").parse().unwrap();
    let manifest = spin_toml();
    let providers = config["variables_provider"].as_array_of_tables().unwrap();
    for provider in providers {
        assert_eq!(provider["type"].as_str(), Some("static"));
        for (name, _) in provider["values"].as_table_like().unwrap().iter() {
            let declared = manifest["variables"].get(name).unwrap_or_else(|| panic!("{name}"));
            assert!(declared.get("secret").is_none(), "{name} is a secret");
        }
    }
}
