//! Composing one stage around another of the same interface.

use anyhow::{Context, Result, bail, ensure};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};

use super::{Artifact, Contract};
use crate::compose::{InterfaceName, is_offered};

/// One stage made of two: `outer` answers, and what it imports of its own interface is `inner`'s. What both import
/// besides is imported by the whole.
///
/// # Errors
/// When `outer` does not both import and export the interface, when `inner` does not export it, or when the whole
/// would import what no host offers.
pub fn wrap(contract: &Contract, outer: &Artifact, inner: &Artifact) -> Result<Vec<u8>> {
    let export = outer.export_for(contract)?;
    let filled = inner.export_for(contract)?;
    ensure!(
        outer.wraps(contract),
        "{} does not import `{}`, so there is nothing in it for {} to fill: the outer stage imports the interface that \
         it exports",
        outer.file.display(),
        contract.versioned(),
        inner.file.display()
    );
    check_imports(contract, outer, inner)?;
    let mut graph = CompositionGraph::new();
    let mut add = |name: &str, part: &Artifact| {
        let package = Package::from_bytes(name, None, part.bytes.clone(), graph.types_mut())
            .with_context(|| format!("{} is not a valid component", part.file.display()))?;
        let package = graph.register_package(package)?;
        anyhow::Ok(graph.instantiate(package))
    };
    let outer_node = add("stage:outer", outer)?;
    let inner_node = add("stage:inner", inner)?;
    let import = outer
        .imports
        .iter()
        .find(|import| *import == filled)
        .with_context(|| format!("{} imports another version of `{filled}`", outer.file.display()))?;
    let node = graph.alias_instance_export(inner_node, filled)?;
    graph.set_instantiation_argument(outer_node, import, node).with_context(|| {
        format!("{} does not fit what {} imports", inner.file.display(), outer.file.display())
    })?;
    let node = graph.alias_instance_export(outer_node, export)?;
    graph.export(node, export)?;
    graph.encode(EncodeOptions::default()).context("the two do not make a valid component")
}

/// Refuses what would be left to import and no host offers, before it shows at start-up.
fn check_imports(contract: &Contract, outer: &Artifact, inner: &Artifact) -> Result<()> {
    for part in [outer, inner] {
        let fills = std::ptr::eq(part, outer);
        for import in &part.imports {
            let Some(name) = InterfaceName::parse(import) else {
                bail!("{} imports `{import}`, which is no interface", part.file.display())
            };
            let is_filled = fills && name.package == contract.package();
            let is_types = name.package == "serene:types";
            ensure!(
                is_filled || is_types || is_offered(import),
                "{} imports `{import}`, which neither Spin nor this host provides",
                part.file.display()
            );
        }
    }
    Ok(())
}
