//! Applying a build profile, by Spin's rules.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::{Build, Inherit, Manifest};

impl Manifest {
    /// Overrides each component with what it defines for `profile`, then spreads
    /// `dependencies_inherit_configuration = true` over the dependencies.
    pub(super) fn apply(&mut self, profile: Option<&str>) -> Result<()> {
        if let Some(profile) = profile {
            self.ensure_defined(profile)?;
            for component in self.components.values_mut() {
                let Some(changes) = component.profiles.get(profile).cloned() else { continue };
                if let Some(build) = changes.build {
                    match &mut component.build {
                        Some(existing) => existing.command = build.command,
                        None => {
                            component.build =
                                Some(Build { command: build.command, workdir: None, watch: Vec::new() });
                        }
                    }
                }
                if let Some(source) = changes.source {
                    component.source = source;
                }
                component.environment.extend(changes.environment);
                component.dependencies.extend(changes.dependencies);
            }
        }
        self.spread_inheritance()
    }

    fn ensure_defined(&self, profile: &str) -> Result<()> {
        let defined: BTreeSet<&str> =
            self.components.values().flat_map(|c| c.profiles.keys().map(String::as_str)).collect();
        if defined.contains(profile) {
            return Ok(());
        }
        let known = defined.into_iter().collect::<Vec<_>>().join(", ");
        bail!(
            "no component defines a profile `{profile}`; defined are: {}",
            if known.is_empty() { "none" } else { &known }
        )
    }

    fn spread_inheritance(&mut self) -> Result<()> {
        for (name, component) in &mut self.components {
            let Some(all) = component.dependencies_inherit_configuration else { continue };
            if component.dependencies.values().any(|d| d.inherit.is_some()) {
                bail!(
                    "[component.{name}] has both dependencies_inherit_configuration and a dependency with \
                     inherit_configuration; use one of the two"
                );
            }
            if all {
                for dependency in component.dependencies.values_mut() {
                    dependency.inherit = Some(Inherit::All);
                }
            }
        }
        Ok(())
    }
}
