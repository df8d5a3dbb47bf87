//! `docs/configuration.md`, `.env.example`, `spin.toml` and the crates that read variables say the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::collections::{BTreeMap, BTreeSet};

use serene::manifest::{App, Capability, Component, Dependency};
use serene::spin::AllowedHosts;
use serene::variables::{Values, Variables};
use serene_tests::workspace;
use toml_edit::{DocumentMut, Item};

type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What reads variables: the stage, the names, and what it says when it cannot be configured.
type Reader = (&'static str, &'static [&'static str], fn(Get<'_>) -> Option<upstream::Error>);

const READERS: [Reader; 7] = [
    ("object_store_s3", &s3::VARIABLES, |get| s3::Config::from_variables(get).err()),
    ("record_store_supabase", &postgrest::VARIABLES, |get| postgrest::Config::from_variables(get).err()),
    ("vector_index_pinecone", &pinecone::VARIABLES, |get| pinecone::Config::from_variables(get).err()),
    ("extractor_mistral", &mistral::VARIABLES, |get| mistral::Config::from_variables(get).err()),
    ("embedder_voyage", &voyage::EMBEDDER_VARIABLES, |get| voyage::EmbedderConfig::from_variables(get).err()),
    ("reranker_voyage", &voyage::RERANKER_VARIABLES, |get| voyage::RerankerConfig::from_variables(get).err()),
    ("generator_openrouter", &openrouter::VARIABLES, |get| openrouter::Config::from_variables(get).err()),
];

/// What the gateway reads of who a caller is.
const AUTH: Reader = ("auth", &auth::VARIABLES, |get| {
    let error = auth::Settings::from_variables(get).err()?;
    Some(upstream::Error::misconfigured(error.variable, error.to_string()))
});

fn text(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn spin_toml() -> DocumentMut {
    text("spin.toml").parse().unwrap()
}

/// What `spin.toml` says of a variable.
#[derive(Debug, PartialEq, Eq)]
struct Variable {
    default: String,
    secret: bool,
}

fn declared() -> BTreeMap<String, Variable> {
    let manifest = spin_toml();
    let variables = manifest["variables"].as_table().unwrap().iter();
    let read = |variable: &Item| Variable {
        default: variable["default"].as_str().unwrap().to_owned(),
        secret: variable.get("secret").and_then(Item::as_bool) == Some(true),
    };
    variables.map(|(name, variable)| (name.to_owned(), read(variable))).collect()
}

/// What the tables of the document say of a variable.
struct Row {
    variable: Variable,
    takes: String,
    said: String,
}

fn documented() -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for line in text("docs/configuration.md").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &["", name, default, secret, takes, said, ""] = cells.as_slice() else { continue };
        let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else { continue };
        assert!(!takes.is_empty(), "{name}");
        assert!(["", "secret"].contains(&secret), "{name}: {secret}");
        let variable = Variable { default: default.trim_matches('`').to_owned(), secret: secret == "secret" };
        let row = Row { variable, takes: takes.to_owned(), said: said.to_owned() };
        assert!(rows.insert(name.to_owned(), row).is_none(), "{name} has two rows");
    }
    rows
}

#[test]
fn the_document_has_a_row_for_each_variable_with_its_default_and_whether_it_is_secret() {
    let documented = documented().into_iter().map(|(name, row)| (name, row.variable)).collect();
    assert_eq!(declared(), documented);
}

#[test]
fn the_example_file_has_each_variable_once_and_no_secret() {
    let declared = declared();
    let mut seen = BTreeSet::new();
    for line in text(".env.example").lines() {
        let Some(line) = line.trim_start_matches('#').strip_prefix("SPIN_VARIABLE_") else { continue };
        let (name, value) = line.split_once('=').unwrap();
        let name = name.to_lowercase();
        let variable = declared.get(&name).unwrap_or_else(|| panic!("{name} is not in spin.toml"));
        assert_eq!(value, variable.default, "{name}");
        assert!(seen.insert(name), "{line} is there twice");
    }
    assert_eq!(seen, declared.into_keys().collect());
}

