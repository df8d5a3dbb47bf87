//! What a manifest must satisfy beyond its shape.

use anyhow::{Context, Result, bail, ensure};

use super::{DependencySource, HttpTrigger, Manifest, Route};
use crate::compose::DependencyName;

impl Manifest {
    pub(super) fn validate(&self) -> Result<()> {
        ensure!(
            self.spin_manifest_version == 2,
            "spin_manifest_version is {}; only version 2 is read",
            self.spin_manifest_version
        );
        if let Some(kind) = self.triggers.others.keys().next() {
            bail!("[trigger.{kind}] is not supported: serene serves HTTP triggers only");
        }
        for (name, variable) in &self.variables {
            ensure!(
                variable.required != variable.default.is_some(),
                "[variables.{name}] must have either required = true or a default"
            );
        }
        for trigger in &self.triggers.http {
            self.validate_trigger(trigger)?;
        }
        self.components.keys().try_for_each(|name| self.validate_component(name))
    }

    fn validate_trigger(&self, trigger: &HttpTrigger) -> Result<()> {
        let route = match &trigger.route {
            Route::Public(route) => route.as_str(),
            Route::Private { private: true } => "(private)",
            Route::Private { private: false } => bail!("a route is a pattern or {{ private = true }}"),
        };
        ensure!(
            trigger.components.is_empty() && trigger.dependencies.is_empty(),
            "the HTTP trigger of {route} has components or dependencies of its own (middleware), which serene does not \
             support"
        );
        if let Some(executor) = &trigger.executor {
            ensure!(
                matches!(executor.kind.as_str(), "http" | "spin"),
                "the HTTP trigger of {route} asks for the executor `{}`; serene supports `http`",
                executor.kind
            );
        }
        match (&trigger.component, &trigger.static_response) {
            (Some(component), None) => ensure!(
                self.components.contains_key(component),
                "the HTTP trigger of {route} names the component `{component}`, but there is no \
                 [component.{component}]"
            ),
            (None, Some(_)) => {}
            _ => bail!("the HTTP trigger of {route} must have either a component or a static_response"),
        }
        Ok(())
    }

    fn validate_component(&self, name: &str) -> Result<()> {
        let component = &self.components[name];
        let all = std::iter::once(&component.dependencies)
            .chain(component.profiles.values().map(|profile| &profile.dependencies));
        for dependencies in all {
            let mut names = Vec::new();
            for (key, dependency) in dependencies {
                let parsed: DependencyName = key.parse().with_context(|| format!("[component.{name}]"))?;
                if let Some(other) = names.iter().find(|other| parsed.overlaps(other)) {
                    bail!("[component.{name}] has dependencies `{other}` and `{parsed}` on the same imports");
                }
                ensure!(
                    dependency.export.is_none() || !parsed.is_whole_package(),
                    "[component.{name}]: the dependency `{parsed}` names a whole package, so it cannot have an `export`"
                );
                if let DependencySource::Component(target) = &dependency.source {
                    ensure!(
                        self.components.contains_key(target),
                        "[component.{name}]: the dependency `{parsed}` names the component `{target}`, but there is no \
                         [component.{target}]"
                    );
                }
                names.push(parsed);
            }
        }
        Ok(())
    }
}
