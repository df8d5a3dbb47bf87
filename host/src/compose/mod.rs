//! Composing a component with its dependencies, by the rules Spin composes by.
//!
//! A dependency gets only what it inherits. Spin gives it the rest through a component of refusals composed
//! in beside it, which costs every such dependency a memory and a table. Here an import that is not inherited
//! is renamed on its way out of the composition, and the host answers under that name with the same refusals:
//! exact, because the granted interface is then not even linked to the dependency, and free of memories and
//! tables. See [`crate::spin::deny`] for the answers. What a stage inherits and declares a part of is renamed in
//! the same way, and answered by [`crate::spin::narrow`].

mod capability;
mod imports;
mod names;
mod parts;
mod sync;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use wac_graph::types::{ItemKind, Package, SubtypeChecker, Types, WorldId};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};

pub use capability::of as capability_of;
pub(crate) use imports::is_offered;
pub use imports::{Import, ImportKind};
pub use names::{DependencyName, InterfaceName};
pub use parts::Parts;

use crate::manifest::{App, DependencySource, Inherit, stage_table};

/// The largest wasm file read, in bytes.
const MAX_WASM_BYTES: u64 = 256 * 1024 * 1024;
/// How a component's file starts; a core module differs from the fifth byte on.
const COMPONENT_PREAMBLE: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// A component with its dependencies inside.
#[derive(Debug)]
pub struct Composition {
    /// The component.
    pub bytes: Vec<u8>,
    /// What it and its dependencies still import.
    pub imports: Vec<Import>,
    /// What its author should know: stages that get whole keys, since they declare nothing.
    pub notices: Vec<String>,
    /// Whose code lies where in `bytes`.
    pub parts: Parts,
}

/// One wasm file that takes part.
struct Part {
    /// What errors call it.
    label: String,
    world: WorldId,
    node: NodeId,
}

/// A dependency as the manifest gives it.
struct Plug {
    name: DependencyName,
    file: PathBuf,
    export: Option<String>,
    inherit: Inherit,
    /// The manifest declares what it needs of what it inherits.
    is_declared: bool,
    /// The table in which it does, or could.
    table: String,
}

/// Composes a component of the application.
///
/// # Errors
/// When a file is missing or is not a component, when a dependency matches no import or two match one, when a
/// dependency does not export what is imported, or when an import is left that the host does not offer.
pub fn compose(app: &App, component: &str) -> Result<Composition> {
    compose_with(app, component).with_context(|| format!("cannot compose the component `{component}`"))
}

/// A dependency of the component by itself, which gets what it would get within the application, and exports what
/// it exports.
///
/// # Errors
/// When there is no such dependency, when its file is missing or is not a component, or when it imports what the
/// host does not offer.
pub fn alone(app: &App, component: &str, dependency: &str) -> Result<Composition> {
    let (index, plug) = plugs(app, component)?
        .into_iter()
        .enumerate()
        .find(|(_, plug)| plug.name.to_string() == dependency)
        .with_context(|| format!("[component.{component}.dependencies] has no `{dependency}`"))?;
    let mut composer = Composer::default();
    let stage = read(&plug.file)?;
    let part = composer.add("stage:alone", dependency, &plug.file, stage.clone())?;
    composer.restrict(index, &plug, &part)?;
    imports::check(component, &composer.imports)?;
    let bytes = composer.encode(&part)?;
    let parts = Parts::find(&bytes, component, [(plug.name.stage(), &*stage)]);
    Ok(Composition { bytes, imports: composer.imports, notices: composer.notices, parts })
}

fn compose_with(app: &App, component: &str) -> Result<Composition> {
    let plugs = plugs(app, component)?;
    let mut composer = Composer::default();
    let source = app.source(component)?;
    let bytes = read(&source)?;
    let root = composer.add(component, component, &source, bytes.clone())?;
    let mut parts = Vec::new();
    let mut stages = Vec::new();
    for plug in &plugs {
        let label = plug.name.to_string();
        // Spin registers a dependency under its package, so two of one package cannot be composed there.
        let package = label.split(['/', '@']).next().unwrap_or(&label);
        let stage = read(&plug.file)?;
        parts.push(composer.add(package, &label, &plug.file, stage.clone())?);
        stages.push(stage);
    }
    composer.connect(&root, &plugs, &parts)?;
    for (index, (plug, part)) in plugs.iter().zip(&parts).enumerate() {
        composer.restrict(index, plug, part)?;
    }
    composer.note_imports(&root)?;
    imports::check(component, &composer.imports)?;
    let bytes = if plugs.is_empty() { bytes } else { composer.encode(&root)? };
    let stages = plugs.iter().zip(&stages).map(|(plug, stage)| (plug.name.stage(), &**stage));
    let parts = Parts::find(&bytes, component, stages);
    Ok(Composition { bytes, imports: composer.imports, notices: composer.notices, parts })
}

