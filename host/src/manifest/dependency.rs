//! `[component.NAME.dependencies]`: what satisfies an import, and what it inherits.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::de::value::StrDeserializer;
use serde::de::{self, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// What satisfies an import.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Where the wasm comes from.
    pub source: DependencySource,
    /// The export to use, when it is not named like the import.
    pub export: Option<String>,
    /// What it inherits of the component's configuration; `None` when nothing is said.
    pub inherit: Option<Inherit>,
}

/// Where a dependency's wasm comes from.
#[derive(Clone, Debug)]
pub enum DependencySource {
    /// `path = "…"`: a file, relative to the manifest.
    Path(String),
    /// `component = "…"`: the source of a component of this manifest.
    Component(String),
    /// A registry or a URL: known to Spin, not read here. The text says which.
    Elsewhere(&'static str),
}

/// What a dependency inherits of the component's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inherit {
    /// `true`
    All,
    /// `false`, or nothing said
    None,
    /// A list.
    Some(BTreeSet<Capability>),
}

impl Inherit {
    /// Whether this capability is inherited.
    #[must_use]
    pub fn allows(&self, capability: Capability) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Some(list) => list.contains(&capability),
        }
    }
}

/// One entry of `inherit_configuration`. Spin ignores a name it does not know, and the dependency silently
/// gets nothing; here it is an error that lists the names.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Inference, which this host does not offer.
    AiModels,
    /// Requests to the component's hosts.
    AllowedOutboundHosts,
    /// The component's environment variables.
    Environment,
    /// The component's files.
    Files,
    /// The component's key-value stores.
    KeyValueStores,
    /// The component's SQLite databases.
    SqliteDatabases,
    /// The component's variables.
    Variables,
}

impl Capability {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::AiModels,
        Self::AllowedOutboundHosts,
        Self::Environment,
        Self::Files,
        Self::KeyValueStores,
        Self::SqliteDatabases,
        Self::Variables,
    ];

    /// Its name in the manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AiModels => "ai_models",
            Self::AllowedOutboundHosts => "allowed_outbound_hosts",
            Self::Environment => "environment",
            Self::Files => "files",
            Self::KeyValueStores => "key_value_stores",
            Self::SqliteDatabases => "sqlite_databases",
            Self::Variables => "variables",
        }
    }
}

impl FromStr for Capability {
    type Err = de::value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let deserializer: StrDeserializer<'_, de::value::Error> = name.into_deserializer();
        Self::deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Inherit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InheritVisitor;

        impl<'de> Visitor<'de> for InheritVisitor {
            type Value = Inherit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a list such as [\"variables\", \"sqlite_databases\"]")
            }

            fn visit_bool<E: de::Error>(self, all: bool) -> Result<Inherit, E> {
                Ok(if all { Inherit::All } else { Inherit::None })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Inherit, A::Error> {
                let mut capabilities = BTreeSet::new();
                while let Some(capability) = seq.next_element()? {
                    capabilities.insert(capability);
                }
                Ok(Inherit::Some(capabilities))
            }
        }

        deserializer.deserialize_any(InheritVisitor)
    }
}

/// The keys of the table form, before it is known which of Spin's forms it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    path: Option<String>,
    component: Option<String>,
    url: Option<String>,
    #[serde(rename = "digest")]
    _digest: Option<String>,
    version: Option<String>,
    #[serde(rename = "registry")]
    _registry: Option<String>,
    #[serde(rename = "package")]
    _package: Option<String>,
    export: Option<String>,
    inherit_configuration: Option<Inherit>,
}

impl<'de> Deserialize<'de> for Dependency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DependencyVisitor;

        impl<'de> Visitor<'de> for DependencyVisitor {
            type Value = Dependency;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a dependency such as { path = \"stage.wasm\" }")
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<Dependency, E> {
                Ok(Dependency {
                    source: DependencySource::Elsewhere("a registry"),
                    export: None,
                    inherit: None,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Dependency, A::Error> {
                let table = Table::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let source = match (table.path, table.component, table.url, table.version) {
                    (Some(path), None, None, None) => DependencySource::Path(path),
                    (None, Some(component), None, None) => DependencySource::Component(component),
                    (None, None, Some(_), None) => DependencySource::Elsewhere("a URL"),
                    (None, None, None, Some(_)) => DependencySource::Elsewhere("a registry"),
                    _ => {
                        return Err(de::Error::custom(
                            "a dependency has exactly one of path, component, url and version",
                        ));
                    }
                };
                Ok(Dependency { source, export: table.export, inherit: table.inherit_configuration })
            }
        }

        deserializer.deserialize_any(DependencyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::Capability;

    #[test]
    fn a_capability_is_read_by_its_name_and_an_unknown_one_is_answered_with_the_list() {
        for capability in Capability::ALL {
            assert_eq!(capability.name().parse(), Ok(capability));
        }
        let error = "variable".parse::<Capability>().unwrap_err().to_string();
        assert!(error.contains("variables") && error.contains("sqlite_databases"), "{error}");
    }
}
