//! Making a stage of an earlier version of the contract one of this version.

use anyhow::{Context, Result, ensure};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};

use super::{Artifact, Contract};

/// The component with its interface exported under this version of the contract. Both versions promise what the component has, or the
/// application cannot be composed with it.
///
/// # Errors
/// When the component does not export the interface, lacks a function of it, or exports this version already.
pub fn adapt(contract: &Contract, artifact: &Artifact) -> Result<Vec<u8>> {
    let shown = artifact.file.display();
    let export = artifact.export_in_any_version(contract)?;
    ensure!(export != contract.versioned(), "{shown} exports `{export}` already: there is nothing to adapt");
    let mut graph = CompositionGraph::new();
    let package = Package::from_bytes("stage:adapted", None, artifact.bytes.clone(), graph.types_mut())
        .with_context(|| format!("{shown} is not a valid component"))?;
    let package = graph.register_package(package)?;
    let instance = graph.instantiate(package);
    let node = graph.alias_instance_export(instance, export)?;
    graph.export(node, contract.versioned())?;
    graph.encode(EncodeOptions::default()).with_context(|| format!("{shown} cannot be adapted"))
}
