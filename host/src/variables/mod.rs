//! Application variables: where their values come from, and what a component sees of them.

mod key;
mod template;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};

pub use template::Template;

use crate::manifest::Manifest;

/// What Spin puts before a variable's name in the environment.
const ENV_PREFIX: &str = "SPIN_VARIABLE_";

/// Values from the environment and, for what is not there, from an env file.
#[derive(Default)]
pub struct Values {
    values: BTreeMap<String, String>,
}

impl Values {
    /// Reads the process's environment and `env_file`, when there is one. The environment wins.
    ///
    /// # Errors
    /// When the file exists but cannot be read or parsed.
    pub fn read(env_file: Option<&Path>) -> Result<Self> {
        let mut values = BTreeMap::new();
        if let Some(path) = env_file {
            let shown = path.display();
            let entries = dotenvy::from_path_iter(path).with_context(|| format!("cannot read {shown}"))?;
            for (number, entry) in entries.enumerate() {
                // The library's own message quotes the line, which may hold a secret.
                let Ok((name, value)) = entry else {
                    bail!("entry {} of {shown} is not of the form NAME=value", number + 1);
                };
                values.insert(name, value);
            }
        }
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with(ENV_PREFIX)) else { continue };
            let value =
                value.into_string().map_err(|_| anyhow::anyhow!("the value of {name} is not UTF-8"))?;
            values.insert(name.to_owned(), value);
        }
        Ok(Self { values })
    }

    /// Values given one by one, by environment name (`SPIN_VARIABLE_…`).
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { values: pairs.into_iter().collect() }
    }

    /// The same with another value for a variable.
    #[must_use]
    pub fn with(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.values.insert(env_name(variable), value.into());
        self
    }

    fn get(&self, variable: &str) -> Option<&str> {
        self.values.get(&env_name(variable)).map(String::as_str)
    }
}

fn env_name(variable: &str) -> String {
    format!("{ENV_PREFIX}{}", variable.to_ascii_uppercase())
}

/// The application's variables with their values, and each component's templates over them.
#[derive(Default)]
pub struct Variables {
    values: BTreeMap<String, String>,
    components: BTreeMap<String, BTreeMap<String, Template>>,
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variables").field("names", &self.values.keys()).finish_non_exhaustive()
    }
}

/// Why a component does not get a variable: the cases of `spin:variables`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// The name breaks the rules for names.
    InvalidName(String),
    /// The component has no such variable.
    Undefined(String),
}

impl Variables {
    /// Gives every variable of the manifest its value.
    ///
    /// # Errors
    /// When a required variable has no value (all of them are named, with what to set), when a name is not
    /// valid, or when a component's template is not valid or uses a variable that is not there.
    pub fn resolve(manifest: &Manifest, given: &Values) -> Result<Self> {
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, variable) in &manifest.variables {
            key::check(name).map_err(|reason| anyhow::anyhow!("[variables] {reason}"))?;
            match given.get(name).or(variable.default.as_deref()) {
                Some(value) => {
                    values.insert(name.clone(), value.to_owned());
                }
                None => missing.push(format!("`{name}` (set {})", env_name(name))),
            }
        }
        if !missing.is_empty() {
            bail!(
                "required variables have no value: {}. Set them in the environment or in the env file",
                missing.join(", ")
            );
        }
        let mut variables = Self { values, components: BTreeMap::new() };
        for (component, definition) in &manifest.components {
            let mut templates = BTreeMap::new();
            for (name, text) in &definition.variables {
                let at = || format!("[component.{component}.variables] {name}");
                key::check(name).map_err(|reason| anyhow::anyhow!(reason)).with_context(at)?;
                let template = Template::parse(text).with_context(at)?;
                variables.render(&template).with_context(at)?;
                templates.insert(name.clone(), template);
            }
            variables.components.insert(component.clone(), templates);
        }
        Ok(variables)
    }

    /// The value of a variable of the application; `None` when the manifest has no such variable.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The value a component's variable has.
    ///
    /// # Errors
    /// When the name is not valid, or the component has no such variable.
    pub fn get(&self, component: &str, name: &str) -> Result<String, LookupError> {
        key::check(name).map_err(LookupError::InvalidName)?;
        let template = self
            .components
            .get(component)
            .and_then(|templates| templates.get(name))
            .ok_or_else(|| LookupError::Undefined(format!("no variable for {component:?}.{name:?}")))?;
        self.render(template).map_err(|e| LookupError::Undefined(e.to_string()))
    }

    /// The template with the variables' values in their places.
    ///
    /// # Errors
    /// When the template names a variable that is not in the manifest.
    pub fn render(&self, template: &Template) -> Result<String> {
        template.render(|name| self.values.get(name).map(String::as_str))
    }
}
