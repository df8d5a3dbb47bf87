//! `docs/configuration.md`, `.env.example`, `spin.toml` and the crates that read variables say the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::collections::{BTreeMap, BTreeSet};

use serene_tests::workspace;
use toml_edit::{DocumentMut, Item};

type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What reads variables: its crate, the names, and what it says when it cannot be configured.
type Reader = (&'static str, &'static [&'static str], fn(Get<'_>) -> Option<upstream::Error>);

const READERS: [Reader; 7] = [
    ("s3", &s3::VARIABLES, |get| s3::Config::from_variables(get).err()),
    ("postgrest", &postgrest::VARIABLES, |get| postgrest::Config::from_variables(get).err()),
    ("pinecone", &pinecone::VARIABLES, |get| pinecone::Config::from_variables(get).err()),
    ("mistral", &mistral::VARIABLES, |get| mistral::Config::from_variables(get).err()),
    ("voyage, embedder", &voyage::EMBEDDER_VARIABLES, |get| {
        voyage::EmbedderConfig::from_variables(get).err()
    }),
    ("voyage, reranker", &voyage::RERANKER_VARIABLES, |get| {
        voyage::RerankerConfig::from_variables(get).err()
    }),
    ("openrouter", &openrouter::VARIABLES, |get| openrouter::Config::from_variables(get).err()),
];

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
        let row = Row { variable, said: said.to_owned() };
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
    for (reader, names, _) in READERS {
        for name in names {
            assert!(declared.contains_key(*name), "{reader} reads {name}, which spin.toml does not declare");
            let template = format!("{{{{ {name} }}}}");
            assert_eq!(handed_on.get(name).and_then(Item::as_str), Some(template.as_str()), "{name}");
        }
    }
    let hosts = manifest["component"]["gateway"]["allowed_outbound_hosts"].to_string();
    let read: BTreeSet<_> = READERS.iter().flat_map(|(_, names, _)| *names).copied().collect();
    // The gateway's own, read in a component that no test here can ask.
    let own = text("components/gateway/src/config.rs");
    for name in declared.keys() {
        let is_read = read.contains(name.as_str())
            || own.contains(&format!("get(\"{name}\")"))
            || hosts.contains(&format!("{{{{ {name} }}}}"));
        assert!(is_read, "nobody reads {name}");
    }
}

#[test]
fn what_is_said_of_a_missing_variable_is_what_its_reader_says() {
    let documented = documented();
    let needed: BTreeSet<_> =
        documented.iter().filter(|(_, row)| !row.said.is_empty()).map(|(name, _)| name.as_str()).collect();
    let mut missed = BTreeSet::new();
    for (reader, names, error) in READERS {
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
