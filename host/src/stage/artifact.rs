//! A component's file: what it exports and imports, and what made it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use memchr::memmem;
use wac_graph::types::{ItemKind, Package, Types};
use wasmparser::{Parser, Payload, ProducersSectionReader};

use super::{CONTRACTS, Contract};
use crate::compose::{self, InterfaceName};

/// What to do about a component whose functions are synchronous.
const ASYNC_TOOLCHAINS: &str = "Build it with a toolchain that exports `async func`: Rust with wit-bindgen 0.57 and its \
    feature `async`, Python with componentize-py 0.25 and `async def`, JavaScript with componentize-qjs 0.4, C with \
    the bindings that `serene stage bindings` writes; or later versions of these";
/// Marks by which a language's runtime is known where the tools left no note of themselves.
const MARKS: [(&[u8], &str); 4] = [
    (b"componentize_py", "Python"),
    (b"QuickJS", "JavaScript"),
    (b"SpiderMonkey", "JavaScript"),
    (b"/rustc/", "Rust"),
];

/// A component on disk.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its file.
    pub file: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The interfaces it exports.
    pub exports: Vec<Export>,
    /// The names of what it imports.
    pub imports: Vec<String>,
    /// The language it was written in, where that can be told.
    pub language: Option<String>,
}

/// An interface that a component exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Such as `serene:embedder/embedder@0.2.0`.
    pub name: String,
    /// What is in it.
    pub functions: Vec<Function>,
}

/// A function of an exported interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name in WIT.
    pub name: String,
    /// Whether its type is `async func`.
    pub is_async: bool,
}

impl Artifact {
    /// Reads a component.
    ///
    /// # Errors
    /// When the file is missing, too large, or not a component.
    pub fn read(file: &Path) -> Result<Self> {
        let bytes = compose::read(file)?;
        let mut types = Types::default();
        let package = Package::from_bytes("stage:file", None, bytes.clone(), &mut types)
            .with_context(|| format!("{} is not a valid component", file.display()))?;
        let world = &types[package.ty()];
        let exports = world.exports.iter().map(|(name, kind)| export(name, *kind, &types)).collect();
        let imports = world.imports.keys().cloned().collect();
        let language = language(&bytes);
        Ok(Self { file: file.to_path_buf(), bytes, exports, imports, language })
    }

    /// The contracts of which it exports the interface.
    #[must_use]
    pub fn contracts(&self) -> Vec<&'static Contract> {
        CONTRACTS.iter().filter(|contract| self.export_of(contract).is_some()).collect()
    }

    /// Its export of the interface, in any version.
    pub(super) fn export_of(&self, contract: &Contract) -> Option<&Export> {
        self.exports.iter().find(|export| is_of(&export.name, contract))
    }

    /// Whether it imports the interface it is to export, so that another stage can be composed into it.
    #[must_use]
    pub fn wraps(&self, contract: &Contract) -> bool {
        self.imports_of(contract).next().is_some()
    }

    /// Its imports of the interface, in any version.
    pub(super) fn imports_of(&self, contract: &Contract) -> impl Iterator<Item = &str> {
        self.imports.iter().map(String::as_str).filter(|import| is_of(import, contract))
    }

    /// The name under which it exports the interface, in the version of the contract.
    ///
    /// # Errors
    /// As [`Self::export_in_any_version`], and when the version is another.
    pub fn export_for(&self, contract: &Contract) -> Result<&str> {
        let export = self.export_in_any_version(contract)?;
        let expected = contract.versioned();
        if export != expected {
            let shown = self.file.display();
            bail!(
                "{shown} exports `{export}`, and this Serene composes `{expected}`: `serene stage adapt {shown} -o NEW.wasm` \
                 makes it one of this version"
            );
        }
        Ok(export)
    }

    /// The name under which it exports the interface, whatever its version.
    ///
    /// # Errors
    /// When it does not, or exports it in a form that cannot be composed; the error says what to do about it.
    pub fn export_in_any_version(&self, contract: &Contract) -> Result<&str> {
        let shown = self.file.display();
        let Some(export) = self.export_of(contract) else { bail!(self.not_exported(contract)) };
        let expected = contract.versioned();
        let missing =
            contract.functions.iter().find(|name| export.functions.iter().all(|f| f.name != **name));
        if let Some(missing) = missing {
            bail!(
                "{shown} exports `{}` without the function `{missing}`; build it from the WIT of `{expected}`, or wrap a \
                 component around it that has the function (`serene stage wrap`)",
                export.name
            );
        }
        let sync: Vec<_> =
            export.functions.iter().filter(|f| !f.is_async).map(|f| format!("`{}`", f.name)).collect();
        if !sync.is_empty() {
            bail!(
                "{shown} exports {} of `{}` as synchronous functions, and those of a stage are asynchronous (`async \
                 func`), so the two cannot be composed. {ASYNC_TOOLCHAINS}",
                sync.join(" and "),
                export.name
            );
        }
        Ok(&export.name)
    }

    /// What to say when it does not export the interface.
    pub(super) fn not_exported(&self, contract: &Contract) -> String {
        let shown = self.file.display();
        let exports = match &self.exports[..] {
            [] => "nothing".to_owned(),
            exports => {
                let names: Vec<_> = exports.iter().map(|export| format!("`{}`", export.name)).collect();
                names.join(", ")
            }
        };
        let advice = match self.contracts().first() {
            Some(other) => format!("it is {}", other.noun()),
            None => format!("build it for the world `{}/{}`", contract.package(), contract.world()),
        };
        format!(
            "{shown} does not export `{}`, so it is not {}: it exports {exports}; {advice}",
            contract.versioned(),
            contract.noun()
        )
    }
}

fn is_of(name: &str, contract: &Contract) -> bool {
    InterfaceName::parse(name)
        .is_some_and(|name| name.package == contract.package() && name.interface == contract.name)
}

fn export(name: &str, kind: ItemKind, types: &Types) -> Export {
    let functions = match kind {
        ItemKind::Instance(interface) => types[interface]
            .exports
            .iter()
            .filter_map(|(name, item)| match item {
                ItemKind::Func(func) => {
                    Some(Function { name: name.clone(), is_async: types[*func].is_async })
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Export { name: name.to_owned(), functions }
}

/// The language that the component's tools name, or that a runtime inside of it is known by.
fn language(bytes: &[u8]) -> Option<String> {
    let named = Parser::new(0).parse_all(bytes).flatten().find_map(|payload| match payload {
        Payload::CustomSection(section) if section.name() == "producers" => named_language(
            ProducersSectionReader::new(wasmparser::BinaryReader::new(section.data(), section.data_offset())),
        ),
        _ => None,
    });
    let marked = || MARKS.iter().find(|(mark, _)| memmem::find(bytes, mark).is_some());
    // A runtime that is itself written in Rust or C says so, and not what it runs.
    match marked() {
        Some((_, language)) if *language != "Rust" => Some((*language).to_owned()),
        marked => named.or_else(|| marked.map(|(_, language)| (*language).to_owned())),
    }
}

fn named_language(section: wasmparser::Result<ProducersSectionReader<'_>>) -> Option<String> {
    let field = section.ok()?.into_iter().flatten().find(|field| field.name == "language")?;
    let value = field.values.into_iter().flatten().next()?;
    Some(value.name.to_owned())
}