fn plugs(app: &App, component: &str) -> Result<Vec<Plug>> {
    let definition = app.component(component)?;
    let mut plugs = Vec::new();
    for (key, dependency) in &definition.dependencies {
        let file = match &dependency.source {
            DependencySource::Path(path) => app.dir.join(path),
            DependencySource::Component(name) => app.source(name)?,
            DependencySource::Elsewhere(place) => bail!(
                "the dependency `{key}` comes from {place}; serene reads components from disk only: download it and \
                 write \"{key}\" = {{ path = \"path/to/it.wasm\" }}"
            ),
        };
        let stage = dependency.stage().unwrap_or(key);
        plugs.push(Plug {
            name: key.parse()?,
            file,
            export: dependency.export.clone(),
            inherit: dependency.inherit.clone().unwrap_or(Inherit::None),
            is_declared: definition.tool.serene.stages.contains_key(stage),
            table: stage_table(component, stage),
        });
    }
    Ok(plugs)
}

/// Whether both name one interface, in versions that differ.
fn is_another_version(one: &str, other: &str) -> bool {
    let names = (InterfaceName::parse(one), InterfaceName::parse(other));
    matches!(names, (Some(one), Some(other)) if (one.package, one.interface) == (other.package, other.interface))
        && one != other
}

/// Refuses an export that cannot stand for what `importer` imports.
pub(crate) fn check_fit(
    exported: ItemKind,
    imported: ItemKind,
    types: &Types,
    export: &str,
    importer: &str,
) -> Result<()> {
    sync::refuse(exported, imported, types)?;
    SubtypeChecker::new(&mut std::collections::HashSet::new())
        .is_subtype(exported, types, imported, types)
        .with_context(|| format!("exports another `{export}` than `{importer}` imports"))
}

/// The bytes of a component's file.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    let shown = file.display();
    let size = std::fs::metadata(file)
        .with_context(|| format!("there is no {shown}; build it with `serene build`"))?
        .len();
    ensure!(size <= MAX_WASM_BYTES, "{shown} has {size} bytes; a component has at most {MAX_WASM_BYTES}");
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {shown}"))?;
    ensure!(
        bytes.starts_with(&COMPONENT_PREAMBLE),
        "{shown} is not a WebAssembly component; with Rust, build a cdylib for the target wasm32-wasip2"
    );
    Ok(bytes)
}

#[derive(Default)]
struct Composer {
    graph: CompositionGraph,
    imports: Vec<Import>,
    notices: Vec<String>,
}

impl Composer {
    fn add(&mut self, package: &str, label: &str, file: &Path, bytes: Vec<u8>) -> Result<Part> {
        let package = Package::from_bytes(package, None, bytes, self.graph.types_mut())
            .with_context(|| format!("{} is not a valid component", file.display()))?;
        let world = package.ty();
        let id = self.graph.register_package(package).with_context(|| {
            format!(
                "the dependency `{label}` is of the same package as another; Spin composes one dependency a package, so \
                 give each stage a package of its own"
            )
        })?;
        let node = self.graph.instantiate(id);
        Ok(Part { label: label.to_owned(), world, node })
    }

    fn world_imports(&self, part: &Part) -> Vec<(String, ItemKind)> {
        self.graph.types()[part.world].imports.iter().map(|(name, kind)| (name.clone(), *kind)).collect()
    }

    /// Gives each import of `root` the export of the dependency that is meant for it.
    fn connect(&mut self, root: &Part, plugs: &[Plug], parts: &[Part]) -> Result<()> {
        let imports = self.world_imports(root);
        for plug in plugs {
            if !imports.iter().any(|(import, _)| plug.name.matches(import)) {
                let all = imports.iter().map(|(import, _)| import.as_str()).collect::<Vec<_>>().join(", ");
                bail!(
                    "the dependency `{}` matches no import of `{}`; its imports are: {all}",
                    plug.name,
                    root.label
                );
            }
        }
        for (import, kind) in &imports {
            let mut meant = plugs.iter().zip(parts).filter(|(plug, _)| plug.name.matches(import));
            let Some((plug, part)) = meant.next() else { continue };
            if let Some((other, _)) = meant.next() {
                bail!(
                    "two dependencies satisfy the import `{import}` of `{}`: `{}` and `{}`",
                    root.label,
                    plug.name,
                    other.name
                );
            }
            let export = plug.export.as_deref().unwrap_or(import);
            self.connect_one(root, import, *kind, part, export)
                .with_context(|| format!("the dependency `{}` ({})", plug.name, plug.file.display()))?;
        }
        Ok(())
    }

