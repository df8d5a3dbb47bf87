//! `[component.NAME.tool.serene.stages.STAGE]`: what a stage reads and calls of what it inherits.
//!
//! Spin grants a dependency whole keys: every variable, every host. It ignores what stands below `tool`, where
//! this host finds what the stage is to be held to. The table is named like the stage's file, since a profile
//! swaps the file behind an interface and two of them need different things.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::{Capability, Dependency, DependencySource, Inherit, Manifest};

/// `[component.NAME.tool]`
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Tool {
    /// What is meant for this host.
    #[serde(default)]
    pub serene: Serene,
    /// Settings of other tools.
    #[serde(flatten)]
    _others: BTreeMap<String, toml::Table>,
}

/// `[component.NAME.tool.serene]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serene {
    /// By the name of the stage: see [`Dependency::stage`].
    #[serde(default)]
    pub stages: BTreeMap<String, Declaration>,
}

/// What one stage needs of the variables and hosts it inherits. It gets no others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Names of variables; one that ends with `*` stands for all that begin like it.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Entries as in the component's own `allowed_outbound_hosts`, which must allow the host as well.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
}

impl Declaration {
    /// Whether the variable is declared.
    #[must_use]
    pub fn reads(&self, variable: &str) -> bool {
        self.variables.iter().any(|entry| stands_for(entry, variable))
    }
}

fn stands_for(entry: &str, variable: &str) -> bool {
    match entry.strip_suffix('*') {
        Some(start) => variable.starts_with(start),
        None => variable == entry,
    }
}

impl Dependency {
    /// What its table of declarations is called: its file's name without `.wasm`, or the component's name.
    #[must_use]
    pub fn stage(&self) -> Option<&str> {
        match &self.source {
            DependencySource::Path(path) => Path::new(path).file_stem()?.to_str(),
            DependencySource::Component(name) => Some(name),
            DependencySource::Elsewhere(_) => None,
        }
    }
}

/// The header of the table that declares what a stage of the component needs.
#[must_use]
pub fn stage_table(component: &str, stage: &str) -> String {
    let is_bare = !stage.is_empty() && stage.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let key = if is_bare { stage.to_owned() } else { format!("{stage:?}") };
    format!("[component.{component}.tool.serene.stages.{key}]")
}

impl Manifest {
    /// Refuses declarations that can only be mistakes: of variables that the component does not have, and of
    /// what the stage does not inherit.
    pub(super) fn check_declarations(&self) -> Result<()> {
        for (name, component) in &self.components {
            for (stage, declaration) in &component.tool.serene.stages {
                let table = stage_table(name, stage);
                for entry in &declaration.variables {
                    ensure!(
                        component.variables.keys().any(|variable| stands_for(entry, variable)),
                        "{table} declares the variable `{entry}`, and [component.{name}.variables] has none that it \
                         stands for"
                    );
                }
                let inheritors = component.dependencies.iter().filter(|(_, d)| d.stage() == Some(stage));
                for (key, dependency) in inheritors {
                    let inherit = dependency.inherit.as_ref().unwrap_or(&Inherit::None);
                    for (what, declared, capability) in [
                        ("variables", &declaration.variables, Capability::Variables),
                        (
                            "allowed_outbound_hosts",
                            &declaration.allowed_outbound_hosts,
                            Capability::AllowedOutboundHosts,
                        ),
                    ] {
                        ensure!(
                            declared.is_empty() || inherit.allows(capability),
                            "{table} declares {what}, which the dependency `{key}` does not inherit; add \"{what}\" to its \
                             inherit_configuration, or take them out of the table"
                        );
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Declaration, stage_table};

    #[test]
    fn a_declared_variable_is_named_or_begins_as_one_that_ends_with_a_star() {
        let declaration = |entries: &[&str]| Declaration {
            variables: entries.iter().map(|entry| (*entry).to_owned()).collect(),
            ..Declaration::default()
        };
        let some = declaration(&["aws_region", "s3_*"]);
        assert!(some.reads("aws_region") && some.reads("s3_bucket") && some.reads("s3_"));
        assert!(!some.reads("aws_regions") && !some.reads("aws") && !some.reads("s3") && !some.reads(""));
        assert!(declaration(&["*"]).reads("anything"));
        assert!(!declaration(&[]).reads("anything"));
    }

    #[test]
    fn a_stages_table_can_be_pasted_into_the_manifest() {
        let shown = stage_table("gateway", "embedder_voyage");
        assert_eq!(shown, "[component.gateway.tool.serene.stages.embedder_voyage]");
        let parsed: toml::Table = stage_table("gateway", "my.stage").parse().unwrap();
        assert!(
            parsed["component"]["gateway"]["tool"]["serene"]["stages"].get("my.stage").is_some(),
            "{parsed:?}"
        );
    }
}