#[test]
fn what_the_stages_read_is_declared_handed_on_and_nothing_else_is() {
    let manifest = spin_toml();
    let handed_on = manifest["component"]["gateway"]["variables"].as_table().unwrap();
    let declared = declared();
    for (reader, names, _) in READERS.into_iter().chain([AUTH]) {
        for name in names {
            assert!(declared.contains_key(*name), "{reader} reads {name}, which spin.toml does not declare");
            let template = format!("{{{{ {name} }}}}");
            assert_eq!(handed_on.get(name).and_then(Item::as_str), Some(template.as_str()), "{name}");
        }
    }
    let hosts = manifest["component"]["gateway"]["allowed_outbound_hosts"].to_string();
    let read: BTreeSet<_> = READERS.iter().chain([&AUTH]).flat_map(|(_, names, _)| *names).copied().collect();
    // The gateway's own, read in a component that no test here can ask.
    let own = text("components/gateway/src/config.rs");
    for name in declared.keys() {
        let is_read = read.contains(name.as_str())
            || own.contains(&format!("get(\"{name}\")"))
            || hosts.contains(&format!("{{{{ {name} }}}}"));
        assert!(is_read, "nobody reads {name}");
    }
}

/// The gateway as the profile `cloud` has it.
fn gateway() -> (App, Component) {
    let app = App::read(&workspace().join("spin.toml"), Some("cloud")).unwrap();
    let gateway = app.component("gateway").unwrap().clone();
    (app, gateway)
}

#[test]
fn each_cloud_stage_declares_what_its_crate_reads() {
    let (_, gateway) = gateway();
    let stages = &gateway.tool.serene.stages;
    for (stage, names, _) in READERS {
        let declaration = stages.get(stage).unwrap_or_else(|| panic!("{stage} declares nothing"));
        let declared = gateway.variables.keys().map(String::as_str).filter(|name| declaration.reads(name));
        let read: BTreeSet<_> = names.iter().copied().collect();
        assert_eq!(declared.collect::<BTreeSet<_>>(), read, "{stage}");
    }
    let inherits = |dependency: &&Dependency| {
        dependency.inherit.as_ref().is_some_and(|inherit| inherit.allows(Capability::Variables))
    };
    let composed =
        gateway.dependencies.values().filter(inherits).map(|dependency| dependency.stage().unwrap());
    assert_eq!(composed.collect::<BTreeSet<_>>(), stages.keys().map(String::as_str).collect());
    assert_eq!(stages.len(), READERS.len());
}

#[test]
fn each_cloud_stage_declares_the_hosts_that_it_calls_unless_told_otherwise_and_the_gateway_allows_those() {
    let (app, gateway) = gateway();
    let documented = documented();
    let variables = Variables::resolve(&app.manifest, &Values::from_pairs([])).unwrap();
    let mut declared = BTreeSet::new();
    for (stage, names, _) in READERS {
        let entries = &gateway.tool.serene.stages[stage].allowed_outbound_hosts;
        let hosts = AllowedHosts::parse(entries, &variables).unwrap();
        for name in names {
            let default = documented[*name].takes.split("not set: `https://").nth(1);
            let Some(host) = default.and_then(|rest| rest.split('`').next()) else { continue };
            assert!(hosts.allows(&format!("https://{host}")), "{stage} does not declare {host}");
        }
        assert!(!hosts.allows("https://elsewhere.example.com"), "{stage}");
        declared.extend(entries);
    }
    assert_eq!(declared, gateway.allowed_outbound_hosts.iter().collect());
}

#[test]
fn what_is_said_of_a_missing_variable_is_what_its_reader_says() {
    let documented = documented();
    let needed: BTreeSet<_> =
        documented.iter().filter(|(_, row)| !row.said.is_empty()).map(|(name, _)| name.as_str()).collect();
    let mut missed = BTreeSet::new();
    for (reader, names, error) in READERS.into_iter().chain([AUTH]) {
        // A value that each needed one takes.
        let set = |name: &str| match name {
            "supabase_url" => "https://abcdefgh.supabase.co".to_owned(),
            "supabase_service_key" => "sb_secret_example".to_owned(),
            _ => "example".to_owned(),
        };
        let with = |missing: &str, name: &str| (name != missing && needed.contains(name)).then(|| set(name));
        assert_eq!(error(&|name| with("", name)), None, "{reader} needs more than the document says");
        for name in names {
            let Some(error) = error(&|other| with(name, other)) else { continue };
            assert_eq!(error.kind, upstream::ErrorKind::Misconfigured, "{name}");
            assert_eq!(error.extra("variable"), Some(*name));
            assert_eq!(documented[*name].said, error.message);
            missed.insert(*name);
        }
    }
    assert_eq!(missed, needed);
}
