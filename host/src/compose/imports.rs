//! What is left to import after composing, and whether the host offers it.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use semver::Version;
use wac_graph::types::{ItemKind, Type, Types};

use super::InterfaceName;

/// One import that composing left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Who imports it: the component's name or the dependency's key.
    pub stage: String,
    /// The import, such as `wasi:http/client@0.3.0`.
    pub name: String,
    /// What becomes of it.
    pub kind: ImportKind,
}

/// What becomes of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// The host answers.
    Granted,
    /// The host answers, under this name, within what the stage declares.
    Narrowed(String),
    /// The host refuses, under this name.
    Refused(String),
    /// Nothing but types: asks nothing of a host.
    TypesOnly,
}

impl Import {
    pub(super) fn granted(stage: &str, name: &str, kind: ItemKind, types: &Types) -> Self {
        let kind = if has_types_only(kind, types) { ImportKind::TypesOnly } else { ImportKind::Granted };
        Self { stage: stage.to_owned(), name: name.to_owned(), kind }
    }
}

fn has_types_only(kind: ItemKind, types: &Types) -> bool {
    match kind {
        ItemKind::Instance(interface) => types[interface]
            .exports
            .values()
            .all(|export| matches!(export, ItemKind::Type(ty) if !matches!(ty, Type::Resource(_)))),
        _ => false,
    }
}

/// Refuses imports that the host does not offer. A composition can succeed with an import unfilled; this is
/// where that shows.
pub(super) fn check(component: &str, imports: &[Import]) -> Result<()> {
    let mut unfilled: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for import in imports {
        let needs_host = matches!(import.kind, ImportKind::Granted | ImportKind::Narrowed(_));
        if needs_host && !is_offered(&import.name) {
            unfilled.entry(&import.stage).or_default().push(&import.name);
        }
    }
    let Some((stage, names)) = unfilled.first_key_value() else { return Ok(()) };
    let list = names.join("`, `");
    if *stage == component {
        let package = names[0].split(['/', '@']).next().unwrap_or_default();
        bail!(
            "`{component}` imports `{list}`, which neither a dependency nor the host provides; add \"{package}\" = {{ path \
             = \"….wasm\" }} to [component.{component}.dependencies]"
        );
    }
    bail!(
        "the dependency `{stage}` imports `{list}`, which the host does not provide; a dependency cannot be given \
         dependencies in the manifest: compose it with what it needs beforehand (`wac plug`)"
    )
}

/// Whether the host has an implementation: WASI 0.2, WASI 0.3 and three interfaces of Spin.
pub(crate) fn is_offered(import: &str) -> bool {
    let Some(name) = InterfaceName::parse(import) else { return false };
    let Some(version) = &name.version else { return false };
    let wasi_0_2 = (version.major, version.minor) == (0, 2) && version.pre.is_empty();
    let wasi_0_3 = *version == Version::new(0, 3, 0);
    match name.package {
        "wasi:io" => wasi_0_2,
        "wasi:cli" | "wasi:clocks" | "wasi:filesystem" | "wasi:http" | "wasi:random" | "wasi:sockets" => {
            wasi_0_2 || wasi_0_3
        }
        "spin:key-value" | "spin:variables" => *version == Version::new(3, 0, 0),
        "spin:sqlite" => *version == Version::new(3, 1, 0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_offered;

    #[test]
    fn only_interfaces_of_wasi_and_spin_are_offered() {
        for offered in [
            "wasi:http/types@0.3.0",
            "wasi:cli/environment@0.2.6",
            "wasi:io/poll@0.2.9",
            "spin:sqlite/sqlite@3.1.0",
        ] {
            assert!(is_offered(offered), "{offered}");
        }
        for not_offered in [
            "wasi:http/types@0.3.0-rc-2026-03-15",
            "wasi:io/poll@0.3.0",
            "wasi:nn/graph@0.2.0",
            "spin:sqlite/sqlite@4.0.0",
            "serene:embedder/embedder@0.2.0",
            "plain",
        ] {
            assert!(!is_offered(not_offered), "{not_offered}");
        }
    }
}
