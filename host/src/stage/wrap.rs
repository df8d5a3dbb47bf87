//! Composing one stage around others of its interface.

use anyhow::{Context, Result, bail, ensure};
use wac_graph::types::{Package, WorldId};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};

use super::{Artifact, Contract};
use crate::compose::{InterfaceName, check_fit, is_offered};

/// Holds types only, and asks nothing of a host.
const TYPES: &str = "serene:types";

/// A stage that another one calls: what the import of this name gets.
#[derive(Clone, Copy, Debug)]
pub struct Inner<'a> {
    /// The import's full name, or its interface alone where no other import has that: `replica`.
    pub import: &'a str,
    /// The component.
    pub artifact: &'a Artifact,
}

/// One stage made of several: `outer` answers, what it imports of its own interface is `inner`'s, and what it imports besides is that of
/// the `others` which are named for it. What all of them import of a host is imported by the whole.
///
/// The interfaces need not be of one version: an import is given the export of its own name, and an import that no export is named like, as
/// that of a second store, is given the interface of the stage.
///
/// # Errors
/// When `outer` does not export the interface, when it imports nothing that an inner stage is for, when one does not fit, or when the whole
/// would import what no host offers.
pub fn wrap(
    contract: &Contract,
    outer: &Artifact,
    inner: &Artifact,
    others: &[Inner<'_>],
) -> Result<Vec<u8>> {
    let export = outer.export_for(contract)?;
    let mut filled = vec![(own_import(contract, outer, inner)?, inner)];
    for other in others {
        let import = named_import(outer, other.import)?;
        ensure!(
            filled.iter().all(|(name, _)| *name != import),
            "two stages are given for the import `{import}` of {}",
            outer.file.display()
        );
        filled.push((import, other.artifact));
    }
    check_imports(outer, &filled)?;

    let mut graph = CompositionGraph::new();
    let (world, outer_node) = add(&mut graph, "stage:outer", outer)?;
    let imports = graph.types()[world].imports.clone();
    for (place, (import, inner)) in filled.into_iter().enumerate() {
        let (world, inner_node) = add(&mut graph, &format!("stage:inner-{place}"), inner)?;
        let export = export_like(contract, import, inner)?;
        let types = graph.types();
        check_fit(
            types[world].exports[export],
            imports[import],
            types,
            export,
            &outer.file.display().to_string(),
        )
        .with_context(|| format!("{}, given for `{import}`", inner.file.display()))?;
        let node = graph.alias_instance_export(inner_node, export)?;
        graph.set_instantiation_argument(outer_node, import, node)?;
    }
    let node = graph.alias_instance_export(outer_node, export)?;
    graph.export(node, export)?;
    graph.encode(EncodeOptions::default()).context("the stages do not make a valid component")
}

fn add(graph: &mut CompositionGraph, name: &str, part: &Artifact) -> Result<(WorldId, NodeId)> {
    let package = Package::from_bytes(name, None, part.bytes.clone(), graph.types_mut())
        .with_context(|| format!("{} is not a valid component", part.file.display()))?;
    let world = package.ty();
    let package = graph.register_package(package)?;
    Ok((world, graph.instantiate(package)))
}

/// The import of the interface that `outer` is composed by, in the version that `inner` exports.
fn own_import<'a>(contract: &Contract, outer: &'a Artifact, inner: &Artifact) -> Result<&'a str> {
    let imports: Vec<_> = outer.imports_of(contract).collect();
    ensure!(
        !imports.is_empty(),
        "{} does not import `{}`, so there is nothing in it for {} to fill: the outer stage imports the interface that \
         it exports",
        outer.file.display(),
        contract.interface(),
        inner.file.display()
    );
    let exported = inner.export_of(contract).with_context(|| inner.not_exported(contract))?;
    let import = imports.iter().find(|import| inner.exports.iter().any(|export| export.name == **import));
    import.copied().with_context(|| {
        format!(
            "{} imports `{}`, and {} exports `{}`: the inner stage exports the version that the outer one imports",
            outer.file.display(),
            imports.join("` and `"),
            inner.file.display(),
            exported.name
        )
    })
}

/// The import that is called so: in full, or by its interface alone.
fn named_import<'a>(outer: &'a Artifact, name: &str) -> Result<&'a str> {
    let is_called = |import: &&String| {
        *import == name || InterfaceName::parse(import).is_some_and(|import| import.interface == name)
    };
    let mut found = outer.imports.iter().filter(is_called);
    let shown = outer.file.display();
    match (found.next(), found.next()) {
        (Some(import), None) => Ok(import),
        (Some(one), Some(other)) => {
            bail!("{shown} imports both `{one}` and `{other}`; name one of them in full")
        }
        (None, _) => bail!("{shown} has no import `{name}`; its imports are: {}", outer.imports.join(", ")),
    }
}

/// What of `inner` an import is given: the export of its name, or else the interface of the stage.
fn export_like<'a>(contract: &Contract, import: &str, inner: &'a Artifact) -> Result<&'a str> {
    let same = inner.exports.iter().find(|export| export.name == import);
    let export = same.or_else(|| inner.export_of(contract)).with_context(|| inner.not_exported(contract))?;
    Ok(&export.name)
}

/// Refuses what would be left to import and no host offers, before it shows at start-up.
fn check_imports(outer: &Artifact, filled: &[(&str, &Artifact)]) -> Result<()> {
    let is_left = |import: &&String| {
        let is_types = InterfaceName::parse(import).is_some_and(|name| name.package == TYPES);
        !is_types && !is_offered(import)
    };
    let is_filled = |import: &String| filled.iter().any(|(name, _)| name == import);
    if let Some(import) = outer.imports.iter().filter(is_left).find(|import| !is_filled(import)) {
        let name = InterfaceName::parse(import).map_or(import.as_str(), |name| name.interface);
        bail!(
            "{} imports `{import}`, which neither Spin nor this host provides; give it a stage with --and {name}=FILE",
            outer.file.display()
        );
    }
    for (_, inner) in filled {
        if let Some(import) = inner.imports.iter().find(is_left) {
            bail!("{} imports `{import}`, which neither Spin nor this host provides", inner.file.display());
        }
    }
    Ok(())
}