    fn connect_one(
        &mut self,
        root: &Part,
        import: &str,
        kind: ItemKind,
        part: &Part,
        export: &str,
    ) -> Result<()> {
        let types = self.graph.types();
        let Some(exported) = types[part.world].exports.get(export) else {
            let all = types[part.world].exports.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let advice = if types[part.world].exports.keys().any(|name| is_another_version(name, export)) {
                "; it was built against another version: `serene stage adapt` makes it one of this"
            } else {
                ""
            };
            bail!(
                "does not export `{export}`, which `{}` imports as `{import}`; its exports are: {all}{advice}",
                root.label
            );
        };
        check_fit(*exported, kind, types, export, &root.label)?;
        let node = self.graph.alias_instance_export(part.node, export)?;
        self.graph.set_instantiation_argument(root.node, import, node)?;
        Ok(())
    }

    /// Renames what the dependency does not inherit or declares a part of, and notes all it imports.
    fn restrict(&mut self, index: usize, plug: &Plug, part: &Part) -> Result<()> {
        let mut whole_keys = false;
        for (import, kind) in self.world_imports(part) {
            let renamed = |kind| capability::renamed(kind, index, &import);
            let becomes = match capability::of(&import) {
                Some(capability) if !plug.inherit.allows(capability) => {
                    ImportKind::Refused(renamed("refused"))
                }
                Some(capability) if capability::can_be_narrowed(capability) && plug.is_declared => {
                    ImportKind::Narrowed(renamed("narrowed"))
                }
                capability => {
                    whole_keys |= capability.is_some_and(capability::can_be_narrowed);
                    self.imports.push(Import::granted(&part.label, &import, kind, self.graph.types()));
                    continue;
                }
            };
            self.rename(part, &import, kind, &becomes)?;
            self.imports.push(Import { stage: part.label.clone(), name: import, kind: becomes });
        }
        if whole_keys {
            self.notices.push(format!(
                "the stage `{}` ({}) declares nothing in {}, so it may read every variable and call every host it \
                 inherits, as on Spin",
                plug.name,
                plug.file.display(),
                plug.table
            ));
        }
        Ok(())
    }

    fn rename(&mut self, part: &Part, import: &str, kind: ItemKind, becomes: &ImportKind) -> Result<()> {
        let (ItemKind::Instance(interface), ImportKind::Refused(name) | ImportKind::Narrowed(name)) =
            (kind, becomes)
        else {
            bail!("`{}` imports `{import}`, which is not an interface", part.label)
        };
        // An interface with the same identity would be taken for the granted one, so the copy has none.
        let mut copy = self.graph.types()[interface].clone();
        copy.id = None;
        let copy = self.graph.types_mut().add_interface(copy);
        let node = self.graph.import(name, ItemKind::Instance(copy))?;
        self.graph.set_instantiation_argument(part.node, import, node)?;
        Ok(())
    }

    /// Notes what is left of the root's own imports.
    fn note_imports(&mut self, root: &Part) -> Result<()> {
        let satisfied: Vec<String> =
            self.graph.get_instantiation_arguments(root.node).map(|(name, _)| name.to_owned()).collect();
        for (import, kind) in self.world_imports(root) {
            if !satisfied.contains(&import) {
                self.imports.push(Import::granted(&root.label, &import, kind, self.graph.types()));
            }
        }
        Ok(())
    }

    /// The composed component, which exports what `root` does.
    fn encode(&mut self, root: &Part) -> Result<Vec<u8>> {
        let exports: Vec<String> = self.graph.types()[root.world].exports.keys().cloned().collect();
        for export in exports {
            let node = self.graph.alias_instance_export(root.node, &export)?;
            self.graph.export(node, &export)?;
        }
        self.graph.encode(EncodeOptions::default()).context("the composition is not a valid component")
    }
}
