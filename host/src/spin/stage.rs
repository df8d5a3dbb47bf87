//! What a stage declares of the variables and hosts it inherits.

use anyhow::{Context, Result};
use http::Uri;

use super::{AllowedHosts, Outbound, outbound_http};
use crate::manifest::{Declaration, stage_table};
use crate::variables::{LookupError, Variables};

/// A stage that is held to what it declares. The component that it is part of must have it, too.
pub struct Stage {
    name: String,
    table: String,
    declaration: Declaration,
    hosts: AllowedHosts,
}

impl Stage {
    /// The stage `name` of `component`.
    ///
    /// # Errors
    /// When a host it declares is not valid.
    pub fn new(
        component: &str,
        name: &str,
        declaration: &Declaration,
        variables: &Variables,
    ) -> Result<Self> {
        let table = stage_table(component, name);
        let hosts = AllowedHosts::parse(&declaration.allowed_outbound_hosts, variables)
            .with_context(|| format!("{table} allowed_outbound_hosts"))?;
        Ok(Self { name: name.to_owned(), table, declaration: declaration.clone(), hosts })
    }

    /// The value of a variable of the component.
    pub(super) fn variable(
        &self,
        variables: &Variables,
        component: &str,
        name: &str,
    ) -> Result<String, LookupError> {
        match variables.get(component, name) {
            Ok(_) if !self.declaration.reads(name) => {
                let message = format!(
                    "the stage `{}` does not declare the variable `{name}`; to let it read it, add it to variables of {}",
                    self.name, self.table
                );
                eprintln!("[{component}] {message}");
                Err(LookupError::Undefined(message))
            }
            // What the component does not have, a declaration cannot give.
            other => other,
        }
    }

    /// Why the stage may not send a request that its component may send; `None` when it may, or when neither may:
    /// the component's own check says that.
    pub(super) fn refusal(&self, uri: &Uri, outbound: &Outbound) -> Option<String> {
        if outbound_http::allows(&self.hosts, uri) || !outbound.allows(uri) {
            return None;
        }
        let message = format!(
            "{} is not permitted to the stage `{}`, which does not declare it; to allow it, add it to \
             allowed_outbound_hosts of {}",
            outbound_http::origin(uri),
            self.name,
            self.table
        );
        eprintln!("[{}] {message}", outbound.component());
        Some(message)
    }
}
