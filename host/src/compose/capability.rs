//! Which interfaces an entry of `inherit_configuration` stands for, as in Spin's own lists.

use super::InterfaceName;
use crate::manifest::Capability;

/// The capability an import needs, or `None` when every component has it.
///
/// Sockets are not listed: this host opens none for anybody.
#[must_use]
pub fn of(import: &str) -> Option<Capability> {
    let name = InterfaceName::parse(import)?;
    match (name.package, name.interface) {
        ("wasi:http", "client" | "outgoing-handler") => Some(Capability::AllowedOutboundHosts),
        ("wasi:cli", "environment") => Some(Capability::Environment),
        ("wasi:filesystem", "preopens") => Some(Capability::Files),
        ("spin:key-value", "key-value") => Some(Capability::KeyValueStores),
        ("spin:sqlite", "sqlite") => Some(Capability::SqliteDatabases),
        ("spin:variables", "variables") => Some(Capability::Variables),
        _ => None,
    }
}

/// Whether the manifest can declare which part of it a stage needs.
pub(super) fn can_be_narrowed(capability: Capability) -> bool {
    matches!(capability, Capability::AllowedOutboundHosts | Capability::Variables)
}

/// The name under which the dependency number `index` imports what it is `refused`, or gets `narrowed`. Each
/// dependency has its own, since two may use different functions of one interface.
pub(super) fn renamed(kind: &str, index: usize, import: &str) -> String {
    format!("{kind}:d{index}-{}", import.replacen(':', "-", 1))
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn a_renamed_import_keeps_interface_and_version() {
        assert_eq!(renamed("refused", 3, "wasi:http/client@0.3.0"), "refused:d3-wasi-http/client@0.3.0");
    }
}
